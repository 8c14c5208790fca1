# A server that listens but never accepts.
import socket

server = socket.socket()
server.setsockopt(
    socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 9064))
server.listen(0)  # the shortest queue there is

clients = []
for number in range(4):
    client = socket.socket()
    client.settimeout(0.5)  # without it: minutes
    clients.append(client)
    try:
        client.connect(("127.0.0.1", 9064))
    except TimeoutError as error:
        print("connect:", error)
        break
    if number == 0:
        print("connected, and nobody has called accept")

for s in [*clients, server]:
    s.close()
