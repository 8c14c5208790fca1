# Waits for datagrams and answers each one.
import socket

receiver = socket.socket(
    socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 9001))
print("waiting on", receiver.getsockname())

while True:
    data, sender = receiver.recvfrom(1024)
    print(len(data), "bytes from", sender[0])
    print("  ", data[:30])
    answer = b"got %d bytes" % len(data)
    receiver.sendto(answer, sender)
    if data == b"stop":
        break

receiver.close()
