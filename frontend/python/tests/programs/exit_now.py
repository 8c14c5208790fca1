"""os._exit: at once, with threads at work, and no exit functions."""
import atexit
import os
import socket
import threading

atexit.register(print, "never")
left, right = socket.socketpair()
threading.Thread(target=left.recv, args=(1,)).start()
print("before", flush=True)
try:
    os._exit(9)
finally:
    print("never either")
