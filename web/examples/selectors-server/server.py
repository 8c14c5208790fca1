# Every socket brings the function that serves it.
import selectors
import socket

ADDRESS = ("127.0.0.1", 9042)
CLIENTS = 3

selector = selectors.DefaultSelector()
finished = []


def welcome(server):
    connection, _ = server.accept()
    connection.setblocking(False)
    selector.register(
        connection, selectors.EVENT_READ, reverse)


def reverse(connection):
    if data := connection.recv(1024):
        connection.sendall(data[::-1])
        return
    selector.unregister(connection)
    connection.close()
    finished.append(connection)


server = socket.create_server(ADDRESS)
server.setblocking(False)
selector.register(server, selectors.EVENT_READ, welcome)

while len(finished) < CLIENTS:
    for key, _ in selector.select():
        key.data(key.fileobj)

server.close()
selector.close()
print("finished with", len(finished), "clients")
