"""asyncio streams: a server, clients at once, lines, exact reads, a limit, the end."""
import asyncio


async def serve(reader, writer):
    while line := await reader.readline():
        if line == b"length\n":
            size = int.from_bytes(await reader.readexactly(2), "big")
            line = b"%d\n" % len(await reader.readexactly(size))
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def talk(address, number):
    reader, writer = await asyncio.open_connection(*address)
    writer.writelines([b"hello %d\n" % number, b"length\n", b"\x01\x00", bytes(256)])
    answers = [await reader.readline(), await reader.readuntil(b"6")]
    assert writer.get_extra_info("peername") == address
    writer.write_eof()
    rest = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answers, rest, reader.at_eof()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    async with server:
        for result in await asyncio.gather(*(talk(address, number) for number in range(4))):
            print(result)
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"short\n")
        try:
            await reader.readexactly(100_000) if not writer.write_eof() else None
        except asyncio.IncompleteReadError as error:
            print(error)
        writer.close()
        reader, writer = await asyncio.open_connection(*address, limit=10)
        writer.write(b"a line that is too long\n")
        try:
            await reader.readline()
        except ValueError as error:
            print(error)
        writer.close()
    await asyncio.sleep(0.05)
    print(server.is_serving(), server.sockets)
    try:
        await asyncio.open_connection(*address)
    except OSError as error:
        print(type(error).__name__, error.errno)


asyncio.run(main())
