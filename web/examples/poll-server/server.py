# Counts what each client says, by file descriptor.
import select
import socket

ADDRESS = ("127.0.0.1", 9041)
CLIENTS = 2

server = socket.create_server(ADDRESS)
poll = select.poll()
poll.register(server, select.POLLIN)
connections, answers, served = {}, {}, 0

while served < CLIENTS:
    for fd, event in poll.poll():
        if fd == server.fileno():
            connection, _ = server.accept()
            connections[connection.fileno()] = connection
            poll.register(connection, select.POLLIN)
        elif event & select.POLLOUT:
            connections[fd].sendall(answers.pop(fd))
            poll.modify(fd, select.POLLIN)
        elif data := connections[fd].recv(1024):
            answers[fd] = b"%d letters" % len(data)
            poll.modify(fd, select.POLLOUT)
        else:
            poll.unregister(fd)
            connections.pop(fd).close()
            served += 1

server.close()
print("served", served, "clients")
