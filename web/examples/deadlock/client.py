# Polite: lets the server speak first.
import socket

SERVER = ("127.0.0.1", 9065)

with socket.create_connection(SERVER) as client:
    client.settimeout(2.5)
    try:
        greeting = client.recv(100)
        client.sendall(b"thanks for " + greeting)
    except TimeoutError:
        print("the server said nothing")
        client.settimeout(None)
        client.recv(1)  # until the server leaves
