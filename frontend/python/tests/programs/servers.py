"""The standard library's servers on top: socketserver, http.server and http.client."""
import http.client
import http.server
import socket
import socketserver
import threading


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"you asked for {self.path}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper) as server:
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    clients = [socket.create_connection(server.server_address) for _ in range(5)]
    for number, client in enumerate(clients):
        client.sendall(b"line %d\n" % number)
    print([client.recv(100) for client in clients])
    for client in clients:
        client.close()
    server.shutdown()

with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
    threading.Thread(target=server.serve_forever, args=(0.05,)).start()
    connection = http.client.HTTPConnection(*server.server_address)
    connection.request("GET", "/path?x=1")
    response = connection.getresponse()
    print(response.status, response.reason, response.read())
    connection.close()
    server.shutdown()
