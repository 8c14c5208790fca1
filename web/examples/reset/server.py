# Says good-bye to one client and hangs up on the next.
import socket
import struct

ADDRESS = ("127.0.0.1", 9060)

with socket.create_server(ADDRESS) as server:
    polite, _ = server.accept()
    polite.recv(100)
    polite.close()
    print("closed politely")

    rude, _ = server.accept()
    rude.recv(100)
    linger = struct.pack("ii", 1, 0)  # on, 0 seconds
    rude.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, linger)
    rude.close()
    print("hung up")
