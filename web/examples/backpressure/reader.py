# Reads slowly: first it sleeps.
import socket
import time

ADDRESS = ("127.0.0.1", 9013)
SIZE = 2_000_000

total = 0
with socket.create_server(ADDRESS) as server:
    # A small buffer is full sooner.
    server.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 64_000)
    connection, _ = server.accept()
    with connection:
        time.sleep(1)
        while total < SIZE:
            total += len(connection.recv(500_000))
        connection.sendall(b"thanks")
print("read", total, "bytes")
