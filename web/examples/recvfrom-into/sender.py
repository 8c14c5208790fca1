# Three datagrams, the last one too long.
import socket

RECEIVER = ("127.0.0.1", 9004)

with socket.socket(type=socket.SOCK_DGRAM) as udp:
    udp.settimeout(5)
    for text in ["short", "sixteen letters!",
                 "longer than the buffer"]:
        udp.sendto(text.encode(), RECEIVER)
        udp.recvfrom(16)  # wait for the ok
        print("sent", len(text), "bytes")
