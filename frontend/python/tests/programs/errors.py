"""Errors: Python's classes with Linux's numbers and texts."""
import errno
import socket


def attempt(name, call, *arguments):
    try:
        print(name, "->", call(*arguments))
    except Exception as error:
        print(name, "->", type(error).__name__, error, getattr(error, "errno", ""))


listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
unused = socket.socket()
unused.bind(("127.0.0.1", 0))
nobody = unused.getsockname()

client = socket.socket()
attempt("refused", client.connect, nobody)
attempt("refused, as number", socket.socket().connect_ex, nobody)
attempt("in use", unused.bind, address)
other = socket.socket()
attempt("bind in use", other.bind, address)
attempt("not ours", other.bind, ("192.0.2.1", 0))
attempt("not connected", other.recv, 10)
attempt("not connected peer", other.getpeername)
attempt("not listening", other.accept)
attempt("shutdown", other.shutdown, socket.SHUT_WR)
attempt("bad flag", other.shutdown, 7)
attempt("no such option", other.getsockopt, socket.SOL_SOCKET, 4711)
attempt("name", other.connect, ("no-such-host.invalid", 80))

listener.setblocking(False)
attempt("would block", listener.accept)
listener.settimeout(0.05)
attempt("timed out", listener.accept)
print(listener.gettimeout(), listener.getblocking(), listener.timeout)
listener.settimeout(0)
print(listener.gettimeout(), listener.getblocking())
listener.settimeout(None)
print(listener.gettimeout(), listener.getblocking())

attempt("negative", other.recv, -1)
attempt("negative from", other.recvfrom, -1)
attempt("port", other.bind, ("127.0.0.1", 65536))
attempt("port", other.connect, ("127.0.0.1", -1))
attempt("not a tuple", other.bind, "127.0.0.1")
attempt("not a pair", other.bind, ("127.0.0.1",))
attempt("text port", other.bind, ("127.0.0.1", "80"))
attempt("number host", other.bind, (1, 80))
attempt("null", other.connect, ("a\0b", 80))
attempt("str", other.send, "text")
attempt("timeout", other.settimeout, -1)
attempt("timeout", other.settimeout, float("nan"))
attempt("family", socket.socket, 99)
attempt("small buffer", other.recv_into, bytearray(2), 3)

client.close()
client.close()
attempt("closed", client.send, b"x")
attempt("closed", client.getsockname)
attempt("closed", client.settimeout, 1)
attempt("closed select", __import__("select").select, [client], [], [], 0)

a, b = socket.socketpair()
b.close()
attempt("broken pipe", a.send, b"x")
attempt("end", a.recv, 1)
print(socket.error is OSError, socket.timeout is TimeoutError, issubclass(socket.gaierror, OSError))
print(errno.ECONNREFUSED, errno.EAGAIN, errno.EWOULDBLOCK, errno.errorcode[98])
print(type(OSError(errno.ECONNREFUSED, "x")).__name__, type(OSError(14, "x")).__name__)
try:
    open("no such file")
except FileNotFoundError as error:
    print(error, error.errno == errno.ENOENT)
