"""Standard input as bytes, and as what a client sends on."""
import os
import socket
import sys

left, right = socket.socketpair()
first = sys.stdin.buffer.readline()
left.sendall(first)
print(right.recv(100))
rest = sys.stdin.buffer.read()
left.sendall(rest)
print(right.recv(100), os.read(0, 10), sys.stdin.buffer.read())
sys.stdout.write("no newline at the end, ")
sys.stdout.buffer.flush()
sys.stdout.flush()
sys.stdout.buffer.write(b"bytes \xc3\xa4\n")
print(1, 2, sep="-", end="!\n", file=sys.stdout, flush=True)
print(os.write(1, b""), sys.stdout.fileno(), sys.stderr.fileno(), sys.stdout.writable())
