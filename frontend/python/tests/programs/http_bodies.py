"""http.client: bodies of all kinds out and in, in parts, cut short, and what is refused."""
import http.client
import http.server
import io
import tempfile
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = f"{len(body)} {body[:8]} {self.headers.get('Content-Length')} {self.headers.get('Transfer-Encoding')}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.send_response(200)
        if self.path == "/short":
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"only this")
            self.close_connection = True
        elif self.path == "/until-close":
            self.end_headers()
            self.wfile.write(b"x" * 100_000)
            self.close_connection = True
        elif self.path == "/broken-chunk":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nfirst\r\nzz\r\n")
            self.close_connection = True
        elif self.path == "/chunks":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number in range(1, 6):
                part = str(number).encode() * number * 3
                self.wfile.write(b"%X;extension=1\r\n%b\r\n" % (len(part), part))
            self.wfile.write(b"0\r\nTrailer: yes\r\n\r\n")
        else:
            self.send_header("Content-Length", "26")
            self.end_headers()
            self.wfile.write(b"abcdefghijklmnopqrstuvwxyz")

    def log_message(self, *arguments):
        pass


def generate():
    yield b"generated "
    yield b"in parts"


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    server.handle_error = lambda *arguments: None
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    connection = http.client.HTTPConnection(*server.server_address, timeout=20)
    with tempfile.TemporaryFile() as file:
        file.write(b"a file" * 5000)
        file.seek(0)
        for body in (b"bytes", bytearray(b"bytearray"), "text", io.BytesIO(b"a stream"), file, generate(), [b"a", b"list"], None, memoryview(b"view"), bytes(3_000_000)):
            connection.request("POST", "/", body)
            print(type(body).__name__, connection.getresponse().read().decode())
    connection.putrequest("POST", "/by-hand")
    connection.putheader("Content-Length", 6)
    connection.endheaders()
    connection.send(b"by ")
    connection.send(b"han")
    print(connection.getresponse().read())

    connection.request("GET", "/")
    response = connection.getresponse()
    buffer = bytearray(4)
    print(response.read(2), response.read1(3), response.peek(3)[:3], response.readinto(buffer), buffer, response.length, response.isclosed())
    print(response.readline(5), list(response), response.read(), response.isclosed(), response.closed)
    connection.request("GET", "/chunks")
    response = connection.getresponse()
    print(response.chunked, response.read(4), response.read1(2), response.readinto(buffer), buffer, response.read())
    for path in ("/short", "/broken-chunk"):
        connection.request("GET", path)
        try:
            connection.getresponse().read()
        except http.client.IncompleteRead as error:
            print(error, error.partial)
        connection.close()
    connection.request("GET", "/until-close")
    response = connection.getresponse()
    print(response.length, response.will_close, len(response.read()))
    for call in (lambda: connection.request("GET", "/a b"), lambda: connection.request("GET\r\n", "/"), lambda: connection.putheader("X", "1"),
                 lambda: connection.request("GET", "/", headers={"A\n": "b"}), lambda: connection.request("GET", "/", headers={"A": "b\r\nC: d"}),
                 lambda: connection.getresponse(), lambda: http.client.HTTPConnection("host:port"), lambda: http.client.HTTPConnection("h\x01"),
                 lambda: connection.request("POST", "/", 5)):
        try:
            call()
        except Exception as error:
            print(f"{type(error).__module__}.{type(error).__name__}: {error}")
            connection.close()
    connection.request("GET", "/")
    try:
        connection.request("GET", "/")
    except http.client.CannotSendRequest as error:
        print("CannotSendRequest", error)
    connection.close()
    print(http.client.responses[418], int(http.client.NOT_FOUND), http.client.HTTPConnection("127.0.0.1").port)
    server.shutdown()
