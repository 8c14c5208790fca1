"""Bad use: what CPython raises, and never a hang."""
import os
import select
import socket
import threading


def attempt(name, call, *arguments, **options):
    try:
        print(name, "->", call(*arguments, **options))
    except Exception as error:
        # Newer versions raise a subclass of it.
        kind = UnicodeError if isinstance(error, UnicodeError) else type(error)
        print(name, "->", kind.__name__, getattr(error, "errno", None) or "")


stream = socket.socket()
stream.bind(("127.0.0.1", 0))
stream.listen()
port = stream.getsockname()[1]
client = socket.create_connection(("127.0.0.1", port))
server, _ = stream.accept()

# Wrong types.
attempt("connect to a list", socket.socket().connect, ["127.0.0.1", port])
attempt("connect to a text", socket.socket().connect, "127.0.0.1")
attempt("a port in a text", socket.socket().connect, ("127.0.0.1", str(port)))
attempt("a port that is a float", socket.socket().connect, ("127.0.0.1", 1.5))
attempt("no host", socket.socket().connect, (None, port))
attempt("three parts", socket.socket().connect, ("127.0.0.1", port, 0))
attempt("text is no bytes", client.send, "text")
attempt("text is no bytes", client.sendall, "text")
attempt("an integer is no bytes", client.sendto, 5, ("127.0.0.1", port))
attempt("a timeout in a text", client.settimeout, "soon")
attempt("a negative timeout", client.settimeout, -1)
attempt("not a number", client.settimeout, float("nan"))
attempt("a far timeout", client.settimeout, 1e100)
attempt("an option's value", client.setsockopt, 1, 2, "on")
attempt("a family in a text", socket.socket, "AF_INET")
attempt("too many arguments", client.recv, 1, 2, 3)
attempt("no argument", client.recv)

# Sizes.
attempt("recv -1", client.recv, -1)
attempt("recv of a float", client.recv, 1.0)
attempt("recvfrom -1", client.recvfrom, -1)
attempt("recv_into -1", client.recv_into, bytearray(4), -1)
attempt("recv_into too much", client.recv_into, bytearray(4), 5)
attempt("recvfrom_into too much", client.recvfrom_into, bytearray(4), 5)
attempt("recv_into bytes", client.recv_into, b"read only")
attempt("recv beyond any size", client.recv, 1 << 70)
attempt("an option of -1 bytes", client.getsockopt, 1, 2, -1)
attempt("an option of 5000 bytes", client.getsockopt, 1, 2, 5000)
server.send(b"0 bytes")
attempt("recv 0", client.recv, 0)
attempt("recv_into nothing", client.recv_into, bytearray())
attempt("recv the rest", client.recv, 100)

# Numbers that are none.
for number in (70000, -1, 1 << 40):
    attempt(f"port {number}", socket.socket().connect, ("127.0.0.1", number))
    attempt(f"port {number}", socket.socket().bind, ("127.0.0.1", number))
attempt("family 4711", socket.socket, 4711)
attempt("type 4711", socket.socket, socket.AF_INET, 4711)
attempt("protocol 4711", socket.socket, socket.AF_INET, socket.SOCK_STREAM, 4711)
attempt("shutdown 7", client.shutdown, 7)
attempt("backlog in a text", socket.socket().listen, "5")
attempt("flowinfo", socket.socket(socket.AF_INET6).connect, ("::1", 1, 1 << 20))

# Names.
attempt("a long label", socket.getaddrinfo, "x" * 64 + ".invalid", 80)
attempt("a NUL in a name", socket.socket().connect, ("127.0.0.1\0", port))
attempt("a NUL in a name", socket.gethostbyname, "a\0b")
attempt("a path that is too long", socket.socket(socket.AF_UNIX).connect, "a" * 109)
attempt("a service that is none", socket.getservbyname, "no such service")
attempt("a protocol that is none", socket.getprotobyname, "no such protocol")
attempt("an interface that is none", socket.if_nametoindex, "nope0")
attempt("an interface that is none", socket.if_indextoname, 1 << 30)
attempt("an address that is none", socket.inet_aton, "300.1.1.1")
attempt("an address that is none", socket.inet_pton, socket.AF_INET6, ":::")
attempt("an address that is none", socket.inet_ntoa, b"123")
attempt("a family without addresses", socket.inet_ntop, 4711, b"1234")

# Closed sockets.
closed = socket.socket()
number = closed.fileno()
closed.close()
closed.close()
print(closed.fileno(), closed)
for name, arguments in {
    "accept": (), "bind": (("127.0.0.1", 0),), "connect": (("127.0.0.1", port),), "listen": (),
    "getpeername": (), "getsockname": (), "recv": (1,), "recv_into": (bytearray(1),),
    "recvfrom": (1,), "recvmsg": (1,), "send": (b"x",), "sendall": (b"x",),
    "sendto": (b"x", ("127.0.0.1", 1)), "sendmsg": ([b"x"],), "shutdown": (2,),
    "setblocking": (True,), "settimeout": (1,), "getsockopt": (1, 2), "setsockopt": (1, 2, 1),
}.items():
    attempt(f"closed: {name}", getattr(closed, name), *arguments)
attempt("closed: select", select.select, [closed], [], [], 0)
attempt("closed: its old number", select.select, [number], [], [], 0)
attempt("closed: fileno", socket.socket, fileno=number)
attempt("closed: dup", closed.dup)

# Numbers of sockets, passed to os.
server.send(b"by its number")
attempt("os.read", os.read, client.fileno(), 100)
attempt("os.write", os.write, client.fileno(), b"and back")
attempt("recv", server.recv, 100)
attempt("os.lseek", os.lseek, client.fileno(), 0, 0)
attempt("os.isatty", os.isatty, client.fileno())
attempt("blocking", os.get_blocking, client.fileno())
client.setblocking(False)
attempt("blocking", os.get_blocking, client.fileno())
attempt("os.read of nothing", os.read, client.fileno(), 100)
client.setblocking(True)
attempt("inheritable", client.get_inheritable)
client.set_inheritable(True)
attempt("inheritable", client.get_inheritable)
copy = os.dup(client.fileno())
attempt("os.write to the copy", os.write, copy, b"the same socket")
attempt("recv", server.recv, 100)
attempt("os.close", os.close, copy)
attempt("os.close again", os.close, copy)

# A buffer that changes while a call fills it.
room = bytearray(10)


def shrink():
    try:
        room.clear()
        print("cleared")
    except BufferError as error:
        print("BufferError")


begun = threading.Event()


def fill():
    begun.set()
    print("filled", client.recv_into(room))


filling = threading.Thread(target=fill)
filling.start()
begun.wait()
while not (ready := select.select([], [server], [], 1)[1]):
    pass
server.send(b"some bytes")
filling.join()
print(bytes(room))
for end in (stream, client, server):
    end.close()
