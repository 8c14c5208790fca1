# Two clients, side by side.
import socket

SERVER = ("127.0.0.1", 9041)

with socket.create_connection(SERVER) as one, \
        socket.create_connection(SERVER) as two:
    one.sendall(b"short")
    two.sendall(b"somewhat longer")
    print("two:", two.recv(100).decode())
    print("one:", one.recv(100).decode())
