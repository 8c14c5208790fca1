"""socketserver: the hooks of a server's life, Unix and datagram kinds, timeouts and refusals."""
import contextlib
import io
import os
import socket
import socketserver
import tempfile
import threading


class Handler(socketserver.StreamRequestHandler):
    timeout = 20
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        steps.append("setup")

    def handle(self):
        steps.append(f"handle {self.rfile.readline()!r}")
        self.wfile.write(b"%d" % (self.connection is self.request))

    def finish(self):
        super().finish()
        steps.append("finish")


class Server(socketserver.TCPServer):
    allow_reuse_address = True
    request_queue_size = 3
    polls = 0

    def server_bind(self):
        super().server_bind()
        steps.append("bind")

    def server_activate(self):
        super().server_activate()
        steps.append("activate")

    def verify_request(self, request, client_address):
        steps.append("verify")
        return request.recv(1) == b"+"

    def service_actions(self):
        self.polls += 1

    def shutdown_request(self, request):
        steps.append("shutdown_request")
        super().shutdown_request(request)

    def server_close(self):
        super().server_close()
        steps.append("close")


steps = []
with Server(("127.0.0.1", 0), Handler) as server:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    print(server.fileno() == server.socket.fileno(), server.server_address == server.socket.getsockname(), server.address_family == socket.AF_INET)
    for message in (b"+hello\n", b"-hello\n"):
        with socket.create_connection(server.server_address, timeout=20) as client:
            client.sendall(message)
            print(client.recv(10))
    server.shutdown()
    thread.join()
    print(server.polls > 0)
print(steps)

# Without binding; binding to what is taken.
unbound = socketserver.TCPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
print(unbound.socket.getsockname()[1])
unbound.server_close()
with socketserver.TCPServer(("127.0.0.1", 0), Handler) as first:
    try:
        socketserver.TCPServer(first.server_address, Handler)
    except OSError as error:
        print(error)

folder = tempfile.mkdtemp()


class Upper(socketserver.DatagramRequestHandler):
    def handle(self):
        self.wfile.write(self.rfile.read().upper())


class Count(socketserver.BaseRequestHandler):
    def handle(self):
        data, end = self.request
        end.sendto(b"%d" % len(data), self.client_address)


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(100):
            self.request.sendall(data)


for kind, handler in ((socketserver.UDPServer, Upper), (socketserver.ThreadingUDPServer, Count)):
    with kind(("127.0.0.1", 0), handler) as server, socket.socket(type=socket.SOCK_DGRAM) as client:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        client.settimeout(20)
        client.connect(server.server_address)
        for message in (b"one", b"", b"three" * 500):
            client.send(message)
            print(kind.__name__, len(answer := client.recv(9000)), answer[:5], server.max_packet_size)
        server.shutdown()

for kind in (socketserver.UnixStreamServer, socketserver.ThreadingUnixStreamServer):
    path = os.path.join(folder, kind.__name__)
    with kind(path, Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(b"through a path")
            print(kind.__name__, client.recv(100))
        server.shutdown()
    os.unlink(path)
for kind in (socketserver.UnixDatagramServer, socketserver.ThreadingUnixDatagramServer):
    path, own = os.path.join(folder, kind.__name__), os.path.join(folder, "own")
    with kind(path, Upper) as server, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        client.bind(own)
        client.settimeout(20)
        client.sendto(b"a datagram", path)
        print(kind.__name__, client.recv(100))
        server.shutdown()
    os.unlink(path)
    os.unlink(own)
os.rmdir(folder)


# Threads: all are waited for at the end, or none; what they raise is told and not the server's end.
class Slow(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(1)
        gate.wait(20)
        if self.request.recv(1) == b"!":
            raise ValueError("on purpose")
        done.append(1)


gate, done = threading.Event(), []
report = io.StringIO()
with contextlib.redirect_stderr(report):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        clients = [socket.create_connection(server.server_address) for _ in range(4)]
        for client, message in zip(clients, (b"..", b"..", b".!", b"..")):
            client.sendall(message)
        while threading.active_count() < 6:
            gate.wait(0.01)
        server.shutdown()
        gate.set()
        print(server.block_on_close, server.daemon_threads)
    print(len(done))
    for client in clients:
        client.close()
print(report.getvalue().count("Traceback"), "ValueError: on purpose" in report.getvalue())
