"""Buffers and sizes at their edges: huge, empty, odd kinds, changed while a call runs."""
import array
import os
import select
import socket
import threading


def attempt(call, *arguments):
    try:
        print("returned", call(*arguments))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


a, b = socket.socketpair()
a.settimeout(20)
b.settimeout(20)

# Asking for much gives what is there.
for size in (1 << 20, 1 << 24, 100_000_000):
    a.send(b"little")
    print(size, b.recv(size), end=" ")
    a.send(b"little")
    print(b.recvfrom(size))
for size in (1 << 62, 1 << 63, 1 << 100):
    attempt(b.recv, size)
    attempt(b.recvfrom, size)

# Every kind of buffer goes out, and comes in.
for data in (b"bytes", bytearray(b"bytearray"), memoryview(b"memory view")[2:5], array.array("H", [1, 2, 3]), memoryview(bytearray(range(9)))[::1]):
    a.sendall(data)
    print(b.recv(100))
attempt(a.send, memoryview(b"abcdef")[::2])
attempt(a.sendall, memoryview(b"abcdef").cast("B", (2, 3)))
print(b.recv(100))
for buffer in (bytearray(4), array.array("I", [0, 0]), memoryview(bytearray(8))[2:6], memoryview(array.array("H", [7] * 4))):
    a.sendall(b"wxyz")
    print(b.recv_into(buffer), bytes(buffer))
for buffer in (b"1234", "1234", memoryview(b"1234"), [1, 2], 4, None, memoryview(bytearray(8))[::2]):
    attempt(b.recv_into, buffer)
a.send(b"")
a.send(b"kept")
print(b.recv(0), b.recv_into(bytearray()), b.recv_into(bytearray(3), 0), b.recv_into(bytearray(3), 1))

# A buffer that a call is filling can be neither shrunk nor freed, and fills in the end.
room = bytearray(8)
view = memoryview(room)
begun = threading.Event()


def fill(view):
    begun.set()
    print("filled", b.recv_into(view))


thread = threading.Thread(target=fill, args=(view,))
thread.start()
begun.wait()
attempt(room.clear)
attempt(room.extend, b"more")
attempt(room.append, 1)
room[7] = 33
del view
a.sendall(b"some")
thread.join()
print(room)

# What is sent is what it was when sendall began, or later; never a crash.
large = bytearray(b"x" * 3_000_000)
thread = threading.Thread(target=a.sendall, args=(large,))
thread.start()
got = 0
while got < len(large):
    got += len(b.recv(1 << 16))
    large[-1] = 120
thread.join()
print(got, len(large))
attempt(large.pop)

# A large sendall against a reader that is slow, and with a time limit.
received = bytearray()


def read():
    while part := b.recv(100_000):
        received.extend(part)


thread = threading.Thread(target=read)
thread.start()
payload = os.urandom(1 << 16) * 128
print(a.sendall(payload), a.shutdown(socket.SHUT_WR))
thread.join()
print(len(received), received == payload)
a.close()
b.close()
a, b = socket.socketpair()
a.settimeout(0.05)
attempt(a.sendall, bytes(10_000_000))
print(bool(select.select([b], [], [], 10)[0]))
a.setblocking(False)
attempt(a.sendall, bytes(10_000_000))
attempt(a.send, b"x")
a.close()
b.close()
with socket.socket(type=socket.SOCK_DGRAM) as end:
    end.bind(("127.0.0.1", 0))
    attempt(end.sendto, bytes(65_508), end.getsockname())
    print(end.sendto(bytes(65_507), end.getsockname()), len(end.recv(100_000)))
