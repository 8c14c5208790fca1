# Sends back whatever arrives, until the client
# has finished.
import socket

ADDRESS = ("127.0.0.1", 9000)

with socket.create_server(ADDRESS) as server:
    print("listening on", server.getsockname())
    connection, peer = server.accept()
    with connection:
        print("connection from", peer[0])
        while data := connection.recv(1024):
            print("echo", data)
            connection.sendall(data)
    print("the client has finished")
