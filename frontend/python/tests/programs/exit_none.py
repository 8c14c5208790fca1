"""sys.exit without a code, from inside a loop over a socket."""
import socket
import sys

left, right = socket.socketpair()
left.send(b"abc")
while True:
    print(right.recv(1))
    if not left.fileno() == -1:
        sys.exit()
