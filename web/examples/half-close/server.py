# Reads everything first, then answers.
import socket

ADDRESS = ("127.0.0.1", 9012)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    with connection:
        text = b""
        while data := connection.recv(1024):
            text += data
        print("the client has finished sending")
        words = len(text.split())
        connection.sendall(b"%d words" % words)
