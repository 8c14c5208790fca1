"""One thread, several clients: select, poll and selectors."""
import select
import selectors
import socket

with socket.create_server(("127.0.0.1", 0)) as server:
    print("idle:", select.select([server], [], [], 0))
    clients = [socket.create_connection(server.getsockname()) for _ in range(3)]
    connections = []
    while len(connections) < 3:
        readable, _, _ = select.select([server], [], [], 5)
        connections.append(readable[0].accept()[0])
    clients[1].sendall(b"from the second")
    readable, writable, failed = select.select(connections, connections[:1], connections, 5)
    print("readable:", [c.recv(100) for c in readable], len(writable), failed)

    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    print("poll, nothing:", poll.poll(0))
    clients[2].close()
    [(fd, event)] = poll.poll(5000)
    print("poll, end:", fd == connections[2].fileno(), bool(event & select.POLLIN))
    poll.unregister(connections[2])

    selector = selectors.DefaultSelector()
    selector.register(connections[0], selectors.EVENT_READ, data="first")
    clients[0].sendall(b"x")
    print("selectors:", [(key.data, mask) for key, mask in selector.select(5)])
    selector.close()
    closed = clients[0].fileno()
    for s in clients + connections:
        s.close()
try:
    select.select([closed], [], [], 0)
except OSError as error:
    print(error)
try:
    select.select([], [], [], -1)
except ValueError as error:
    print(error)
print("empty:", select.select([], [], [], 0.01))
