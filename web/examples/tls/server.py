# Proves who it is with a certificate, and reads what nobody in between can.
import socket
import ssl
import tempfile

ADDRESS = ("127.0.0.1", 9096)
# For practice only: a key that others can read proves nothing.
KEY = """\
-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINaP2ZSnz9BuxXTJPJZUJ6YaW2aYuHWdQqQpXV6qqAhV
-----END PRIVATE KEY-----
"""
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBHTCB0KADAgECAgEDMAUGAytlcDAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwIBcN
MjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCWxvY2Fs
aG9zdDAqMAUGAytlcAMhAP9Amw+N59MC0UWN3sbsRBaM5UT0MJWUNX2DmqJn8x9h
o0UwQzAUBgNVHREEDTALgglsb2NhbGhvc3QwDAYDVR0TAQH/BAIwADAdBgNVHQ4E
FgQUcWVa35TTD9rGuSyDi4IizTmBAV8wBQYDK2VwA0EAx83YtQKMWzAAD8yb5vq/
q/Wv6PRBLCFZgtb6k/Y5EnUfID8ppsIjOC6jnpbtZ7Eyb61iZUNOtO2Mo0f2fciy
Ag==
-----END CERTIFICATE-----
"""

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
with tempfile.NamedTemporaryFile("w") as file:
    file.write(KEY + CERTIFICATE)
    file.flush()
    context.load_cert_chain(file.name)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    with context.wrap_socket(connection, server_side=True) as tls:
        print("agreed on", tls.version())
        while data := tls.recv(1024):
            print("read", data)
            tls.sendall(data.upper())
