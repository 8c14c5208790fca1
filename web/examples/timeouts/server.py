# Takes its time before it says anything.
import socket
import time

ADDRESS = ("127.0.0.1", 9015)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    with connection:
        time.sleep(1)
        connection.sendall(b"sorry I am late")
        connection.recv(1)  # until the client leaves
print("done")
