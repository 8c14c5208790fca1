"""Closed sockets, to the letter: every method, with statements, files and loops over them."""
import os
import select
import selectors
import socket


def attempt(call, *arguments):
    try:
        print("returned", call(*arguments))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


a, b = socket.socketpair()
number = a.fileno()
a.close()
for name, arguments in {
    "accept": (), "bind": (("127.0.0.1", 0),), "connect": (("127.0.0.1", 1),), "connect_ex": (("127.0.0.1", 1),), "listen": (),
    "getpeername": (), "getsockname": (), "recv": (1,), "recv_into": (bytearray(1),), "recvfrom": (1,), "recvfrom_into": (bytearray(1),),
    "recvmsg": (1,), "recvmsg_into": ([bytearray(1)],), "send": (b"x",), "sendall": (b"x",), "sendto": (b"x", ("127.0.0.1", 1)),
    "sendmsg": ([b"x"],), "shutdown": (2,), "setblocking": (True,), "settimeout": (1,), "gettimeout": (), "getblocking": (),
    "getsockopt": (1, 2), "setsockopt": (1, 2, 1), "dup": (), "fileno": (), "detach": (), "close": (),
    "get_inheritable": (), "set_inheritable": (True,),
}.items():
    print(name, end=" ")
    attempt(getattr(a, name), *arguments)
print(a, a.family, a.type, a.proto, a.timeout)
attempt(select.select, [a], [], [], 0)
attempt(select.select, [number], [], [], 0)
attempt(select.poll().register, a)
attempt(selectors.DefaultSelector().register, a, selectors.EVENT_READ)
attempt(os.read, number, 1)
attempt(os.write, number, b"x")
attempt(os.close, number)
attempt(os.fstat, number)
attempt(a.__enter__)
attempt(b.recv, 1)
attempt(b.send, b"x")
b.close()

# A poll set that keeps the number of a closed socket says so.
a, b = socket.socketpair()
poll = select.poll()
poll.register(a, select.POLLIN)
a.close()
print([event == select.POLLNVAL for _, event in poll.poll(0)])
b.close()

# A file keeps its socket open, and is closed by itself.
a, b = socket.socketpair()
reader, writer = a.makefile("rb"), a.makefile("wb")
a.close()
writer.write(b"through the file")
writer.flush()
print(b.recv(100), reader.closed)
writer.close()
attempt(writer.write, b"x")
attempt(writer.flush)
b.sendall(b"one line\n")
print(reader.readline())
reader.close()
attempt(reader.read)
attempt(b.recv, 1)
b.close()

# A with statement closes, also after a failure.
try:
    with socket.create_server(("127.0.0.1", 0)) as server:
        raise KeyError("inside")
except KeyError as error:
    print(error, server.fileno())
attempt(server.accept)
detached = socket.socket()
number = detached.detach()
attempt(detached.recv, 1)
taken = socket.socket(fileno=number)
print(taken.fileno() == number, taken.family.name, taken.type.name)
os.close(taken.fileno())
attempt(taken.getsockname)
attempt(taken.close)
