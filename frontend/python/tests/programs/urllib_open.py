"""urllib.request: opening, posting, redirects, errors, cookies, a password."""
import http.cookiejar
import http.server
import json
import threading
import urllib.error
import urllib.parse
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/old":
            self.send_response(302)
            self.send_header("Location", "/new?" + url.query)
            self.end_headers()
        elif url.path == "/secret" and self.headers["Authorization"] != "Basic dTpw":
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="r"')
            self.end_headers()
        elif url.path == "/absent":
            self.send_error(404, "Not here")
        else:
            self.send_response(200)
            self.send_header("Set-Cookie", "crumb=1")
            self.end_headers()
            seen = {"path": self.path, "cookie": self.headers["Cookie"], "agent": self.headers["X-Agent"]}
            self.wfile.write(json.dumps(seen).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(urllib.parse.parse_qs(body.decode())).encode())

    def log_message(self, *arguments):
        pass


with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    base = f"http://127.0.0.1:{server.server_port}"
    with urllib.request.urlopen(base + "/a%20b", timeout=10) as response:
        print(response.status, json.load(response)["path"], response.headers["Set-Cookie"])
    with urllib.request.urlopen(base + "/old?x=1", timeout=10) as response:
        print(response.geturl().removeprefix(base))
    form = urllib.parse.urlencode({"a": "1", "b": "ä"}).encode()
    print(json.load(urllib.request.urlopen(base, form, timeout=10)))
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    opener.addheaders = [("X-Agent", "ours")]
    opener.open(base, timeout=10).close()
    print(json.load(opener.open(base, timeout=10)), [cookie.name for cookie in jar])
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, base, "u", "p")
    opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(passwords))
    print(opener.open(base + "/secret", timeout=10).status)
    for path in ("/absent", "/secret"):
        try:
            urllib.request.urlopen(base + path, timeout=10)
        except urllib.error.HTTPError as error:
            print(error, error.headers["WWW-Authenticate"])
            error.close()
    server.shutdown()

try:
    urllib.request.urlopen(base, timeout=5)
except urllib.error.URLError as error:
    print(error)
try:
    urllib.request.urlopen("gopher://127.0.0.1")
except urllib.error.URLError as error:
    print(error)
