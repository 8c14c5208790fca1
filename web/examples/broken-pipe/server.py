# Closes without reading to the end.
import socket

ADDRESS = ("127.0.0.1", 9063)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    connection.recv(5)
    connection.close()
print("gone")
