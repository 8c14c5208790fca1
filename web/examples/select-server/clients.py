# Three connections that speak in turn.
import socket

SERVER = ("127.0.0.1", 9040)

clients = [
    socket.create_connection(SERVER) for _ in range(3)]

for word in [b"first", b"second"]:
    # The last one to connect speaks first.
    for number, client in reversed(
            list(enumerate(clients))):
        client.sendall(word)
        print(number, client.recv(100).decode())

for client in clients:
    client.close()
