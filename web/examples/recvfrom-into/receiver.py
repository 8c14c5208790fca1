# One buffer for every datagram.
import socket

buffer = bytearray(16)
view = memoryview(buffer)

with socket.socket(type=socket.SOCK_DGRAM) as udp:
    udp.bind(("127.0.0.1", 9004))
    for _ in range(3):
        size, sender = udp.recvfrom_into(buffer)
        print(size, bytes(view[:size]))
        udp.sendto(b"ok", sender)
