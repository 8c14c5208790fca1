# Speaks first.
import socket

with socket.create_connection(("127.0.0.1", 9050)) as s:
    room = s.makefile("rw", buffering=1)
    room.write("ann\n")
    print(next(room).strip())
    room.write("hello, you two\n")
    print(next(room).strip())
    print(next(room).strip())
    room.close()
