"""Numbers of sockets: dup, detach, fromfd, fileno, inheritance, and os and fcntl on them."""
import fcntl
import os
import socket
import stat

a, b = socket.socketpair()
copy = a.dup()
print(copy.fileno() != a.fileno(), copy.family == a.family, copy.type == a.type, copy.gettimeout())
a.sendall(b"by a, ")
copy.sendall(b"by its copy")
print(b.recv(100))
a.close()
print(copy.send(b"still open"), b.recv(100))
copy.close()
print(b.recv(1))
b.close()

server = socket.create_server(("127.0.0.1", 0))
number = server.detach()
print(server.fileno(), number > 2)
again = socket.socket(fileno=number)
print(again.family.name, again.type.name, again.proto == socket.IPPROTO_TCP, again.getsockname()[0], again.fileno() == number)
client = socket.create_connection(again.getsockname())
connection, _ = again.accept()
other = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
print(other.fileno() != connection.fileno(), other.getpeername() == client.getsockname())
other.sendall(b"from a copy of the number")
print(client.recv(100))

# os and fcntl know them.
fd = connection.fileno()
client.sendall(b"read by os")
print(os.read(fd, 4), os.read(fd, 100), os.write(fd, b"written by os"), client.recv(100))
print(stat.S_ISSOCK(os.fstat(fd).st_mode), os.isatty(fd), os.get_blocking(fd), os.get_inheritable(fd))
os.set_blocking(fd, False)
print(os.get_blocking(fd), bool(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK))
try:
    os.read(fd, 1)
except BlockingIOError as error:
    print(error)
fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) & ~os.O_NONBLOCK)
print(os.get_blocking(fd), fcntl.fcntl(fd, fcntl.F_GETFD) == fcntl.FD_CLOEXEC)
os.set_inheritable(fd, True)
print(connection.get_inheritable(), fcntl.fcntl(fd, fcntl.F_GETFD))
second = os.dup(fd)
os.write(second, b"through a second number")
print(client.recv(100), os.get_inheritable(second))
os.close(second)
socket.close(other.detach())
for call in (lambda: os.lseek(fd, 0, 0), lambda: os.close(second), lambda: os.read(second, 1), lambda: socket.socket(fileno=second), lambda: socket.fromfd(second, 2, 1), lambda: socket.close(second)):
    try:
        call()
    except OSError as error:
        print(type(error).__name__, error)

# The lowest number that is free is the next one's.
first, second = socket.socket(), socket.socket()
freed = first.fileno()
first.close()
third = socket.socket()
print(third.fileno() == freed, repr(third).startswith(f"<socket.socket fd={freed}, family={int(socket.AF_INET)}, type={int(socket.SOCK_STREAM)}, proto=0, laddr=('0.0.0.0', 0)>"))
for end in (again, client, connection, second, third):
    end.close()
