# Sends datagrams. There is no connection, so
# every one carries its address.
import socket

RECEIVER = ("127.0.0.1", 9001)
LONG = b"a longer one " * 20

sender = socket.socket(
    socket.AF_INET, socket.SOCK_DGRAM)
# One may get lost: do not wait for ever.
sender.settimeout(2)

for message in [b"one", b"two", LONG, b"stop"]:
    sender.sendto(message, RECEIVER)
    try:
        answer, address = sender.recvfrom(1024)
        print(answer.decode())
    except TimeoutError:
        print("no answer to", message[:20])

sender.close()
