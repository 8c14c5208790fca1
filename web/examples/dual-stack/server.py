# A listener for each family, on the same port.
import select
import socket

PORT = 9030
CLIENTS = 3

six = socket.create_server(
    ("::1", PORT), family=socket.AF_INET6)
four = socket.create_server(("127.0.0.1", PORT))
print("IPv6 addresses have", len(six.getsockname()), "parts")

for _ in range(CLIENTS):
    ready, _, _ = select.select([six, four], [], [])
    connection, peer = ready[0].accept()
    with connection:
        name = connection.family.name
        print(name, "from", peer[0])
        connection.sendall(peer[0].encode())

six.close()
four.close()
