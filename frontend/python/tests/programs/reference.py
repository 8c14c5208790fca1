"""What the prompt shows: names and help."""
import pydoc
import socket

methods = "accept bind close connect connect_ex listen recv recv_into recvfrom recvfrom_into send sendall sendto"
print([name for name in methods.split() if name not in dir(socket.socket)])
missing = [name for name in dir(socket._socket) if not (getattr(socket._socket, name).__doc__)]
print(missing)
for name in methods.split():
    method = getattr(socket.socket, name)
    print(method.__doc__.strip().splitlines()[0])
print(pydoc.render_doc(socket.socket.recv, renderer=pydoc.plaintext))
