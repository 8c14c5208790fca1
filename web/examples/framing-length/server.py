# Reads messages that begin with their length.
import socket
import struct

ADDRESS = ("127.0.0.1", 9010)
HEADER = struct.Struct("!I")  # 4 bytes, network order


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError("ended inside a message")
        data += part
    return data


def read_message(connection):
    head = read_exactly(connection, HEADER.size)
    (size,) = HEADER.unpack(head)
    return read_exactly(connection, size)


with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    with connection:
        for _ in range(3):
            print(read_message(connection).decode())
