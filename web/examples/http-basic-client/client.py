# The basic client: connect, send a request, read until the end.
import socket

print("creating socket ...")
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
print("socket created")

print("connecting to the server")
client.connect(("127.0.0.1", 9080))
print("connected")

client.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")

while True:
    data = client.recv(128)            # at most 128 bytes; waits if there are none
    if data == b"":                    # no bytes: the server has finished
        break
    print(len(data), "bytes:", data)

print("closing the socket")
client.close()
