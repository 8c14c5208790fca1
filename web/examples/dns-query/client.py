# Asks for the address of a name.
import socket
import struct

SERVER = ("127.0.0.1", 9053)


def question(number, name):
    head = struct.pack(
        "!6H", number, 0x0100, 1, 0, 0, 0)
    parts = b"".join(
        bytes([len(part)]) + part.encode()
        for part in name.split("."))
    # Type 1 is an address, class 1 the Internet.
    return head + parts + struct.pack("!BHH", 0, 1, 1)


def read(answer):
    _, flags, _, found, _, _ = struct.unpack(
        "!6H", answer[:12])
    if flags & 15 == 3:
        return "no such name"
    return socket.inet_ntoa(answer[-4:]), found


with socket.socket(type=socket.SOCK_DGRAM) as udp:
    udp.settimeout(5)
    udp.connect(SERVER)  # only a default address
    for number, name in enumerate(
            ["pong.example", "nobody.example"]):
        udp.send(question(number, name))
        print(name, "->", read(udp.recv(512)))
