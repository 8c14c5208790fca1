"""urllib.request: redirects of every kind, proxies, methods, timeouts, data and file URLs, robots."""
import http.server
import os
import pathlib
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import urllib.robotparser


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.command == "POST":
            self.rfile.read(int(self.headers["Content-Length"]))
        kind, _, rest = self.path.strip("/").partition("/")
        if self.path == "/robots.txt":
            self.reply(200, b"User-agent: *\nDisallow: /private\nCrawl-delay: 3\n")
        elif kind.isdigit():
            self.send_response(int(kind))
            self.send_header("Location", "/" + rest)
            self.end_headers()
        elif kind == "loop":
            self.send_response(302)
            self.send_header("Location", "/loop")
            self.end_headers()
        elif kind == "slow":
            gate.wait(20)
        elif kind == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        else:
            self.reply(200, f"{self.command} {self.path} {self.headers.get('Content-Type')} {self.headers.get('Range')}".encode())

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET

    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def attempt(call, *arguments, **options):
    try:
        with call(*arguments, **options) as response:
            print(response.status, response.read().decode()[:80], urllib.parse.urlsplit(response.url).path, response.headers.get_content_charset())
    except urllib.error.HTTPError as error:
        print("HTTPError", error.code, str(error.reason).splitlines()[0])
        error.close()
    except urllib.error.URLError as error:
        print("URLError", type(error.reason).__name__, error.reason)
    except (ValueError, TimeoutError) as error:
        print(type(error).__name__, error)


gate = threading.Event()
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    base = f"http://127.0.0.1:{server.server_port}"
    get = urllib.request.urlopen
    for status in (301, 302, 303, 307, 308):
        attempt(get, f"{base}/{status}/next", timeout=20)
        attempt(get, f"{base}/{status}/next", data=b"a=1", timeout=20)
    attempt(get, f"{base}/302/303/301/far", timeout=20)
    for path in ("/loop", "/404/x", "/500/x", "/elsewhere", "/304/x"):
        attempt(get, base + path, timeout=20)
    for method in ("GET", "HEAD", "PUT", "DELETE", "POST"):
        attempt(get, urllib.request.Request(base + "/m", method=method, data=b"x" if method == "POST" else None, headers={"Range": "bytes=0-3"}), timeout=20)
    request = urllib.request.Request(base + "/r?a=1#fragment", headers={"User-Agent": "test"})
    print(request.host == f"127.0.0.1:{server.server_port}", request.selector, request.fragment, request.get_method(), request.header_items())
    attempt(get, base + "/slow", timeout=0.1)
    gate.set()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": base}))
    attempt(opener.open, "http://far.away.invalid/through/the/proxy", timeout=20)
    robots = urllib.robotparser.RobotFileParser(base + "/robots.txt")
    robots.read()
    print(robots.can_fetch("me", base + "/private/x"), robots.can_fetch("me", base + "/x"), robots.crawl_delay("me"))
    with tempfile.TemporaryDirectory() as folder:
        name, headers = urllib.request.urlretrieve(base + "/saved", os.path.join(folder, "saved"))
        print(pathlib.Path(name).read_text(), headers["Content-Length"])
        path = pathlib.Path(folder, "a file.txt")
        path.write_text("from a file")
        with get(path.as_uri()) as response:
            print(response.read(), response.headers["Content-Length"])
    server.shutdown()
for url in ("data:text/plain;charset=utf-8;base64,aGVsbG8=", "data:,a%20b"):
    with get(url) as response:
        print(response.read(), response.headers.get_content_type())
attempt(get, "nonsense")
attempt(get, "http://")
attempt(get, "http:///path")
attempt(get, "file:///no/such/file")
print(urllib.parse.urljoin("http://a/b/c?d", "../e#f"), urllib.parse.quote("ä/ b"), urllib.parse.unquote_plus("a+%C3%A4"), urllib.parse.parse_qsl("a=1&b=&c", keep_blank_values=True))
print(urllib.parse.urlsplit("http://user:pw@[::1]:8080/p;x?q#f"))
