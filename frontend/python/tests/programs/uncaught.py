"""An exception that nobody catches, raised below the library."""
import socket

print("before")
unused = socket.socket()
unused.bind(("127.0.0.1", 0))
socket.create_connection(unused.getsockname())
