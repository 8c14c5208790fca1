# Sends more than the server's buffer holds.
import socket

message = b"".join(b"line %02d of the message\n" % number for number in range(40))

with socket.create_connection(("127.0.0.1", 9003)) as client:
    client.sendall(message)
    print("sent", len(message), "bytes")
