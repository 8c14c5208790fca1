# Sends more than the buffers hold.
import socket

SERVER = ("127.0.0.1", 9013)
DATA = memoryview(bytes(2_000_000))

with socket.create_connection(SERVER) as client:
    client.setsockopt(
        socket.SOL_SOCKET, socket.SO_SNDBUF, 64_000)
    client.setblocking(False)
    sent = client.send(DATA)
    print("send took a part:", 0 < sent < len(DATA))
    try:
        while sent < len(DATA):
            sent += client.send(DATA[sent:])
    except BlockingIOError:
        print("now the buffers are full")

    client.setblocking(True)
    client.sendall(DATA[sent:])
    print("sendall took the rest")
    print("reader says", client.recv(100).decode())
