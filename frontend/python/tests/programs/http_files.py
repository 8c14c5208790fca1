"""http.server's SimpleHTTPRequestHandler: files, directories, types, ranges of names."""
import functools
import http.client
import http.server
import pathlib
import tempfile
import threading


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)
    (root / "page.html").write_text("<p>hello</p>")
    (root / "data.json").write_text("{}")
    (root / "sub").mkdir()
    (root / "sub" / "note.txt").write_text("a note")
    handler = functools.partial(Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        for path in ("/page.html", "/data.json", "/sub", "/sub/", "/sub/note.txt", "/absent", "/../x"):
            connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            line = body.decode().splitlines()[0] if response.status == 200 and "." in path else ""
            print(path, response.status, response.getheader("Content-Type"),
                  response.getheader("Location"), line)
            if path == "/sub/":
                print("listed:", b'href="note.txt"' in body)
            connection.close()
        server.shutdown()
