# Has the last word, after ann and bob.
import socket

with socket.create_connection(("127.0.0.1", 9050)) as s:
    room = s.makefile("rw", buffering=1)
    room.write("cleo\n")
    print(next(room).strip())
    print(next(room).strip())
    print(next(room).strip())
    room.write("and hello from me\n")
    room.close()
