"""imaplib against a server of a few lines."""
import imaplib
import socketserver
import threading


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b"* OK [CAPABILITY IMAP4REV1] ready\r\n")
        for line in self.rfile:
            tag, verb, *rest = line.decode().split()
            lines, end = [], f"{tag} OK {verb} done"
            if verb == "CAPABILITY":
                lines = ["* CAPABILITY IMAP4REV1"]
            elif verb == "LOGIN" and rest[1] != '"secret"':
                end = f"{tag} NO who are you"
            elif verb == "SELECT":
                lines = ["* 2 EXISTS", "* FLAGS (\\Seen)"]
            elif verb == "SEARCH":
                lines = ["* SEARCH 1 2"]
            elif verb == "FETCH":
                text = f"Subject: {rest[0]}\r\n"
                lines = [f"* {rest[0]} FETCH (BODY[] {{{len(text)}}}\r\n{text})"]
            elif verb == "LOGOUT":
                lines = ["* BYE"]
            self.wfile.write("".join(part + "\r\n" for part in [*lines, end]).encode())
            if verb == "LOGOUT":
                return


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    client = imaplib.IMAP4(*server.server_address, timeout=10)
    print(client.capabilities)
    try:
        client.login("me", "wrong")
    except imaplib.IMAP4.error as error:
        print("refused:", "who are you" in str(error))
    print(client.login("me", "secret"), client.state)
    print(client.select(), client.search(None, "ALL"))
    print(client.fetch("2", "(BODY[])"))
    print(client.logout())
    server.shutdown()
