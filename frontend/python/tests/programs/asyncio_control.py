"""asyncio around sockets: tasks, timeouts, cancelling, threads, queues, locks, groups."""
import asyncio
import contextvars
import socket
import time

name = contextvars.ContextVar("name", default="nobody")


async def child(number):
    name.set(f"child {number}")
    await asyncio.sleep(0.01 * (3 - number))
    return name.get()


async def waits_for_ever(begun):
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    begun.set()
    try:
        await server.serve_forever()
    except asyncio.CancelledError:
        print("cancelled")
        raise


async def main():
    print(await asyncio.gather(*map(child, range(3))), name.get())
    done = [await task for task in asyncio.as_completed([child(n) for n in range(3)])]
    print(done)
    begun = asyncio.Event()
    task = asyncio.create_task(waits_for_ever(begun))
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True), task.cancelled())
    try:
        async with asyncio.timeout(0.02):
            await asyncio.Event().wait()
    except TimeoutError:
        print("timed out")
    print(await asyncio.to_thread(lambda: socket.inet_aton("1.2.3.4")))
    queue = asyncio.Queue(1)

    async def produce():
        for item in "abc":
            await queue.put(item)
        await queue.put(None)

    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        items = []
        while (item := await queue.get()) is not None:
            items.append(item)
    print(items)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(10))
            group.create_task(fail())
    except* ValueError as errors:
        print(errors.exceptions)
    lock, order = asyncio.Lock(), []

    async def locked(number):
        async with lock:
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*map(locked, range(3)))
    print(order)
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    future = loop.create_future()
    loop.call_later(0.02, future.set_result, "later")
    print(await future, time.monotonic() - begun >= 0.015)
    loop.call_soon_threadsafe(print, "soon")
    await asyncio.sleep(0.01)


async def fail():
    raise ValueError("on purpose")


asyncio.run(main())
