# Trusts this one certificate, and asks for the name that stands in it.
import socket
import ssl

SERVER = ("127.0.0.1", 9096)
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

context = ssl.create_default_context(cadata=CERTIFICATE)
with socket.create_connection(SERVER) as connection:
    with context.wrap_socket(
            connection, server_hostname="localhost") as tls:
        cipher, version, bits = tls.cipher()
        print(version, "with a key of", bits, "bits")
        print("it is", tls.getpeercert()["subject"])
        tls.sendall(b"the secret")
        print("answer", tls.recv(1024))
