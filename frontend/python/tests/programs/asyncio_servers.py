"""asyncio's servers: how they begin and end, their failures, Unix sockets, sockets of one's own."""
import asyncio
import os
import socket
import tempfile


async def ask(address, text=b"hello\n"):
    reader, writer = await (asyncio.open_unix_connection(address) if isinstance(address, str) else asyncio.open_connection(*address))
    writer.write(text)
    answer = await reader.read(100)
    writer.close()
    try:
        await writer.wait_closed()
    except ConnectionError:
        pass
    return answer


async def upper(reader, writer):
    writer.write((await reader.readline()).upper())
    await writer.drain()
    writer.close()


async def main():
    loop = asyncio.get_running_loop()
    server = await asyncio.start_server(upper, "127.0.0.1", 0, start_serving=False)
    address = server.sockets[0].getsockname()
    print(server.is_serving(), len(server.sockets))
    await server.start_serving()
    print(server.is_serving(), await ask(address), server.get_loop() is loop)
    task = asyncio.create_task(server.serve_forever())
    await asyncio.sleep(0)
    print(await ask(address, b"again\n"))
    try:
        await server.serve_forever()
    except RuntimeError as error:
        print(str(error).split(" <")[-1][-40:])
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", server.is_serving())
    await server.wait_closed()
    try:
        await ask(address)
    except OSError as error:
        print(type(error).__name__)

    # Two addresses, and one that is taken.
    server = await asyncio.start_server(upper, ["127.0.0.1", "::1"], 0)
    print(sorted(end.family.name for end in server.sockets), await asyncio.gather(*(ask(end.getsockname()[:2]) for end in server.sockets)))
    try:
        await asyncio.start_server(upper, *server.sockets[0].getsockname()[:2])
    except OSError as error:
        print(error.errno, "address already in use" in str(error))
    server.close()

    # A handler that fails is reported, and the server goes on.
    reports = []
    loop.set_exception_handler(lambda loop, context: reports.append((context["message"], repr(context.get("exception")))))

    async def failing(reader, writer):
        try:
            raise ValueError(await reader.readline())
        finally:
            writer.close()

    async with await asyncio.start_server(failing, "127.0.0.1", 0) as server:
        print(await ask(server.sockets[0].getsockname()), await ask(server.sockets[0].getsockname(), b"two\n"))
        await asyncio.sleep(0.01)
    print(reports)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    print(reports[-1][1])
    loop.set_exception_handler(None)

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "talk")
        async with await asyncio.start_unix_server(upper, path) as server:
            print(await ask(path), server.sockets[0].getsockname() == path)
        listener = socket.create_server(("127.0.0.1", 0))
        async with await asyncio.start_server(upper, sock=listener) as server:
            print(await ask(listener.getsockname()))

    # Fifty at once, with a limit on how many are served at a time.
    places, most, inside = asyncio.Semaphore(5), 0, 0

    async def limited(reader, writer):
        nonlocal most, inside
        async with places:
            inside += 1
            most = max(most, inside)
            line = await reader.readline()
            await asyncio.sleep(0.001)
            writer.write(line)
            inside -= 1
        writer.close()

    async with await asyncio.start_server(limited, "127.0.0.1", 0, backlog=100) as server:
        address = server.sockets[0].getsockname()
        answers = await asyncio.gather(*(ask(address, b"%d\n" % number) for number in range(50)))
        print(answers == [b"%d\n" % number for number in range(50)], most <= 5)

    # What a peer's reset and a missing peer look like to streams.
    async def reset(reader, writer):
        await reader.readline()
        writer.transport.abort()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"bye\n")
        try:
            print(await reader.readline())
        except ConnectionResetError as error:
            print(error)
        writer.close()
    reader = asyncio.StreamReader()
    reader.feed_data(b"a line\nand more")
    reader.feed_eof()
    print(await reader.readuntil(b"\n"), await reader.read(), reader.at_eof())
    try:
        await asyncio.wait_for(asyncio.open_connection("127.0.0.1", 1), 10)
    except OSError as error:
        print(type(error).__name__)


asyncio.run(main())
