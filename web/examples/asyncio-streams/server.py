# One task per client, all in one thread.
import asyncio

ADDRESS = ("127.0.0.1", 9043)
CLIENTS = 3

finished = 0


async def serve(reader, writer):
    global finished
    async for line in reader:
        await asyncio.sleep(0.1)  # some work
        writer.write(line.upper())
        await writer.drain()
    writer.close()
    await writer.wait_closed()
    finished += 1


async def main():
    server = await asyncio.start_server(serve, *ADDRESS)
    print("listening")
    while finished < CLIENTS:
        await asyncio.sleep(0.05)
    server.close()
    print("finished with", finished, "clients")


asyncio.run(main())
