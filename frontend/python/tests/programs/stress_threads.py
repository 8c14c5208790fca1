"""Threads: many on one listener, a close or a shutdown under a blocked call, two readers."""
import socket
import threading

# 32 threads accept from one listener, 32 connect: each connection goes to exactly one.
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
address = listener.getsockname()
lock = threading.Lock()
served, heard = [], []


def serve():
    connection, _ = listener.accept()
    with connection:
        data = connection.recv(100)
        connection.sendall(data + b"!")
        with lock:
            served.append(data)


def ask(number):
    with socket.create_connection(address) as connection:
        connection.sendall(b"%d" % number)
        answer = connection.recv(100)
        with lock:
            heard.append(answer)


threads = [threading.Thread(target=serve) for _ in range(32)]
threads += [threading.Thread(target=ask, args=(number,)) for number in range(32)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(map(int, served)) == list(range(32)), len(set(heard)))


def blocked(call):
    """Starts a call in a thread; returns how to hear what came of it."""
    outcome = []
    begun = threading.Event()

    def run():
        begun.set()
        try:
            outcome.append(call())
        except OSError as error:
            outcome.append(f"{type(error).__name__} {error}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    begun.wait()

    def heard(timeout=10):
        thread.join(timeout)
        return outcome or "still blocked"

    return heard


# shutdown wakes a blocked reader, and a blocked accept.
a, b = socket.socketpair()
reader = blocked(lambda: a.recv(10))
print(reader(0.2))
a.shutdown(socket.SHUT_RDWR)
print(reader())
a.close()
b.close()
waiting = blocked(lambda: listener.accept())
print(waiting(0.2))
listener.shutdown(socket.SHUT_RDWR)
print(waiting())
listener.close()

# As on Linux, close under a blocked call lets it go on until something comes.
a, b = socket.socketpair()
reader = blocked(lambda: a.recv(10))
print(reader(0.2))
a.close()
print(a.fileno(), reader(0.2))
b.send(b"late")
print(reader())
b.close()

# A timeout ends a call under which the socket was closed.
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(1)
waiting = blocked(lambda: listener.accept())
print(waiting(0.2))
listener.close()
print(waiting())

# Two threads read one socket: no byte is lost, none is read twice.
a, b = socket.socketpair()
parts = []


def read():
    while data := a.recv(1000):
        with lock:
            parts.append(data)


readers = [threading.Thread(target=read) for _ in range(2)]
for thread in readers:
    thread.start()
sent = bytes(range(256)) * 400
b.sendall(sent)
b.shutdown(socket.SHUT_WR)
for thread in readers:
    thread.join()
print(sum(map(len, parts)) == len(sent), sorted(b"".join(parts)) == sorted(sent))
a.close()
b.close()
