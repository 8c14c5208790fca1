# Receives everything into one buffer that is used again and again.
import socket

buffer = bytearray(256)
view = memoryview(buffer)              # slices of a memoryview copy nothing
total = 0

with socket.create_server(("127.0.0.1", 9003)) as server:
    connection, peer = server.accept()
    with connection:
        while count := connection.recv_into(buffer):
            total += count
            print(f"{count:4} bytes, first: {bytes(view[:12])}")

print("total", total)
