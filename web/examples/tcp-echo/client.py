# Says a few lines and prints what comes back.
import socket
import time

SERVER = ("127.0.0.1", 9000)
LINES = ["hello, server", "anybody there?", "bye"]

with socket.create_connection(SERVER) as client:
    for line in LINES:
        client.sendall(line.encode())
        print("sent", line)
        answer = client.recv(1024)
        print("got ", answer.decode())
        time.sleep(0.3)
