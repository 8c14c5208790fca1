"""What the standard library does with `ssl`: HTTPS, mail, asyncio."""

import asyncio
import ftplib
import http.client
import http.server
import imaplib
import poplib
import smtplib
import socket
import socketserver
import ssl
import sys
import threading
import urllib.error
import urllib.request

FOLDER = sys.argv[1]
SERVER = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
SERVER.load_cert_chain(f"{FOLDER}/server.pem", f"{FOLDER}/server.key")
CLIENT = ssl.create_default_context(cafile=f"{FOLDER}/authority.pem")


class Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = f"{self.path}\n".encode() * 5000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))[::-1]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass


def https():
    with Quiet(("127.0.0.1", 0), Page) as server:
        server.socket = SERVER.wrap_socket(server.socket, server_side=True,
                                           do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever).start()
        port = server.server_address[1]
        with urllib.request.urlopen(f"https://localhost:{port}/a", context=CLIENT) as answer:
            print(answer.status, len(answer.read()))
        connection = http.client.HTTPSConnection("localhost", port, context=CLIENT)
        for path in ("/b", "/c"):
            connection.request("GET", path)
            print(connection.getresponse().read()[:6])
            connection.close()
        connection.request("POST", "/", bytes(range(256)) * 1000)
        print(connection.getresponse().read()[:3])
        connection.close()
        try:
            urllib.request.urlopen(f"https://localhost:{port}/")
        except urllib.error.URLError as error:
            print(type(error.reason).__name__, error.reason.verify_message)
        server.shutdown()


def scripted(lines, tls_at_once=True):
    """Serves one client: greets it, and answers each of its lines with the next of ours. After
    a line that begins with `TLS` it goes on with TLS."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        if tls_at_once:
            connection = SERVER.wrap_socket(connection, server_side=True)
        file = connection.makefile("rb")
        for line in lines:
            connection.sendall(line.removeprefix("TLS ").encode() + b"\r\n")
            if line.startswith("TLS "):
                connection = SERVER.wrap_socket(connection, server_side=True)
                file = connection.makefile("rb")
            said = file.readline()
            heard.append(said.split(b" ", 1)[-1] if said[:1] in b"ABCDEFGHIJKLMNOP" and b" " in said
                         else said)
        file.close()
        connection.close()
        listener.close()

    heard = []
    thread = threading.Thread(target=serve)
    thread.start()
    return listener.getsockname()[1], thread, heard


def mail():
    port, thread, heard = scripted(["220 hello", "250 localhost", "221 bye"])
    with smtplib.SMTP_SSL("localhost", port, context=CLIENT) as smtp:
        print(smtp.ehlo("me"))
    thread.join()
    port, thread, heard = scripted(
        ["220 hello", "250-localhost\r\n250 STARTTLS", "TLS 220 go", "250 secret", "221 bye"], False)
    with smtplib.SMTP("localhost", port) as smtp:
        smtp.ehlo("me")
        print(smtp.starttls(context=CLIENT), smtp.ehlo("me"), smtp.sock.version())
    thread.join()
    print(heard)
    port, thread, heard = scripted(["+OK hello", "+OK 0 0", "+OK bye"])
    pop = poplib.POP3_SSL("localhost", port, context=CLIENT)
    print(pop.stat(), pop.quit())
    thread.join()


def streams():
    async def main():
        async def shout(reader, writer):
            while line := await reader.readline():
                writer.write(line.upper())
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(shout, "127.0.0.1", 0, ssl=SERVER)
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address, ssl=CLIENT,
                                                       server_hostname="localhost")
        for line in (b"hello\n", b"x" * 60000 + b"\n"):
            writer.write(line)
            print((await reader.readline())[:6])
        print(writer.get_extra_info("cipher")[1], writer.get_extra_info("peercert")["subject"])
        writer.close()
        await writer.wait_closed()
        try:
            await asyncio.open_connection(*address, ssl=CLIENT, server_hostname="example.org")
        except ssl.SSLCertVerificationError as error:
            print(error.verify_code, error.verify_message)
        server.close()

        async def upgraded(reader, writer):
            print(await reader.readline())
            writer.write(b"go\n")
            await writer.drain()
            await writer.start_tls(SERVER)
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        if not hasattr(asyncio.StreamWriter, "start_tls"):
            return
        server = await asyncio.start_server(upgraded, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"in the clear\n")
        print(await reader.readline())
        await writer.start_tls(CLIENT, server_hostname="localhost")
        writer.write(b"secret\n")
        print(await reader.readline(), await reader.read())
        writer.close()
        server.close()

    asyncio.run(main())


def buffers():
    """A handshake without a socket: who sends what, and when."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = SERVER.wrap_bio(to_server, to_client, server_side=True)
    client = CLIENT.wrap_bio(to_client, to_server, server_hostname="localhost")
    steps, done = [], set()
    while len(done) < 2:
        for name, end in (("client", client), ("server", server)):
            if name in done:
                continue
            try:
                end.do_handshake()
                done.add(name)
                steps.append(f"{name} is done")
            except ssl.SSLWantReadError:
                steps.append(f"{name} waits")
    print(steps)
    client.write(b"hello")
    print(b"hello" in to_server.read(0), to_server.pending > 5, server.read(5))
    try:
        client.read(1)
    except ssl.SSLWantReadError as error:
        print(type(error).__name__)


class Shouter(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


def request_handlers():
    class Server(socketserver.ThreadingTCPServer):
        def get_request(self):
            connection, address = super().get_request()
            return SERVER.wrap_socket(connection, server_side=True), address

    with Server(("127.0.0.1", 0), Shouter) as server:
        threading.Thread(target=server.serve_forever).start()
        with socket.create_connection(server.server_address) as connection:
            with CLIENT.wrap_socket(connection, server_hostname="localhost") as tls:
                tls.sendall(b"shout\n")
                print(tls.recv(100))
        server.shutdown()


print(imaplib.IMAP4_SSL.__name__, ftplib.FTP_TLS.__name__)
for function in (https, mail, streams, buffers, request_handlers):
    print(f"-- {function.__name__}")
    function()
