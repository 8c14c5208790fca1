"""IMAP, POP3, SMTP and FTP over TLS, from the first byte on and after a command that asks for it,
each against a server of a few lines."""
import email.message
import ftplib
import imaplib
import io
import poplib
import smtplib
import socket
import socketserver
import ssl
import sys
import threading

FOLDER = sys.argv[1]
SERVER = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
SERVER.load_cert_chain(f"{FOLDER}/server.pem", f"{FOLDER}/server.key")
CLIENT = ssl.create_default_context(cafile=f"{FOLDER}/authority.pem")
STRANGER = ssl.create_default_context(cafile=f"{FOLDER}/stranger.pem")


failures = []


class Talk(socketserver.StreamRequestHandler):
    """A conversation of lines, with TLS at once or later."""

    at_once = True

    def setup(self):
        super().setup()
        if self.at_once:
            self.encrypt()

    def encrypt(self):
        self.request = SERVER.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb", 0)

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

    def lines(self):
        while line := self.rfile.readline():
            yield line.decode().rstrip("\r\n")


class Quiet(socketserver.ThreadingTCPServer):
    def handle_error(self, request, client_address):
        failures.append(sys.exc_info()[0].__name__)


def serve(handler, use, **attributes):
    """Runs `use` with the port of a server that talks as `handler` does."""
    handler = type(handler.__name__, (handler,), attributes)
    with Quiet(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            use(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
    print("the server failed with", failures)
    failures.clear()


class Imap(Talk):
    def handle(self):
        self.say("* OK ready")
        for line in self.lines():
            tag, verb, *rest = line.split()
            tagged = f"{tag} OK {verb} done"
            if verb == "CAPABILITY":
                secret = isinstance(self.request, ssl.SSLSocket)
                self.say("* CAPABILITY IMAP4REV1" + ("" if secret else " STARTTLS"), tagged)
            elif verb == "STARTTLS":
                self.say(tagged)
                self.encrypt()
            elif verb == "LOGIN":
                self.say(tagged if rest[1] == '"secret"' else f"{tag} NO who are you")
            elif verb == "SELECT":
                self.say("* 2 EXISTS", "* FLAGS (\\Seen)", tagged)
            elif verb == "FETCH":
                text = f"Subject: {rest[0]}\r\n" + "x" * 20000
                self.say(f"* {rest[0]} FETCH (BODY[] {{{len(text)}}}\r\n{text})", tagged)
            elif verb == "APPEND":
                self.say("+ go on")
                size = int(rest[-1].strip("{}"))
                self.got = self.rfile.read(size)
                self.rfile.readline()
                self.say(f"{tag} OK {len(self.got)} bytes")
            elif verb == "LOGOUT":
                return self.say("* BYE", tagged)
            else:
                self.say(f"{tag} BAD {verb}")


def imap(port):
    with imaplib.IMAP4_SSL("localhost", port, ssl_context=CLIENT, timeout=30) as client:
        print(client.welcome, client.capabilities, client.sock.version())
        try:
            client.login("me", "wrong")
        except imaplib.IMAP4.error as error:
            print("refused", "who are you" in str(error))
        print(client.login("me", "secret"), client.state, client.select())
        kind, ((what, text), end) = client.fetch("2", "(BODY[])")
        print(kind, what, text[:12], len(text), end)
        print(client.append("INBOX", None, None, b"Subject: new\n\nhello\n"))
    try:
        imaplib.IMAP4_SSL("localhost", port, ssl_context=STRANGER, timeout=30)
    except ssl.SSLCertVerificationError as error:
        print(error.verify_code, error.verify_message)


def imap_starttls(port):
    client = imaplib.IMAP4("localhost", port, timeout=30)
    print(client.capabilities, type(client.sock).__name__)
    print(client.starttls(CLIENT), client.capabilities, type(client.sock).__name__)
    print(client.login("me", "secret"), client.logout())


class Pop(Talk):
    MESSAGES = [b"Subject: one\r\n\r\nfirst", b"Subject: two\r\n\r\n..second\r\n" + b"y" * 500]

    def handle(self):
        self.say("+OK hello")
        for line in self.lines():
            verb, _, rest = line.partition(" ")
            if verb == "CAPA":
                self.say("+OK", "USER", *([] if isinstance(self.request, ssl.SSLSocket) else ["STLS"]), ".")
            elif verb == "STLS":
                self.say("+OK begin")
                self.encrypt()
            elif verb == "PASS" and rest != "secret":
                self.say("-ERR who are you")
            elif verb == "STAT":
                self.say(f"+OK 2 {sum(map(len, self.MESSAGES))}")
            elif verb == "RETR":
                self.say("+OK", self.MESSAGES[int(rest) - 1].decode(), ".")
            elif verb == "LIST":
                self.say("+OK", *(f"{n} {len(m)}" for n, m in enumerate(self.MESSAGES, 1)), ".")
            elif verb == "QUIT":
                return self.say("+OK bye")
            else:
                self.say("+OK")


def pop(port):
    client = poplib.POP3_SSL("localhost", port, context=CLIENT, timeout=30)
    print(client.getwelcome(), client.capa(), client.user("me"))
    try:
        client.pass_("wrong")
    except poplib.error_proto as error:
        print(error)
    print(client.pass_("secret"), client.stat(), client.list())
    for number in (1, 2):
        print([line[:20] for line in client.retr(number)[1]])
    print(client.dele(1), client.quit())


def pop_stls(port):
    client = poplib.POP3("localhost", port, timeout=30)
    print(client.capa(), client.stls(CLIENT), client.capa(), client.sock.version())
    try:
        client.stls(CLIENT)
    except poplib.error_proto as error:
        print(error)
    print(client.quit())


class Smtp(Talk):
    def handle(self):
        self.say("220 hello")
        for line in self.lines():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                secret = isinstance(self.request, ssl.SSLSocket)
                self.say("250-localhost", "250-AUTH PLAIN", "250 8BITMIME" if secret else "250 STARTTLS")
            elif verb == "STARTTLS":
                self.say("220 go")
                self.encrypt()
            elif verb == "AUTH":
                self.say("235 welcome" if line.endswith("AG1lAHNlY3JldA==") else "535 who are you")
            elif verb == "RCPT" and "nobody" in line:
                self.say("550 nobody here")
            elif verb == "DATA":
                self.say("354 go on")
                letter = []
                while (part := self.rfile.readline()) != b".\r\n":
                    letter.append(part)
                print("the server has", len(letter), "lines:", letter[0], letter[-1][:10])
                self.say("250 taken")
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 fine")


def letter():
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "me@localhost", "you@localhost", "Hello"
    message.set_content("A line.\n.\nWhat follows a lonely dot.\n" + "x" * 60 + "\n")
    return message


def smtp(port):
    with smtplib.SMTP_SSL("localhost", port, local_hostname="me", context=CLIENT, timeout=30) as client:
        print(client.ehlo(), sorted(client.esmtp_features))
        try:
            client.login("me", "wrong")
        except smtplib.SMTPAuthenticationError as error:
            print(error)
        print(client.login("me", "secret"), client.send_message(letter()))
        try:
            client.sendmail("me@localhost", ["nobody@localhost"], "x")
        except smtplib.SMTPRecipientsRefused as error:
            print(error.recipients)


def smtp_starttls(port):
    with smtplib.SMTP("localhost", port, local_hostname="me", timeout=30) as client:
        print(client.starttls(context=CLIENT), client.ehlo(), client.sock.cipher()[1])
        print(client.login("me", "secret"), client.send_message(letter()))
    with smtplib.SMTP("localhost", port, local_hostname="me", timeout=30) as client:
        try:
            client.starttls(context=STRANGER)
        except ssl.SSLCertVerificationError as error:
            print(error.verify_message)


class Ftp(Talk):
    at_once = False
    FILES = {"a.txt": b"alpha\r\nbeta\r\n", "b.bin": bytes(range(256)) * 300}
    protected = False

    def transfer(self, data=None, name=None):
        """Sends `data`, or receives the file of that name."""
        self.say("150 here it comes")
        connection, _ = self.passive.accept()
        if self.protected:
            connection = SERVER.wrap_socket(connection, server_side=True)
        with connection:
            if data is not None:
                connection.sendall(data)
            else:
                self.FILES[name] = b"".join(iter(lambda: connection.recv(65536), b""))
            if self.protected:
                connection.unwrap().close()
        self.passive.close()
        # Who reads this looks for the file at once.
        self.say("226 done, in secret" if self.protected else "226 done")

    def handle(self):
        self.say("220 test")
        for line in self.lines():
            verb, _, name = line.partition(" ")
            if verb == "AUTH":
                self.say("234 go")
                self.encrypt()
            elif verb == "PROT":
                self.protected = name == "P"
                self.say("200 fine")
            elif verb in ("PASV", "EPSV"):
                self.passive = socket.create_server(("127.0.0.1", 0))
                port = self.passive.getsockname()[1]
                self.say(f"227 ok (127,0,0,1,{port >> 8},{port & 255})" if verb == "PASV"
                         else f"229 ok (|||{port}|)")
            elif verb == "RETR" and name not in self.FILES:
                self.say("550 no such file")
            elif verb == "RETR":
                self.transfer(self.FILES[name])
            elif verb == "NLST":
                self.transfer("".join(f"{name}\r\n" for name in sorted(self.FILES)).encode())
            elif verb == "STOR":
                self.transfer(name=name)
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("331 and?" if verb == "USER" else "200 fine")


def ftp(port):
    with ftplib.FTP_TLS(context=CLIENT, timeout=30) as client:
        print(client.connect("localhost", port), type(client.sock).__name__)
        print(client.login("me", "secret"), type(client.sock).__name__, client.sock.version())
        print(client.nlst(), client.prot_p(), client.nlst())
        client.retrlines("RETR a.txt", lambda line: print("line:", line))
        whole = io.BytesIO()
        print(client.retrbinary("RETR b.bin", whole.write), whole.getvalue() == Ftp.FILES["b.bin"])
        print(client.storbinary("STOR c.bin", io.BytesIO(b"c" * 50000)), len(Ftp.FILES["c.bin"]))
        print(client.storlines("STOR d.txt", io.BytesIO(b"one\ntwo\n")), Ftp.FILES["d.txt"])
        try:
            client.retrbinary("RETR absent", print)
        except ftplib.error_perm as error:
            print(error)
        print(client.prot_c(), client.nlst(), client.quit())


for use, handler, at_once in [
    (imap, Imap, True), (imap_starttls, Imap, False), (pop, Pop, True), (pop_stls, Pop, False),
    (smtp, Smtp, True), (smtp_starttls, Smtp, False), (ftp, Ftp, False),
]:
    print(f"-- {use.__name__}")
    serve(handler, use, at_once=at_once)
