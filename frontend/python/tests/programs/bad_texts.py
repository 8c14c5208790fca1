"""Bad use, to the letter: the class and the text of what CPython raises."""
import select
import socket


def attempt(call, *arguments, **options):
    try:
        print("returned", call(*arguments, **options))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
client = socket.create_connection(("127.0.0.1", port))
connection, _ = server.accept()
stream, datagrams, unix = socket.socket(), socket.socket(type=socket.SOCK_DGRAM), socket.socket(socket.AF_UNIX)
six = socket.socket(socket.AF_INET6)

print("-- addresses")
for address in ("127.0.0.1", ["127.0.0.1", 1], ("127.0.0.1",), ("127.0.0.1", 1, 2), (), None, 5, ("127.0.0.1", "1"),
                ("127.0.0.1", None), ("127.0.0.1", 1.0), (None, 1), (1, 1), ("127.0.0.1", -1), ("127.0.0.1", 65536),
                ("127.0.0.1", 70000), ("127.0.0.1", 1 << 70), ("a\0b", 1)):
    for method in (stream.bind, stream.connect, stream.connect_ex):
        attempt(method, address)
    attempt(datagrams.sendto, b"x", address)
for address in (("::1",), ("::1", 1, 2, 3, 4), ("::1", "1"), ("::1", 1, "2"), ("::1", 1, 1 << 20), ("::1", 1, -1), "::1"):
    attempt(six.bind, address)
for address in (("/tmp/x", 1), 7, None, "a" * 108, "\0" + "a" * 108):
    attempt(unix.connect, address)

print("-- counts")
for method, *arguments in (
    (client.recv, -1), (client.recv, "1"), (client.recv, 1.5), (client.recv, None), (client.recv, 1, "x"),
    (client.recv, 1 << 70), (client.recvfrom, -1), (client.recv_into, b"fixed"),
    (client.recv_into, "text"), (client.recv_into, bytearray(2), 3), (client.recv_into, bytearray(2), -1),
    (client.recvfrom_into, bytearray(2), 3), (client.recvfrom_into, bytearray(2), -1), (client.recvmsg, -1),
    (client.recvmsg, 1, -1), (client.recvmsg_into, 1), (client.recvmsg_into, [b"fixed"]),
    (server.listen, "1"),
):
    attempt(method, *arguments)

print("-- bytes")
for method, *arguments in (
    (client.send, "text"), (client.send, 5), (client.send, None), (client.send, [1]), (client.sendall, "text"),
    (client.sendall, None), (client.sendto, "text", ("127.0.0.1", 1)), (client.sendto, b"x"), (client.sendmsg, "text"),
    (client.sendmsg, [1]), (client.sendmsg, b"x"), (client.sendmsg, [b"x"], [(1, 2)]), (client.sendmsg, [b"x"], [(1, 2, "x")]),
    (client.sendmsg, [b"x"], 5),
):
    attempt(method, *arguments)

print("-- timeouts")
for timeout in (-1, -0.001, "1", b"1", float("nan"), float("inf"), 1e100, [1]):
    attempt(client.settimeout, timeout)
    attempt(socket.setdefaulttimeout, timeout)
    attempt(select.select, [], [], [client], timeout)
    print(client.gettimeout(), socket.getdefaulttimeout())
attempt(socket.create_connection, ("127.0.0.1", port), timeout=-5)
attempt(socket.create_connection, ("127.0.0.1", port), timeout="1")

print("-- options")
for arguments in ((1, 2, None), (1, 2, "x"), (1, 2, 1.5), (1, 2, 1, 2), (1, 2, 1 << 40), ("1", 2, 3), (1, 4711, 1)):
    attempt(client.setsockopt, *arguments)
for arguments in ((1, 2, -1), (1, 2, 1025), (1, "2"), (1, 2, "4"), (1, 4711)):
    attempt(client.getsockopt, *arguments)

print("-- life")
for arguments in ((4711,), (socket.AF_INET, 4711), (socket.AF_INET, socket.SOCK_STREAM, 4711), ("x",), (socket.AF_INET, "x"), (2, 1, 0, "x"),
                  (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_UDP)):
    attempt(socket.socket, *arguments)
for fd in (-1, "x", 1.5, 999):
    attempt(socket.socket, fileno=fd)
for how in (-1, 3, "x", None, 1.5):
    attempt(client.shutdown, how)
attempt(stream.shutdown, socket.SHUT_RDWR)
attempt(stream.accept)
attempt(stream.getpeername)
attempt(stream.recv, 1)
attempt(stream.send, b"x")
attempt(datagrams.send, b"x")
attempt(datagrams.listen)
attempt(datagrams.accept)
attempt(client.connect, ("127.0.0.1", port))
attempt(client.connect_ex, ("127.0.0.1", port))
attempt(server.connect, ("127.0.0.1", port))
attempt(client.bind, ("127.0.0.1", 0))
attempt(client.listen)
attempt(server.recv, 1)
attempt(server.send, b"x")
attempt(client.makefile, "x")
attempt(client.makefile, "r", 0)

print("-- select")
for lists in (([1.5], [], []), (["x"], [], []), ([object()], [], []), (1, [], []), ([], [], []), ([-1], [], []), ([1 << 40], [], [])):
    attempt(select.select, *lists, 0)
poll = select.poll()
for arguments in ((-1,), ("x",), (client, -1), (client, 1 << 20)):
    attempt(poll.register, *arguments)
attempt(poll.modify, server, 1)
attempt(poll.poll, "x")
for arguments in ((-5,), ("x",), (1, 1)):
    attempt(select.epoll, *arguments)
epoll = select.epoll()
attempt(epoll.register, -1)
attempt(epoll.register, "x")
attempt(epoll.register, 999)
attempt(epoll.modify, client, 1)
attempt(epoll.unregister, client)
attempt(epoll.poll, "x")
attempt(epoll.poll, 0, 0)
epoll.close()
attempt(epoll.poll, 0)

print("-- attributes")
attempt(lambda: setattr(client, "family", 1))
attempt(lambda: len(client))
attempt(lambda: client < server)
attempt(lambda: client + server)
attempt(lambda: bytes(client))
for end in (server, client, connection, stream, datagrams, unix, six):
    end.close()
