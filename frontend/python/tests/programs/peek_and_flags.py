"""Flags: looking without taking, all or nothing, not waiting, urgent data, cut datagrams."""
import select
import socket
import threading

left, right = socket.socketpair()
left.sendall(b"abcdef")
print(right.recv(3, socket.MSG_PEEK), right.recv(3), right.recv(10))
for call in (lambda: right.recv(1, socket.MSG_DONTWAIT), lambda: right.recv_into(bytearray(1), 0, socket.MSG_DONTWAIT)):
    try:
        call()
    except BlockingIOError as error:
        print(error)


def slowly():
    for part in (b"ab", b"cd", b"ef"):
        left.sendall(part)
        select.select([], [], [], 0.01)


thread = threading.Thread(target=slowly)
thread.start()
print(right.recv(6, socket.MSG_WAITALL))
thread.join()
left.sendall(b"end")
left.close()
print(right.recv(10, socket.MSG_WAITALL), right.recv(10, socket.MSG_WAITALL))
right.close()

one, two = (socket.socket(type=socket.SOCK_DGRAM) for _ in range(2))
one.bind(("127.0.0.1", 0))
two.settimeout(10)
one.settimeout(10)
two.sendto(b"a long datagram", one.getsockname())
two.sendto(b"", one.getsockname())
two.sendto(b"next", one.getsockname())
print(one.recv(6), one.recv(6), one.recv(6))
two.sendto(b"a long datagram", one.getsockname())
buffer = bytearray(4)
print(one.recv_into(buffer, 0, socket.MSG_TRUNC), bytes(buffer))
one.close()
two.close()

with socket.create_server(("127.0.0.1", 0)) as server:
    with socket.create_connection(server.getsockname(), timeout=10) as client:
        connection, _ = server.accept()
        with connection:
            client.send(b"normal")
            client.send(b"!", socket.MSG_OOB)
            print(select.select([], [], [connection], 10)[2] == [connection])
            print(connection.recv(1, socket.MSG_OOB), connection.recv(10))
            client.send(b"x" * 10, socket.MSG_MORE)
            client.send(b"y")
            print(connection.recv(11, socket.MSG_WAITALL))
            try:
                connection.recv(1, socket.MSG_OOB | socket.MSG_DONTWAIT)
            except OSError as error:
                print(type(error).__name__, error.errno)
