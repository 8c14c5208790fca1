"""IPv6, TCP and UDP."""
import socket

with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
    address = server.getsockname()
    print(address[0], len(address), address[2:])
    with socket.create_connection(address[:2]) as client:
        connection, peer = server.accept()
        with connection:
            print(peer[:1], peer == client.getsockname())
            connection.sendall(b"six")
            print(client.recv(10))
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as a, \
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as b:
    a.bind(("::1", 0))
    b.sendto(b"datagram", a.getsockname())
    data, peer = a.recvfrom(100)
    print(data, peer[0])
