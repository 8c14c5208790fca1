"""http.client: methods, headers, one connection for many requests, chunks both ways."""
import http.client
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (b"first ", b"second ", b"third"):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        self.answer(200, self.path.encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, body.swapcase())

    def do_PUT(self):
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        self.answer(200, b"got " + body)

    def do_HEAD(self):
        self.answer(204, b"")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Twice", "a")
        self.send_header("X-Twice", "b")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    for method, path, body, options in (
        ("GET", "/a?b=c", None, {}),
        ("POST", "/", b"Some Text", {}),
        ("PUT", "/", iter([b"one,", b"two"]), {"encode_chunked": True}),
        ("HEAD", "/", None, {}),
        ("GET", "/chunks", None, {}),
    ):
        headers = {"Transfer-Encoding": "chunked"} if options else {}
        connection.request(method, path, body, headers, **options)
        local = connection.sock.getsockname()
        response = connection.getresponse()
        print(method, response.status, response.reason, response.read(),
              response.getheader("X-Twice"), response.version)
        assert connection.sock.getsockname() == local
    connection.request("DELETE", "/")
    response = connection.getresponse()
    print(response.status, response.reason)
    connection.close()
    server.shutdown()

try:
    http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5).request("GET", "/")
except OSError as error:
    print(type(error).__name__)
try:
    http.client.HTTPConnection("127.0.0.1").putrequest("GET", "/with space")
except http.client.InvalidURL as error:
    print(error)
