# The basic client: connect, send a request,
# read until the end.
import socket

print("creating socket ...")
client = socket.socket(
    socket.AF_INET, socket.SOCK_STREAM)
print("socket created")

print("connecting to the server")
client.connect(("127.0.0.1", 9080))
print("connected")

client.sendall(b"GET / HTTP/1.0\r\n"
               b"Host: 127.0.0.1\r\n\r\n")

while True:
    # At most 128 bytes; waits if there are none.
    data = client.recv(128)
    if data == b"":  # the server has finished
        break
    print(len(data), "bytes:", data)

print("closing the socket")
client.close()
