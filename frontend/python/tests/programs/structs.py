"""struct: headers of fixed and of variable size, over a socket, and what is wrong with them."""
import socket
import struct

HEADER = struct.Struct("!HBxI")
print(HEADER.size, struct.calcsize("<qd?3s"), struct.pack(">hHiIqQ", -1, 65535, -2, 7, -3, 9).hex())


def send(end, kind, flags, body):
    end.sendall(HEADER.pack(kind, flags, len(body)) + body)


def receive_exactly(end, size):
    data = bytearray()
    while len(data) < size:
        part = end.recv(size - len(data))
        if not part:
            raise EOFError(f"{len(data)} of {size} bytes")
        data += part
    return bytes(data)


def receive(end):
    kind, flags, size = HEADER.unpack(receive_exactly(end, HEADER.size))
    return kind, flags, receive_exactly(end, size)


left, right = socket.socketpair()
for message in ((1, 0, b""), (65535, 255, b"x" * 3000), (2, 1, bytes(range(10)))):
    send(left, *message)
    print(receive(right) == message)
left.sendall(HEADER.pack(1, 2, 100) + b"only this")
left.close()
try:
    receive(right)
except EOFError as error:
    print(error)
right.close()
buffer = bytearray(16)
struct.pack_into("!4sH", buffer, 3, b"name", 80)
print(bytes(buffer), struct.unpack_from("!4sH", buffer, 3))
print(list(struct.iter_unpack("!BB", b"abcdef")), struct.unpack("<f", struct.pack("<f", 0.5)))
for call in (lambda: struct.pack("!B", 256), lambda: struct.unpack("!I", b"abc"),
             lambda: struct.pack("!I", "x"), lambda: struct.pack("!Z", 1)):
    try:
        call()
    except struct.error as error:
        print("struct.error", bool(str(error)))
print(int.from_bytes(b"\x12\x34", "big"), (4660).to_bytes(2, "little"))
