# The same server, by three addresses.
import socket

ADDRESSES = ["::1", "127.0.0.1", "::ffff:127.0.0.1"]

for host in ADDRESSES:
    address = (host, 9030)
    with socket.create_connection(address) as client:
        seen = client.recv(100).decode()
        print(f"{client.family.name} to {host}:"
              f" seen as {seen}")
