"""http.server byte by byte: connections kept alive, pipelining, bad requests, 100-continue, HEAD."""
import http.server
import socket
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "test/1", ""

    def date_time_string(self, timestamp=None):
        return "today"

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.answer(f"{self.command} {self.path} {self.request_version} {self.headers.get('X-A')}".encode())

    do_HEAD = do_GET

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])).upper())

    def do_MOVED(self):
        self.send_response_only(301, "Over there")
        self.send_header("Location", "/there")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format, *args):
        log.append(format % args)


log = []


def talk(*messages):
    with socket.create_connection(server.server_address, timeout=20) as client:
        for message in messages:
            client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        data = b"".join(iter(lambda: client.recv(65536), b""))
    print("--", messages[0][:30])
    for line in data.split(b"\r\n"):
        print("  ", line[:100] if not line.startswith(b"<!") else "an error page")


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    talk(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\r\n", b"HEAD /c HTTP/1.1\r\n\r\n")
    talk(b"GET /a HTTP/1.0\r\n\r\nGET /never HTTP/1.0\r\n\r\n")
    talk(b"GET /a HTTP/1.1\r\nConnection: close\r\n\r\nGET /never HTTP/1.1\r\n\r\n")
    talk(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", b"GET /b HTTP/1.1\r\nConnection: close\r\n\r\n")
    talk(b"POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n", b"bo", b"dy")
    talk(b"MOVED / HTTP/1.1\r\n\r\n")
    talk(b"GE", b"T /in/pieces HT", b"TP/1.1\r\nX-A:", b" folded\r\n  line\r\nConnection: close\r\n", b"\r\n")
    for bad in (b"nonsense\r\n\r\n", b"GET / HTTP/9.1\r\n\r\n", b"GET / HTTP/x\r\n\r\n", b"BREW / HTTP/1.1\r\nConnection: close\r\n\r\n", b"GET " + b"x" * 70_000 + b"\r\n\r\n",
                b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", b"\r\n", b""):
        with socket.create_connection(server.server_address, timeout=20) as client:
            try:
                client.sendall(bad)
                client.shutdown(socket.SHUT_WR)
                print(bad[:20], client.makefile("rb").readline()[:12])
            except ConnectionError as error:
                print(bad[:20], "connection error")
    server.shutdown()
print(sorted(line.split('"')[-1] for line in log if '"' in line))
