"""xmlrpc: every type there and back, dotted names, threads, documentation, errors of the protocol."""
import datetime
import http.server
import socketserver
import threading
import xmlrpc.client
import xmlrpc.server


class Server(socketserver.ThreadingMixIn, xmlrpc.server.SimpleXMLRPCServer):
    daemon_threads = True


class Nested:
    class inner:
        @staticmethod
        def deep(value):
            return ["deep", value]

    def _private(self):
        return "never"


with Server(("127.0.0.1", 0), logRequests=False, allow_none=True, use_builtin_types=False) as server:
    server.register_function(lambda *values: list(values), "same")
    server.register_function(lambda value: value.data if isinstance(value, xmlrpc.client.Binary) else type(value).__name__, "kind")
    server.register_instance(Nested(), allow_dotted_names=True)
    server.register_introspection_functions()
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/RPC2"
    with xmlrpc.client.ServerProxy(url, allow_none=True, headers=[("X-A", "1")]) as proxy:
        for value in (0, -5, 2 ** 31 - 1, 1.5, True, None, "", "ünï <&>", [], [1, [2, [3]]], {}, {"a": {"b": [1]}}, "line\nbreak"):
            print(proxy.same(value), end=" ")
        print(proxy.same(1, "two", [3.0]))
        print(str(proxy.same(xmlrpc.client.DateTime("20240102T03:04:05"))[0]), proxy.kind(datetime.datetime(2024, 1, 2)), bytes(proxy.kind(xmlrpc.client.Binary(b"\0\xff")).data))
        print(proxy.same(b"bytes")[0].data, proxy.inner.deep(7))
        for call in (lambda: proxy._private(), lambda: proxy.inner.__class__(), lambda: proxy.absent(1), lambda: proxy.kind(), lambda: proxy.same(2 ** 40), lambda: proxy.same({1: 2}), lambda: proxy.same(object())):
            try:
                print(call())
            except (xmlrpc.client.Fault, OverflowError, TypeError) as error:
                print(type(error).__name__, str(error)[:90].split(" at 0x")[0])
        print(proxy.system.methodHelp("same") == "", proxy.system.methodSignature("same"))
        many = xmlrpc.client.MultiCall(proxy)
    with xmlrpc.client.ServerProxy(url, use_builtin_types=True) as proxy:
        print(proxy.same(datetime.datetime(2024, 1, 2), b"raw"))
    try:
        xmlrpc.client.ServerProxy(url.replace("RPC2", "other")).same(1)
    except xmlrpc.client.ProtocolError as error:
        print(error.errcode, error.errmsg)
    proxies = [xmlrpc.client.ServerProxy(url) for _ in range(6)]
    results = []
    threads = [threading.Thread(target=lambda proxy=proxy, number=number: results.append(proxy.same(number))) for number, proxy in enumerate(proxies)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(results))
    for proxy in proxies:
        proxy("close")()
    server.shutdown()


class Garbage(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<not xml")

    def log_message(self, *arguments):
        pass


with http.server.HTTPServer(("127.0.0.1", 0), Garbage) as server:
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    try:
        xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.server_port}").same(1)
    except Exception:
        print("that is no answer")
    server.shutdown()
print(xmlrpc.client.loads(xmlrpc.client.dumps((1, "a"), "method")), xmlrpc.client.loads(xmlrpc.client.dumps((True,), methodresponse=True)))
with xmlrpc.server.DocXMLRPCServer(("127.0.0.1", 0), logRequests=False) as server:
    server.set_server_title("a title")
    server.register_function(pow)
    print("a title" in server.generate_html_documentation(), "pow" in server.generate_html_documentation())
