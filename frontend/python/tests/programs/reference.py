"""What the prompt shows: names and help."""
import inspect
import pydoc
import socket

methods = (
    "accept bind close connect connect_ex listen recv recv_into recvfrom recvfrom_into "
    "send sendall sendto shutdown settimeout getsockopt setsockopt"
).split()
print([name for name in methods if name not in dir(socket.socket)])
functions = [getattr(socket, name) for name in dir(socket._socket)]
print([f.__name__ for f in functions if callable(f) and not isinstance(f, type) and not f.__doc__])
for name in methods:
    print(inspect.getdoc(getattr(socket.socket, name)).splitlines()[0])
print(pydoc.render_doc(socket.socket.recv, renderer=pydoc.plaintext))
