# Receives everything into one buffer that is
# used again and again.
import socket

ADDRESS = ("127.0.0.1", 9003)

buffer = bytearray(256)
view = memoryview(buffer)  # slices copy nothing
total = 0

with socket.create_server(ADDRESS) as server:
    client, peer = server.accept()
    with client:
        while count := client.recv_into(buffer):
            total += count
            print(count, "bytes:", bytes(view[:12]))

print("total", total)
