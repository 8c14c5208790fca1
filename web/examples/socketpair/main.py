# Two connected sockets, one for each thread.
import socket
import threading

left, right = socket.socketpair()


def shout():
    with right:
        while data := right.recv(100):
            right.sendall(data.upper())


helper = threading.Thread(target=shout)
helper.start()

for word in [b"hello", b"pair"]:
    left.sendall(word)
    print(word, "->", left.recv(100))

left.close()  # the helper's recv returns b""
helper.join()
print("both ends are closed")
