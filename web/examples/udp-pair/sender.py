# Sends datagrams; there is no connection, so every one carries its address.
import socket

RECEIVER = ("127.0.0.1", 9001)

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.settimeout(2)                   # a datagram may get lost: do not wait for ever

for message in [b"one", b"two", b"a longer one " * 20, b"stop"]:
    sender.sendto(message, RECEIVER)
    try:
        answer, address = sender.recvfrom(1024)
        print(answer.decode())
    except TimeoutError:
        print("no answer to", message[:20])

sender.close()
