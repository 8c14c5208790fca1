"""A protocol of JSON lines: a server that keeps state, requests that fail, any text."""
import json
import socketserver
import socket
import threading


class Store(socketserver.StreamRequestHandler):
    values = {}

    def handle(self):
        for line in self.rfile:
            try:
                request = json.loads(line)
                result = getattr(self, "do_" + request["do"])(*request.get("with", []))
                answer = {"ok": result}
            except json.JSONDecodeError as error:
                answer = {"error": f"not JSON: {error.msg} at {error.pos}"}
            except (KeyError, AttributeError, TypeError) as error:
                answer = {"error": type(error).__name__}
            self.wfile.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")

    def do_set(self, name, value):
        self.values[name] = value

    def do_get(self, name):
        return self.values[name]


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Store) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    with socket.create_connection(server.server_address, timeout=10) as client:
        with client.makefile("rw", encoding="utf-8", newline="\n") as stream:
            for line in ('{"do": "set", "with": ["naïve", [1, 2.5, null, true, "日本"]]}',
                         '{"do": "get", "with": ["naïve"]}', '{"do": "get", "with": ["absent"]}',
                         '{"do": "fly"}', '{"do": "get"}', "{oops", "[]"):
                print(line, file=stream, flush=True)
                print(stream.readline().strip())
    server.shutdown()
print(json.dumps({"b": [1, {"a": None}], "a": "\u2028"}, indent=1, sort_keys=True))
print(json.loads("[1e3, -0.0, 12345678901234567890]"), json.dumps(float("inf")))
