# The same client twice; only the server differs.
import socket

SERVER = ("127.0.0.1", 9060)

for number in [1, 2]:
    with socket.create_connection(SERVER) as client:
        client.sendall(b"hello")
        try:
            print(number, "recv returned", client.recv(100))
        except ConnectionResetError as error:
            print(number, "reset:", error.strerror)
