# One of two that listen on the same port.
import socket

with socket.socket(type=socket.SOCK_DGRAM) as udp:
    # Both may bind it: a broadcast is for everybody.
    udp.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind(("127.255.255.255", 9021))
    data, sender = udp.recvfrom(100)
    print("a heard", data.decode())
