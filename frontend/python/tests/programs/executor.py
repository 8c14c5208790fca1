"""concurrent.futures: a pool of threads that fetch, results in order, exceptions, limits."""
import concurrent.futures
import socket
import threading
import time

server = socket.create_server(("127.0.0.1", 0))


def serve():
    for _ in range(6):
        connection, _ = server.accept()
        with connection:
            connection.sendall(connection.recv(100) * 2)


def fetch(number):
    with socket.create_connection(server.getsockname(), timeout=10) as client:
        client.sendall(b"%d" % number)
        return client.recv(100)


def fail():
    raise KeyError("on purpose")


threading.Thread(target=serve).start()
with concurrent.futures.ThreadPoolExecutor(3, thread_name_prefix="fetch") as pool:
    print(list(pool.map(fetch, range(6))))
    print(pool.submit(lambda: threading.current_thread().name).result().startswith("fetch_"))
    failed = pool.submit(fail)
    print(repr(failed.exception()), failed.done())
    try:
        failed.result()
    except KeyError as error:
        print("raised", error)
    slow = pool.submit(time.sleep, 0.2)
    try:
        slow.result(timeout=0.01)
    except TimeoutError:
        print("not yet")
    done, pending = concurrent.futures.wait([slow], timeout=5)
    print(len(done), len(pending))
    gate = threading.Event()
    held = [pool.submit(gate.wait, 5) for _ in range(3)]
    queued = pool.submit(print, "never")
    print(queued.cancel(), queued.cancelled())
    gate.set()
    seen = []
    held[0].add_done_callback(lambda future: seen.append(future.result()))
print(seen, [future.result() for future in concurrent.futures.as_completed(held)])
try:
    pool.submit(print)
except RuntimeError as error:
    print(error)
server.close()
