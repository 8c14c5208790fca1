# A name server that knows two names.
import socket
import struct

ADDRESS = ("127.0.0.1", 9053)
NAMES = {
    "pong.example": "192.0.2.7",
    "mail.example": "192.0.2.25",
}
QUESTIONS = 2


def read_name(message, at=12):
    parts = []
    while size := message[at]:
        part = message[at + 1:at + 1 + size]
        parts.append(part.decode())
        at += 1 + size
    return ".".join(parts)


with socket.socket(type=socket.SOCK_DGRAM) as udp:
    udp.bind(ADDRESS)
    print("answering on port", ADDRESS[1])
    for _ in range(QUESTIONS):
        query, sender = udp.recvfrom(512)
        name = read_name(query)
        address = NAMES.get(name)
        print(name, "is", address)

        # 0x8400: an answer, from who must know.
        # The last four bits say how it went.
        flags = 0x8400 if address else 0x8403
        found = 1 if address else 0
        answer = query[:2] + struct.pack(
            "!5H", flags, 1, found, 0, 0) + query[12:]
        if address:
            # 0xC00C: the name stands at byte 12.
            answer += struct.pack(
                "!HHHIH", 0xC00C, 1, 1, 60, 4)
            answer += socket.inet_aton(address)
        udp.sendto(answer, sender)
