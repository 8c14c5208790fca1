"""UDP: datagrams there and back."""
import socket

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, \
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    server.bind(("127.0.0.1", 0))
    address = server.getsockname()
    print("sent:", client.sendto(b"one", address))
    data, peer = server.recvfrom(100)
    print("received:", data, peer == client.getsockname() or peer[1] == client.getsockname()[1])
    print("answered:", server.sendto(b"two, longer", 0, peer))
    buffer = bytearray(5)
    count, sender = client.recvfrom_into(buffer)
    print("cut:", count, buffer, sender == address)
    client.connect(address)
    print("connected send:", client.send(b"three"))
    print("recv:", server.recv(100))
    server.sendto(b"", peer)
    print("empty datagram:", client.recv(100))
    client.settimeout(0.05)
    try:
        client.recv(10)
    except TimeoutError as error:
        print("timeout:", error, error.errno)
    try:
        client.send(b"x" * 70000)
    except OSError as error:
        print(type(error).__name__, error)
