"""Bad names, to the letter: hosts, services, protocols, interfaces, addresses in text and bytes."""
import socket


def attempt(call, *arguments, **options):
    try:
        print("returned", call(*arguments, **options))
    except UnicodeError as error:
        print("UnicodeError", type(error).__mro__[1].__name__ in ("UnicodeError", "ValueError"))
    except Exception as error:
        print(f"{type(error).__name__}: {error}")


numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
print("-- hosts")
for host in ("", None, b"127.0.0.1", "127.0.0.1", "256.1.1.1", "1.2.3", "x" * 64, "a" * 5000, "a..b", 5, 1.5, [], "::1", "::g", "ä.test"):
    attempt(lambda: sorted(info[4] for info in socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM, flags=numeric)))
print("-- ports")
for port in (0, 65535, 65536, 70000, -1, "80", "http", b"80", None, 1.5, "no such service"):
    attempt(lambda: [info[4][1] for info in socket.getaddrinfo("127.0.0.1", port, socket.AF_INET, socket.SOCK_STREAM)])
attempt(socket.getaddrinfo, "127.0.0.1", 80, 4711)
attempt(socket.getaddrinfo, "127.0.0.1", 80, type=4711)
attempt(socket.getaddrinfo, None, None)
attempt(socket.getaddrinfo, "::1", 80, socket.AF_INET, 0, 0, numeric)
attempt(socket.getaddrinfo, "127.0.0.1", 80, flags="x")
print("-- the other way round")
for arguments in ((("127.0.0.1", 80), 3), (("127.0.0.1",), 3), (("127.0.0.1", "80"), 3), ("127.0.0.1", 3), (("127.0.0.1", 80), "x"),
                  (("nohost.invalid", 80), 3), (("127.0.0.1", 70000), 3)):
    attempt(socket.getnameinfo, *arguments)
attempt(socket.gethostbyname, "127.0.0.1")
attempt(socket.gethostbyname, "")
attempt(socket.gethostbyname, 5)
attempt(socket.gethostbyname, "a\0b")
attempt(socket.gethostbyname_ex, "127.0.0.1")
attempt(socket.gethostbyaddr, 5)
print("-- services and protocols")
for arguments in (("http",), ("http", "tcp"), ("http", "nope"), ("nope",), (5,)):
    attempt(socket.getservbyname, *arguments)
for arguments in ((80,), (80, "tcp"), (80, "nope"), (-1,), (65536,), ("80",)):
    attempt(socket.getservbyport, *arguments)
for argument in ("tcp", "udp", "icmp", "ipv6", "nope", 5, "t\0cp"):
    attempt(socket.getprotobyname, argument)
print("-- interfaces")
attempt(socket.if_nametoindex, "lo")
attempt(socket.if_nametoindex, "nope0")
attempt(socket.if_nametoindex, 1)
attempt(socket.if_nametoindex, "x" * 100)
attempt(socket.if_indextoname, 1)
attempt(socket.if_indextoname, 0)
attempt(socket.if_indextoname, 1 << 30)
print("-- addresses")
for text in ("127.0.0.1", "127.1", "0x7f.1", "1", "300.1.1.1", "", "1.2.3.4.5", "a.b", "1.2.3.4 ", "1\0"):
    attempt(socket.inet_aton, text)
for data in (b"abcd", "abcd", bytearray(4), memoryview(b"abcd"), 5):
    attempt(socket.inet_ntoa, data)
for arguments in ((2, "1.2.3.4"), (2, "1.2.3"), (2, "01.2.3.4"), (10, "::1"), (10, ":::"), (10, "1.2.3.4"), (10, "fe80::1%lo"), (1, "x"), (4711, "x"), ("2", "x"), (2, 5)):
    attempt(socket.inet_pton, *arguments)
for arguments in ((2, b"abcd"), (2, b"abc"), (10, bytes(16)), (10, b"abcd"), (4711, b"abcd"), (2, "abcd")):
    attempt(socket.inet_ntop, *arguments)
print("-- numbers")
for function in (socket.htons, socket.ntohs, socket.htonl, socket.ntohl):
    for number in (1, 65535):
        attempt(function, number)
    for number in (1 << 32, -1, "1", 1.5):
        try:
            function(number)
        except (OverflowError, ValueError, TypeError) as error:
            print(type(error).__name__)
attempt(socket.sethostname, 5)
attempt(socket.CMSG_LEN, -1)
attempt(socket.CMSG_SPACE, -1)
attempt(socket.CMSG_LEN, 1 << 70)
attempt(socket.create_connection, ("127.0.0.1",))
attempt(socket.create_connection, "127.0.0.1")
attempt(socket.create_server, ("127.0.0.1", 0), family=4711)
attempt(socket.create_server, ("127.0.0.1", 0), dualstack_ipv6=True)
