# The other one. Only its words differ.
import socket

with socket.socket(type=socket.SOCK_DGRAM) as udp:
    udp.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind(("127.255.255.255", 9021))
    data, sender = udp.recvfrom(100)
    print("b heard", data.decode())
