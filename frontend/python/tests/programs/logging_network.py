"""logging over the network: datagrams, HTTP, mail, queues, and a configuration that is sent."""
import http.server
import json
import logging
import logging.config
import logging.handlers
import pickle
import queue
import socket
import socketserver
import struct
import threading
import urllib.parse

log = logging.getLogger("app.net")
log.setLevel(logging.DEBUG)
log.propagate = False


def with_handler(handler):
    log.handlers[:] = [handler]
    log.info("hello %s", "there", extra={"client": 5})
    handler.close()


receiver = socket.socket(type=socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
receiver.settimeout(20)
with_handler(logging.handlers.DatagramHandler(*receiver.getsockname()))
data = receiver.recv(65536)
record = logging.makeLogRecord(pickle.loads(data[4:]))
print(struct.unpack(">L", data[:4])[0] == len(data) - 4, record.getMessage(), record.client, record.levelname)
receiver.close()


class Sink(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        got.put(urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(204)
        self.end_headers()

    def do_GET(self):
        got.put(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


got = queue.Queue()
with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    for method in ("GET", "POST"):
        with_handler(logging.handlers.HTTPHandler(f"127.0.0.1:{server.server_port}", "/log", method))
        fields = got.get(timeout=20)
        print(method, fields["name"], fields["msg"], fields["args"], fields["client"])
    server.shutdown()


class Mail(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                got.put(b"".join(iter(self.rfile.readline, b".\r\n")).decode().splitlines())
            self.wfile.write(b"250 fine\r\n")
            if line.upper().startswith(b"QUIT"):
                return


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
    threading.Thread(target=server.serve_forever, args=(0.01,)).start()
    with_handler(logging.handlers.SMTPHandler(server.server_address, "from@test", ["to@test"], "the subject"))
    lines = got.get(timeout=20)
    print([line for line in lines if line.startswith(("From", "To", "Subject"))], lines[-1])
    server.shutdown()

# Threads log into a queue; one listener writes.
class Keep(logging.Handler):
    def emit(self, record):
        kept.append((record.threadName, record.getMessage()))


kept, records = [], queue.Queue()
log.handlers[:] = [logging.handlers.QueueHandler(records)]
listener = logging.handlers.QueueListener(records, Keep(), respect_handler_level=True)
listener.start()
threads = [threading.Thread(target=log.warning, args=("from %d", number), name=f"t{number}") for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
listener.stop()
print(sorted(kept))

# A socket handler whose server comes late: records until then are lost, and the rest arrives.
handler = logging.handlers.SocketHandler("127.0.0.1", 1)
handler.retryStart, log.handlers[:] = 0.0, [handler]
logging.raiseExceptions = False
log.info("lost")
server = socket.create_server(("127.0.0.1", 0))
handler.address, handler.retryTime = server.getsockname(), None
log.error("arrives")
connection, _ = server.accept()
(size,) = struct.unpack(">L", connection.recv(4, socket.MSG_WAITALL))
print(logging.makeLogRecord(pickle.loads(connection.recv(size, socket.MSG_WAITALL))).msg)
handler.close()
connection.close()
server.close()
log.handlers[:] = []

# logging.config.listen: a configuration comes over a socket.
listening = logging.config.listen(0)
listening.start()
listening.ready.wait(20)
config = json.dumps({"version": 1, "disable_existing_loggers": False, "loggers": {"app.net": {"level": "ERROR"}}}).encode()
with socket.create_connection(("127.0.0.1", listening.port), timeout=20) as client:
    client.sendall(struct.pack(">L", len(config)) + config)
    client.shutdown(socket.SHUT_WR)
    client.recv(1)
logging.config.stopListening()
listening.join()
print(logging.getLevelName(log.level))
