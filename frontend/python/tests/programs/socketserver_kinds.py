"""socketserver: plain, threading, with datagrams, and a handler that fails."""
import contextlib
import io
import socket
import socketserver
import threading
import traceback  # What the server reports a failure with, loaded before it has to.


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall(self.request.recv(100)[::-1])


class Datagram(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read().upper())


class Failing(socketserver.StreamRequestHandler):
    def handle(self):
        raise ValueError(self.rfile.readline())


def ask(server, message):
    with socket.create_connection(server.server_address, timeout=60) as client:
        client.sendall(message)
        return client.recv(100)


class Quick(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True


for kind in (socketserver.TCPServer, socketserver.ThreadingTCPServer, Quick):
    with kind(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        print(kind.__name__, ask(server, b"stressed"), server.request_queue_size)
        server.shutdown()

with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Datagram) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(60)
        client.sendto(b"quiet", server.server_address)
        print(client.recv(100))
    server.shutdown()

with socketserver.TCPServer(("127.0.0.1", 0), Failing) as server:
    report = io.StringIO()
    with contextlib.redirect_stderr(report):
        worker = threading.Thread(target=server.handle_request)
        worker.start()
        answer = ask(server, b"oops\n")
        worker.join()
    print(answer)
    report = report.getvalue().splitlines()
    print([line for line in report if line.startswith(("Exception", "ValueError"))][-1])

with socketserver.TCPServer(("127.0.0.1", 0), Echo) as server:
    server.timeout = 0.05
    server.handle_timeout = lambda: print("nobody came")
    server.handle_request()
