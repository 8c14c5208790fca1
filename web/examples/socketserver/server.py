# A request handler, and the rest is ready-made.
import socketserver
import threading

ADDRESS = ("127.0.0.1", 9051)
CLIENTS = 3


class Multiply(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            a, b = map(int, line.split())
            self.wfile.write(b"%d\n" % (a * b))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


with Server(ADDRESS, Multiply) as server:
    print("listening on", server.server_address)
    for _ in range(CLIENTS):
        server.handle_request()
print("served", CLIENTS, "clients")
