"""Names and addresses, both ways: what getaddrinfo and its family return."""
import socket

for host, port, options in (
    ("127.0.0.1", 80, {"type": socket.SOCK_DGRAM}), ("127.0.0.1", "http", {"type": socket.SOCK_STREAM}), ("::1", 443, {"proto": socket.IPPROTO_TCP}),
    (None, 0, {"flags": socket.AI_PASSIVE, "type": socket.SOCK_STREAM, "family": socket.AF_INET}), (None, 80, {"type": socket.SOCK_DGRAM, "family": socket.AF_INET}),
    ("127.0.0.1", None, {"type": socket.SOCK_STREAM, "flags": socket.AI_NUMERICHOST}), (b"127.0.0.1", b"80", {"type": socket.SOCK_STREAM}),
    ("127.0.0.1", 80, {"family": socket.AF_INET6, "flags": socket.AI_V4MAPPED, "type": socket.SOCK_STREAM}),
    ("127.0.0.1", 80, {"type": socket.SOCK_STREAM, "flags": socket.AI_CANONNAME}),
):
    print(host, port, socket.getaddrinfo(host, port, **options))
for call in (lambda: socket.getaddrinfo("nobody.invalid", 80), lambda: socket.gethostbyname("nobody.invalid"), lambda: socket.getaddrinfo("localhost", 80, flags=socket.AI_NUMERICHOST)):
    try:
        print(call())
    except socket.gaierror as error:
        print(type(error).__name__, error.errno in (socket.EAI_NONAME, socket.EAI_AGAIN), isinstance(error, OSError))
print(socket.gethostbyname("127.0.0.1"), socket.gethostbyname("localhost"), socket.gethostbyname(""), socket.gethostbyname("<broadcast>"))
print(socket.gethostbyname_ex("127.0.0.1"), socket.gethostbyname_ex("localhost")[2])
name, aliases, addresses = socket.gethostbyaddr("127.0.0.1")
print(name, isinstance(aliases, list), addresses)
print(socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV), socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST))
print(socket.getnameinfo(("::1", 80, 0, 0), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV), socket.getnameinfo(("127.0.0.1", 80), 0)[1])
print(socket.getnameinfo(("127.0.0.1", 53), socket.NI_DGRAM | socket.NI_NUMERICHOST))
print(socket.getservbyname("http"), socket.getservbyname("https", "tcp"), socket.getservbyname("domain", "udp"), socket.getservbyport(80), socket.getservbyport(53, "udp"))
print([socket.getprotobyname(name) for name in ("ip", "icmp", "tcp", "udp", "ipv6", "ipv6-icmp")])
print(socket.getfqdn("127.0.0.1") == name, isinstance(socket.getfqdn(), str), socket.gethostname() != "")
index = {name: index for index, name in socket.if_nameindex()}
print("lo" in index, socket.if_nametoindex("lo") == index["lo"], socket.if_indextoname(index["lo"]))
print(socket.has_dualstack_ipv6(), socket.has_ipv6)
print([hex(function(0x1234)) for function in (socket.htons, socket.ntohs)], [hex(function(0x12345678)) for function in (socket.htonl, socket.ntohl)])
print(socket.inet_pton(socket.AF_INET6, "2001:db8::ff00:42:8329").hex(":", 2), socket.inet_ntop(socket.AF_INET6, bytes.fromhex("20010db8" + "00" * 10 + "0001")))
print(socket.inet_ntop(socket.AF_INET6, bytes(10) + b"\xff\xff\x01\x02\x03\x04"), socket.inet_pton(socket.AF_INET, "255.255.255.255"))
with socket.create_server(("localhost", 0)) as server, socket.create_connection(("localhost", server.getsockname()[1])) as client:
    print(client.getpeername() == server.getsockname())
with socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
    with socket.create_connection(("127.0.0.1", server.getsockname()[1])) as client:
        print(server.getsockname()[0], server.accept()[1][0])
