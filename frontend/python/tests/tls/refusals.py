"""Who refuses whom, and in which words."""

import socket
import ssl
import sys
import threading

FOLDER = sys.argv[1]


def server(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{FOLDER}/{name}.pem", f"{FOLDER}/{name}.key")
    return context


def client(name=None):
    return ssl.create_default_context(cafile=name and f"{FOLDER}/{name}.pem")


def show(who, error):
    print(who, type(error).__name__, error.args[0], str(error).split(" (_ssl.c")[0])
    if isinstance(error, ssl.SSLError):
        print("   ", error.library, error.reason, getattr(error, "verify_code", ""))


def meet(server, client, hostname="localhost", speaks=True):
    """Lets a client and a server meet; says what became of it."""
    failed = []

    def serve():
        connection, _ = listener.accept()
        with connection:
            try:
                with server.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
                    peer = tls.getpeercert()
                    print("served", tls.version(), peer and peer["subject"])
                    tls.sendall(b".")
                    tls.recv(1)
            except OSError as error:
                failed.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            with socket.create_connection(listener.getsockname()) as connection:
                with client.wrap_socket(connection, server_hostname=hostname) as tls:
                    tls.sendall(b".")
                    tls.recv(1)
                    tls.sendall(b".")
                    thread.join()
                    print("agreed", tls.version(), tls.cipher()[0])
        except OSError as error:
            thread.join()
            if speaks:
                show("the client:", error)
        thread.join()
    for error in failed:
        show("the server:", error)


def at_most_12(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def section(title):
    print(f"-- {title}")


section("certificates that are right")
for name in ("server", "rsa", "ed25519"):
    meet(server(name), client("authority"))
meet(server("server"), client("authority"), "127.0.0.1")
meet(server("alone"), client("alone"))
for name in ("server", "rsa"):
    meet(server(name), at_most_12(client("authority")))

section("certificates that are wrong")
for name in ("server", "alone"):
    meet(server(name), client("stranger"))
    meet(server(name), client())
meet(server("server"), at_most_12(client("stranger")))
meet(server("server"), client("authority"), "example.org")
meet(server("server"), client("authority"), "127.0.0.2")
meet(server("expired"), client("authority"))

section("certificates that do not matter")
careless = client("stranger")
careless.check_hostname = False
careless.verify_mode = ssl.CERT_NONE
meet(server("expired"), careless)
nameless = client("authority")
nameless.check_hostname = False
meet(server("server"), nameless, "example.org")

section("clients' certificates")
strict = server("server")
strict.verify_mode = ssl.CERT_REQUIRED
strict.load_verify_locations(f"{FOLDER}/authority.pem")
known = client("authority")
known.load_cert_chain(f"{FOLDER}/rsa.pem", f"{FOLDER}/rsa.key")
meet(strict, known)
unknown = client("authority")
unknown.load_cert_chain(f"{FOLDER}/alone.pem", f"{FOLDER}/alone.key")
meet(strict, unknown, speaks=False)
meet(strict, at_most_12(unknown))
meet(strict, client("authority"), speaks=False)

section("versions")
newest = server("server")
newest.minimum_version = ssl.TLSVersion.TLSv1_3
meet(newest, at_most_12(client("authority")))


def one_sided(talk, wrap):
    """Lets one end speak TLS and the other not."""
    def other():
        connection, _ = listener.accept()
        with connection:
            try:
                talk(connection)
            except ConnectionResetError:
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=other)
        thread.start()
        with socket.create_connection(listener.getsockname()) as connection:
            try:
                wrap(connection).close()
            except OSError as error:
                show("the one with TLS:", error)
        thread.join()


section("somebody who does not speak TLS")


def page(connection):
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    connection.recv(1)


def says(data):
    def talk(connection):
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    return talk


one_sided(page, lambda it: client("authority").wrap_socket(it, server_hostname="localhost"))
for data in (b"GET / HTTP/1.1\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\n\r\n", b"Hello, who is there?", b""):
    one_sided(says(data), lambda it: server("server").wrap_socket(it, server_side=True))

section("files")
for name in ("missing.pem", "server.key"):
    for load in (lambda path: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(path),
                 lambda path: ssl.create_default_context(cafile=path)):
        try:
            load(f"{FOLDER}/{name}")
        except OSError as error:
            print(type(error).__name__)
try:
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(f"{FOLDER}/server.pem", f"{FOLDER}/alone.key")
except ssl.SSLError as error:
    print(str(error).split(" (_ssl.c")[0])
