# Many clients, one thread, no waiting in recv.
import select
import socket

ADDRESS = ("127.0.0.1", 9040)
CLIENTS = 3

server = socket.create_server(ADDRESS)
sockets = [server]
served = 0

while served < CLIENTS:
    ready, _, _ = select.select(sockets, [], [])
    for s in ready:
        if s is server:
            connection, _ = server.accept()
            sockets.append(connection)
        elif data := s.recv(1024):
            s.sendall(data.upper())
        else:  # b"": this client has finished
            sockets.remove(s)
            s.close()
            served += 1

server.close()
print("served", served, "clients in one thread")
