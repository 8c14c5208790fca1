# Sends three messages, cut at the wrong places.
import socket
import struct
import time

SERVER = ("127.0.0.1", 9010)

stream = b""
for text in ["one", "two words", "the third message"]:
    data = text.encode()
    stream += struct.pack("!I", len(data)) + data

with socket.create_connection(SERVER) as client:
    for start in range(0, len(stream), 15):
        client.sendall(stream[start:start + 15])
        time.sleep(0.1)
print("sent", len(stream), "bytes")
