# Waits a little, not at all, and as long as it takes.
import socket

SERVER = ("127.0.0.1", 9015)

with socket.create_connection(SERVER) as client:
    client.settimeout(0.3)
    try:
        client.recv(100)
    except TimeoutError as error:
        print("0.3 s:", error)

    client.setblocking(False)  # the same as settimeout(0)
    try:
        client.recv(100)
    except BlockingIOError:
        print("not at all: nothing is there yet")

    client.setblocking(True)  # as settimeout(None)
    print("for ever:", client.recv(100).decode())
