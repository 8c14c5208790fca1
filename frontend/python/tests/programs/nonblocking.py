"""Sockets that do not wait: connecting, accepting, filling a buffer, settimeout's kinds."""
import errno
import os
import select
import socket

server = socket.create_server(("127.0.0.1", 0))
server.setblocking(False)
try:
    server.accept()
except BlockingIOError as error:
    print(error)
client = socket.socket()
client.setblocking(False)
code = client.connect_ex(server.getsockname())
print(errno.errorcode.get(code, code) in ("EINPROGRESS", 0))
_, writable, _ = select.select([], [client], [], 10)
print(writable == [client], client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), client.connect_ex(server.getsockname()) in (0, errno.EISCONN))
connection, peer = server.accept() if select.select([server], [], [], 10)[0] else None
print(peer == client.getsockname(), connection.gettimeout())
sent = 0
try:
    while True:
        sent += client.send(bytes(65536))
except BlockingIOError as error:
    print(error.errno == errno.EAGAIN, sent > 65536)
print(select.select([], [client], [], 0)[1])
got = 0
while got < sent:
    got += len(connection.recv(1 << 20))
print(got == sent, bool(select.select([], [client], [], 10)[1]))
try:
    client.recv(1)
except BlockingIOError:
    print("nothing there")
client.setblocking(True)
print(client.gettimeout(), client.getblocking())
client.settimeout(0.03)
print(client.gettimeout(), client.getblocking())
try:
    client.recv(1)
except TimeoutError as error:
    print(error, error.errno, isinstance(error, OSError), socket.timeout is TimeoutError)
client.settimeout(0.0)
print(client.gettimeout(), client.getblocking())
for bad in (-1, "x", float("nan")):
    try:
        client.settimeout(bad)
    except (ValueError, TypeError) as error:
        print(type(error).__name__)
socket.setdefaulttimeout(2.5)
print(socket.socket().gettimeout(), socket.getdefaulttimeout(), server.accept if False else "")
socket.setdefaulttimeout(None)
refused = socket.socket()
refused.setblocking(False)
closed = socket.create_server(("127.0.0.1", 0))
address = closed.getsockname()
closed.close()
print(errno.errorcode[refused.connect_ex(address)] in ("EINPROGRESS", "ECONNREFUSED"))
select.select([], [refused], [], 10)
print(os.strerror(refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)) in ("Connection refused", "Success"))
for end in (server, client, connection, refused):
    end.close()
