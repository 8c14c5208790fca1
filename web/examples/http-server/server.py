# Answers every GET with what was asked for.
from http.server import (
    BaseHTTPRequestHandler, HTTPServer)

ADDRESS = ("127.0.0.1", 9081)
REQUESTS = 2


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"You asked for {self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form, *values):
        print(self.command, self.path)


with HTTPServer(ADDRESS, Handler) as server:
    print("http://127.0.0.1:9081/")
    for _ in range(REQUESTS):
        server.handle_request()
