"""multiprocessing's pools of threads, its queues and locks among threads, and its connections."""
import multiprocessing
import multiprocessing.connection
import multiprocessing.dummy
import multiprocessing.pool
import queue
import socket
import threading

server = socket.create_server(("127.0.0.1", 0), backlog=32)


def serve():
    while True:
        connection, _ = server.accept()
        with connection:
            if connection.recv(10) == b"stop":
                return
            connection.sendall(b"ok")


def probe(port):
    with socket.socket() as client:
        client.settimeout(10)
        if client.connect_ex(("127.0.0.1", port)) != 0:
            return "closed"
        client.sendall(b"hello")
        return client.recv(10).decode()


thread = threading.Thread(target=serve)
thread.start()
port = server.getsockname()[1]
with multiprocessing.pool.ThreadPool(4) as pool:
    print(pool.map(probe, [port] * 6), pool.apply(pow, (2, 5)), sorted(pool.imap_unordered(abs, [-3, 1, -2])))
    later = pool.apply_async(int, ("x",))
    try:
        later.get(10)
    except ValueError as error:
        print(error)
    print(pool.starmap(divmod, [(7, 2), (9, 4)]))
with multiprocessing.dummy.Pool(2) as pool:
    print(pool.map(str.upper, ["a", "b"]))
with socket.create_connection(server.getsockname()) as client:
    client.sendall(b"stop")
thread.join()
server.close()

# Locks and queues, used by threads.
lock, limited = multiprocessing.Lock(), multiprocessing.BoundedSemaphore(1)
with lock:
    print(lock.acquire(False), limited.acquire(), limited.acquire(timeout=0.01))
limited.release()
try:
    limited.release()
except ValueError as error:
    print(error)
again = multiprocessing.RLock()
with again, again:
    print("twice")
jobs = multiprocessing.Queue()
jobs.put({"n": 1})
print(jobs.get(timeout=10))
try:
    jobs.get(timeout=0.01)
except queue.Empty:
    print("empty")
jobs.close()
jobs.join_thread()
left, right = multiprocessing.Pipe()
left.send([1, "two", None])
print(right.recv(), right.poll(0.01))
right.send_bytes(b"raw")
print(left.recv_bytes())
left.close()
try:
    right.recv()
except EOFError:
    print("EOFError")

# Connections with a password, over TCP: objects as messages.
with multiprocessing.connection.Listener(("127.0.0.1", 0), authkey=b"secret") as listener:
    refused = []

    def answer():
        with listener.accept() as connection:
            while (message := connection.recv()) != "close":
                connection.send(["got", message])
        try:
            listener.accept()
        except multiprocessing.AuthenticationError:
            refused.append("refused")

    thread = threading.Thread(target=answer)
    thread.start()
    with multiprocessing.connection.Client(listener.address, authkey=b"secret") as client:
        for message in (1, {"a": [2]}, b"x" * 100_000):
            client.send(message)
            print(len(str(client.recv())))
        print(multiprocessing.connection.wait([client], 0.01))
        client.send("close")
    try:
        multiprocessing.connection.Client(listener.address, authkey=b"wrong")
    except (multiprocessing.AuthenticationError, EOFError, ConnectionError):
        print("not let in")
    thread.join()
    print(refused)
print(multiprocessing.current_process().name, multiprocessing.cpu_count() >= 1, multiprocessing.active_children())
