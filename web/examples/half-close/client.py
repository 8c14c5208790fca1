# Sends a text, says so, and waits for the answer.
import socket

SERVER = ("127.0.0.1", 9012)

with socket.create_connection(SERVER) as client:
    client.sendall(b"It was a bright cold day ")
    client.sendall(b"in April")
    client.shutdown(socket.SHUT_WR)
    print("answer:", client.recv(1024).decode())
    print("then:", client.recv(1024))
