"""wsgiref: an application behind the reference server, validated, with what it writes and raises."""
import contextlib
import io
import threading
import urllib.error
import urllib.request
import wsgiref.simple_server
import wsgiref.util
import wsgiref.validate


def application(environ, start_response):
    path = wsgiref.util.shift_path_info(dict(environ))
    if environ["PATH_INFO"] == "/fail":
        raise RuntimeError("on purpose")
    if environ["PATH_INFO"] == "/absent":
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"absent"]
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length)
    lines = [environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["QUERY_STRING"], environ.get("HTTP_X_A", ""), body.decode(), str(path)]
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("X-B", "2")])
    return (f"{line}\n".encode() for line in lines)


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


report = io.StringIO()
with wsgiref.simple_server.make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    base = f"http://127.0.0.1:{server.server_port}"
    for path, data in (("/a/b?c=d", None), ("/", b"posted"), ("/%C3%A4", None)):
        with urllib.request.urlopen(urllib.request.Request(base + path, data, {"X-A": "1"}), timeout=20) as response:
            print(response.status, response.headers["X-B"], response.read().decode("latin-1").splitlines())
    with contextlib.redirect_stderr(report):
        for path in ("/absent", "/fail"):
            try:
                urllib.request.urlopen(base + path, timeout=20)
            except urllib.error.HTTPError as error:
                print(error.code, error.reason, error.read().splitlines()[0])
        server.set_app(wsgiref.validate.validator(lambda environ, start: [start("200 OK", [("Content-Type", "text/plain")]) and b"" or b"checked"]))
        try:
            print(urllib.request.urlopen(base, timeout=20).read())
        except urllib.error.HTTPError as error:
            print(error.code)
    server.shutdown()
print("RuntimeError: on purpose" in report.getvalue())
