# Goes on sending to somebody who has left.
import socket
import time

SERVER = ("127.0.0.1", 9063)

client = socket.create_connection(SERVER)
client.sendall(b"hello")
while client.recv(100):
    pass
print("the server has left")

try:
    for number in [1, 2, 3]:
        client.sendall(b"are you there?")
        print("send", number, "seemed to work")
        time.sleep(0.2)
except BrokenPipeError as error:
    print("send", number, "failed:", error.strerror)
client.close()
