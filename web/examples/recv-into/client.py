# Sends more than the server's buffer holds.
import socket

SERVER = ("127.0.0.1", 9003)

message = b""
for number in range(40):
    message += b"line %02d of many\n" % number

with socket.create_connection(SERVER) as client:
    client.sendall(message)
    print("sent", len(message), "bytes")
