# Tells everybody at once.
import socket

EVERYBODY = ("127.255.255.255", 9021)

with socket.socket(type=socket.SOCK_DGRAM) as udp:
    try:
        udp.sendto(b"hello?", EVERYBODY)
    except PermissionError:
        print("not without SO_BROADCAST")

    udp.setsockopt(
        socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    udp.sendto(b"hello, everybody", EVERYBODY)
    print("sent once")
