"""Two threads at each end of a connection, one that only writes and one that only reads.

CPython can do that from 3.13 on.
"""

import socket
import ssl
import sys
import threading

FOLDER = sys.argv[1]
BYTES = 2_000_000


def both_ways(name, tls):
    def receive():
        received = 0
        while received < BYTES:
            received += len(tls.recv(65536))
        totals[name] = received

    receiver = threading.Thread(target=receive)
    receiver.start()
    for _ in range(20):
        tls.sendall(bytes(BYTES // 20))
    receiver.join()
    ended.wait()


def serve():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{FOLDER}/server.pem", f"{FOLDER}/server.key")
    connection, _ = listener.accept()
    with context.wrap_socket(connection, server_side=True) as tls:
        both_ways("server", tls)


totals, ended = {}, threading.Barrier(2)
listener = socket.create_server(("127.0.0.1", 0))
thread = threading.Thread(target=serve)
thread.start()
context = ssl.create_default_context(cafile=f"{FOLDER}/authority.pem")
with socket.create_connection(listener.getsockname()) as connection:
    with context.wrap_socket(connection, server_hostname="localhost") as tls:
        both_ways("client", tls)
thread.join()
listener.close()
print(sorted(totals.items()))
