"""poplib against a server of a few lines."""
import poplib
import socketserver
import threading

MAIL = [b"Subject: one\r\n\r\nfirst\r\n..dots\r\n", b"Subject: two\r\n\r\nsecond\r\n"]


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"+OK ready\r\n")
        for line in self.rfile:
            verb, *rest = line.decode().split()
            if verb == "STAT":
                reply = f"+OK {len(MAIL)} {sum(map(len, MAIL))}\r\n".encode()
            elif verb == "LIST":
                lines = "".join(f"{n} {len(m)}\r\n" for n, m in enumerate(MAIL, 1))
                reply = f"+OK\r\n{lines}.\r\n".encode()
            elif verb == "RETR" and int(rest[0]) <= len(MAIL):
                reply = b"+OK\r\n" + MAIL[int(rest[0]) - 1] + b".\r\n"
            elif verb in ("USER", "PASS", "DELE", "NOOP", "QUIT"):
                reply = b"+OK " + verb.lower().encode() + b"\r\n"
            else:
                reply = b"-ERR what\r\n"
            self.wfile.write(reply)
            if verb == "QUIT":
                return


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    client = poplib.POP3(*server.server_address, timeout=10)
    print(client.getwelcome(), client.user("me"), client.pass_("secret"))
    print(client.stat(), client.list())
    for number in (1, 2):
        print(client.retr(number))
    try:
        client.retr(3)
    except poplib.error_proto as error:
        print(error)
    print(client.dele(1), client.quit())
    server.shutdown()
