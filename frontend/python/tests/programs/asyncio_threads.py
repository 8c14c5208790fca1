"""asyncio and threads: loops in threads, calls into them, executors, sockets shared between."""
import asyncio
import concurrent.futures
import socket
import threading


async def serve(reader, writer):
    while data := await reader.read(100):
        writer.write(data[::-1])
    writer.close()


def run_loop(loop, ready):
    asyncio.set_event_loop(loop)
    ready.set()
    loop.run_forever()
    loop.close()


loop, ready = asyncio.new_event_loop(), threading.Event()
thread = threading.Thread(target=run_loop, args=(loop, ready))
thread.start()
ready.wait()
server = asyncio.run_coroutine_threadsafe(asyncio.start_server(serve, "127.0.0.1", 0), loop).result(20)
address = server.sockets[0].getsockname()
# Blocking clients in other threads talk to it.
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    def talk(number):
        with socket.create_connection(address, timeout=20) as client:
            client.sendall(b"message %d" % number)
            return client.recv(100)

    print(list(pool.map(talk, range(8))))


async def fail():
    raise KeyError("inside the loop")


future = asyncio.run_coroutine_threadsafe(fail(), loop)
print(repr(future.exception(20)))
future = asyncio.run_coroutine_threadsafe(asyncio.sleep(60), loop)
try:
    future.result(0.02)
except TimeoutError:
    print("not yet", future.cancel())
done = threading.Event()
loop.call_soon_threadsafe(done.set)
print(done.wait(20), loop.is_running())


async def close():
    server.close()
    await server.wait_closed()


asyncio.run_coroutine_threadsafe(close(), loop).result(20)
loop.call_soon_threadsafe(loop.stop)
thread.join()
print(loop.is_closed())


# The other way round: blocking calls of sockets out of a loop, in its executor.
async def main():
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))

    def accept_one():
        connection, _ = listener.accept()
        with connection:
            return connection.recv(100)

    accepting = loop.run_in_executor(None, accept_one)
    ticks = 0
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    while ticks < 5:
        await asyncio.sleep(0.001)
        ticks += 1
    writer.write(b"to a thread")
    print(await accepting, ticks)
    writer.close()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        print(await asyncio.gather(*(loop.run_in_executor(pool, pow, 2, n) for n in range(5))))
    try:
        await asyncio.to_thread(int, "x")
    except ValueError as error:
        print(error)
    left, right = socket.socketpair()
    await asyncio.gather(asyncio.to_thread(left.sendall, b"between threads"), asyncio.sleep(0))
    print(await asyncio.to_thread(right.recv, 100))
    for end in (left, right, listener):
        end.close()


asyncio.run(main())
loops = []


async def own():
    loops.append(asyncio.get_running_loop())
    await asyncio.sleep(0.01)
    return threading.current_thread().name


threads = [threading.Thread(target=lambda: results.append(asyncio.run(own())), name=f"t{number}") for number in range(4)]
results = []
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results), len(set(map(id, loops))))
try:
    asyncio.get_running_loop()
except RuntimeError as error:
    print(error)
with asyncio.Runner() as runner:
    print(runner.run(asyncio.sleep(0, "by a runner")))
