"""shutdown and close: which side sees what, also from another thread."""
import socket
import threading


def pair():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = socket.create_connection(server.getsockname(), timeout=10)
        return client, server.accept()[0]


left, right = pair()
left.sendall(b"request")
left.shutdown(socket.SHUT_WR)
print(right.recv(100), right.recv(100))
right.sendall(b"the answer, after the end of the question")
print(left.recv(100))
try:
    left.send(b"more")
except BrokenPipeError as error:
    print(error)
right.close()
print(left.recv(1))
left.close()

left, right = pair()
left.shutdown(socket.SHUT_RD)
print(left.recv(10))
left.shutdown(socket.SHUT_RDWR)
print(right.recv(1))
try:
    left.shutdown(socket.SHUT_RDWR)
    right.close()
    left.shutdown(socket.SHUT_RDWR)
except OSError as error:
    print(error)
left.close()

left, right = pair()
got = []
thread = threading.Thread(target=lambda: got.append(left.recv(10)))
thread.start()
left.shutdown(socket.SHUT_RD)
thread.join(10)
print(got, thread.is_alive())
left.close()
right.close()

server = socket.create_server(("127.0.0.1", 0))


def accept():
    try:
        server.accept()
    except OSError as error:
        got.append(error.errno)


thread = threading.Thread(target=accept)
thread.start()
server.shutdown(socket.SHUT_RDWR)
thread.join(10)
print(got[-1], thread.is_alive())
server.close()

left, right = pair()
right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
left.sendall(b"unread")
right.close()
try:
    left.recv(10)
except ConnectionResetError as error:
    print(error)
try:
    left.sendall(b"x")
except BrokenPipeError as error:
    print(error)
left.close()
for call, *arguments in ((left.recv, 1), (left.send, b""), (left.getsockname,), (left.fileno,), (left.close,), (left.detach,)):
    try:
        print(call(*arguments))
    except OSError as error:
        print(error)
print(left._closed, repr(left).startswith("<socket.socket [closed] fd=-1"))
