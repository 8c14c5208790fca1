"""More memory than there is: MemoryError, and the program goes on."""
import array
import socket


def attempt(name, call):
    try:
        call()
        print(name, "there was room")
    except (MemoryError, OverflowError):
        # Where sizes have 32 bits it is an OverflowError.
        print(name, "is too much")


attempt("bytes", lambda: bytes(1 << 62))
attempt("bytearray", lambda: bytearray(1 << 61))
attempt("a list", lambda: [None] * (1 << 60))
attempt("a text", lambda: "x" * (1 << 62))
attempt("an array", lambda: array.array("Q", [0]) * (1 << 60))
left, right = socket.socketpair()
left.sendall(b"still here")
attempt("recv", lambda: left.recv(1 << 61))
print(right.recv(1 << 30))
left.close()
right.close()
