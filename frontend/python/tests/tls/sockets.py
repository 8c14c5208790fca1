"""Connections over sockets: every way to read and to write, to wait and to end."""

import select
import socket
import ssl
import sys
import threading
import time

FOLDER = sys.argv[1]
SERVER = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
SERVER.load_cert_chain(f"{FOLDER}/server.pem", f"{FOLDER}/server.key")
CLIENT = ssl.create_default_context(cafile=f"{FOLDER}/authority.pem")


def text(error):
    """An error without the line of C that raised it."""
    return type(error).__name__, str(error).split(" (_ssl.c")[0].removeprefix("_ssl.c:989: ")


def talk(server, client, **options):
    """Lets two functions talk, each over its end of a connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    failed = []

    def serve():
        connection, _ = listener.accept()
        try:
            with SERVER.wrap_socket(connection, server_side=True) as tls:
                server(tls)
        except Exception as error:
            failed.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    with socket.create_connection(listener.getsockname()) as connection:
        with CLIENT.wrap_socket(connection, server_hostname="localhost", **options) as tls:
            client(tls)
    thread.join()
    listener.close()
    for error in failed:
        print("the server raised", *text(error))


def files():
    def server(tls):
        with tls.makefile("rwb") as file:
            for line in file:
                file.write(line.upper())
                file.flush()

    def client(tls):
        with tls.makefile("rw", encoding="utf-8", newline="\n") as file:
            for word in ("plain", "déjà vu"):
                file.write(word + "\n")
                file.flush()
                print(repr(file.readline()))
        print(tls.version(), tls.cipher(), tls.getpeercert()["subject"])
        print(tls.getpeercert()["subjectAltName"], tls.compression(), tls.server_side)

    talk(server, client)


def into_a_buffer():
    def server(tls):
        sent.append(tls.send(bytes(range(256)) * 300))
        tls.recv(1)

    def client(tls):
        buffer, total = bytearray(1000), bytearray()
        while len(total) < 76800:
            total += buffer[:tls.recv_into(buffer)]
        print(total == bytes(range(256)) * 300, tls.pending())
        tls.send(b".")

    sent = []
    talk(server, client)
    print("sent", *sent)


def unwrapped():
    def server(tls):
        print(tls.recv(5))
        raw = tls.unwrap()
        raw.sendall(b"in the clear")

    def client(tls):
        tls.sendall(b"hello")
        raw = tls.unwrap()
        print(raw.recv(100), type(raw).__name__)
        try:
            tls.read()
        except ValueError as error:
            print(error)

    talk(server, client)


def timeouts():
    go = threading.Event()

    def server(tls):
        go.wait()
        tls.sendall(b"at last")
        tls.recv(1)

    def client(tls):
        tls.settimeout(0.1)
        try:
            tls.recv(1)
        except TimeoutError as error:
            print(type(error).__name__, str(error).rpartition("The ")[2])
        tls.settimeout(None)
        go.set()
        print(tls.recv(100))
        tls.sendall(b".")

    talk(server, client)


def nonblocking():
    go, more = threading.Event(), threading.Event()

    def server(tls):
        for turn in (go, more):
            turn.wait()
            tls.sendall(b"x" * 20000)
        tls.recv(1)

    def client(tls):
        tls.setblocking(False)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                select.select([tls], [], [])
            except ssl.SSLWantWriteError:
                select.select([], [tls], [])
        try:
            tls.recv(1)
        except ssl.SSLWantReadError as error:
            print(*text(error), error.errno)
        go.set()
        got, waits = b"", 0
        while len(got) < 40000:
            try:
                got += tls.recv(1000)
            except ssl.SSLWantReadError:
                waits += 1
                if len(got) == 20000:
                    more.set()
                if not tls.pending():
                    select.select([tls], [], [])
        print(len(got), waits > 0)
        tls.setblocking(True)
        tls.sendall(b".")

    talk(server, client, do_handshake_on_connect=False)


def flood():
    full = threading.Event()

    def server(tls):
        full.wait()
        received = 0
        while received < 8_000_000:
            received += len(tls.recv(65536))
        print("received", received)
        tls.sendall(b".")

    def client(tls):
        tls.setblocking(False)
        data, sent = bytes(20_000), 0
        while sent < 8_000_000:
            try:
                sent += tls.send(data)
            except ssl.SSLWantWriteError as error:
                if not full.is_set():
                    print(*text(error), error.errno)
                full.set()
                select.select([], [tls], [])
        full.set()
        tls.setblocking(True)
        print("sent", sent, tls.recv(1))

    talk(server, client)


def cut_off():
    def server(tls):
        tls.recv(1)
        tls.sendall(b"part")
        socket.socket.shutdown(tls, socket.SHUT_WR)
        try:
            socket.socket.recv(tls, 1)
        except (OSError, ValueError):
            pass

    def client(tls):
        tls.sendall(b".")
        print(tls.recv(10), end=" ")
        try:
            print(tls.recv(10))
        except ssl.SSLError as error:
            print(text(error)[0], error.errno)

    talk(server, client)
    talk(server, client, suppress_ragged_eofs=False)


def sessions_and_names():
    def server(tls):
        tls.sendall(b".")
        tls.recv(1)

    def client(tls):
        tls.recv(1)
        print(tls.session_reused, type(tls.session).__name__, tls.selected_alpn_protocol())
        kept.append(tls.session)
        tls.sendall(b".")

    kept = []
    talk(server, client)
    talk(server, client, session=kept[0])
    SERVER.sni_callback = lambda tls, name, context: print("asked for", name, tls.server_side)
    SERVER.set_alpn_protocols(["http/1.1"])
    CLIENT.set_alpn_protocols(["h2", "http/1.1"])
    talk(server, client)
    SERVER.sni_callback = None


def later():
    """A socket that is wrapped before it is connected, and one before it accepts."""
    with SERVER.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True) as listener:
        def serve():
            tls, _ = listener.accept()
            with tls:
                tls.sendall(b"wrapped")
                tls.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        with CLIENT.wrap_socket(socket.socket(), server_hostname="localhost") as tls:
            print(tls.version())
            tls.connect(listener.getsockname())
            print(tls.recv(10), tls.version())
            tls.sendall(b".")
        thread.join()


def misuse():
    def server(tls):
        tls.recv(1)

    def client(tls):
        for call in (
            lambda: tls.send(b"", 1),
            lambda: tls.recv(1, 1),
            lambda: tls.recv_into(bytearray(1), 1, 1),
            lambda: tls.sendto(b"", ("localhost", 1)),
            lambda: tls.recvfrom(1),
            lambda: tls.sendmsg([b""]),
            lambda: tls.dup(),
            lambda: tls.read(-1),
            lambda: tls.connect(("localhost", 1)),
            lambda: tls.send("text"),
        ):
            try:
                print(call())
            except Exception as error:
                print(type(error).__name__, error)
        print(tls.recv(0), tls.send(b""))
        tls.sendall(b".")

    talk(server, client)
    datagrams, plain = socket.socket(type=socket.SOCK_DGRAM), socket.socket()
    for call in (
        lambda: CLIENT.wrap_socket(datagrams, server_hostname="localhost"),
        lambda: CLIENT.wrap_socket(plain),
        lambda: SERVER.wrap_socket(plain, server_side=True, server_hostname="localhost"),
        lambda: ssl.SSLSocket(),
        lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(),
    ):
        try:
            call()
        except Exception as error:
            print(type(error).__name__, error)
    datagrams.close()
    plain.close()


for function in (files, into_a_buffer, unwrapped, timeouts, nonblocking, flood, cut_off,
                 sessions_and_names, later, misuse):
    print(f"-- {function.__name__}")
    function()
