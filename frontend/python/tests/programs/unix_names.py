"""Unix sockets: paths, abstract names, and the file that a bound path is."""
import os
import socket
import tempfile


def attempt(call, *arguments):
    try:
        print(call(*arguments))
    except OSError as error:
        print(type(error).__name__, error)


directory = tempfile.mkdtemp()
os.chdir(directory)
server = socket.socket(socket.AF_UNIX)
print(repr(server.getsockname()))
server.bind("talk")
server.listen()
print(server.getsockname(), os.path.exists("talk"), os.listdir("."))

client = socket.socket(socket.AF_UNIX)
client.connect("talk")
connection, address = server.accept()
print(repr(address), repr(client.getsockname()), client.getpeername(), connection.getsockname())
client.sendall(b"by its path")
print(connection.recv(100), connection.recvfrom.__name__)
client.close()
print(connection.recv(100))
connection.close()

other = socket.socket(socket.AF_UNIX)
attempt(other.bind, "talk")
attempt(other.bind, "no/such/directory/talk")
attempt(other.connect, "nobody")
attempt(other.connect, "\0nobody")
attempt(other.bind, "x" * 200)
server.close()
attempt(other.connect, "talk")
attempt(other.bind, "talk")
os.unlink("talk")
attempt(other.connect, "talk")
attempt(other.bind, "talk")
print(other.getsockname(), os.path.exists("talk"))
other.close()
os.remove("talk")
print(os.listdir("."))

# Datagrams have a sender where the sender has a name.
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
two = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
one.bind(b"one")
print(two.sendto(b"from nobody", "one"), one.recvfrom(100))
two.bind("\0two of the programs")
print(two.sendto(b"from two", "one"), one.recvfrom(100))
print(two.getsockname(), one.sendto(b"back", two.getsockname()), two.recv(10))
attempt(two.sendto, b"nobody", "three")
three = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
three.bind("")
print(type(three.getsockname()).__name__, len(three.getsockname()))
three.sendto(b"a name of its own", "one")
print(one.recvfrom(100)[1] == three.getsockname())
for end in (one, two, three):
    end.close()
os.unlink("one")

# Names are bytes.
odd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
odd.bind(b"\xff\xfe")
print(ascii(odd.getsockname()), os.path.exists(b"\xff\xfe"))
odd.close()
os.unlink(b"\xff\xfe")
os.chdir("/")
os.rmdir(directory)
