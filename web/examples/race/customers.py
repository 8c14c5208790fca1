# Two at the counter, at the same moment.
import socket

SERVER = ("127.0.0.1", 9066)

ann = socket.create_connection(SERVER)
bob = socket.create_connection(SERVER)
ann.sendall(b"100")
bob.sendall(b"100")
print("ann:", ann.recv(100).decode())
print("bob:", bob.recv(100).decode())
ann.close()
bob.close()
