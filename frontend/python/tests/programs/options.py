"""Socket objects: what they say about themselves, options, timeouts, names."""
import socket
import struct

with socket.socket() as s:
    print(repr(s)[:14], s.family, s.type, s.proto, s.timeout)
    for option in ("SO_TYPE", "SO_ERROR", "SO_KEEPALIVE"):
        print(option, s.getsockopt(socket.SOL_SOCKET, getattr(socket, option)))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print("nodelay", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
    print("linger", struct.unpack("ii", s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))
    s.bind(("127.0.0.1", 0))
    copy = s.dup()
    print("dup", copy.fileno() != s.fileno(), copy.getsockname() == s.getsockname())
    copy.close()
    again = socket.socket(fileno=s.detach())
    print("detached", s.fileno(), again.family.name, again.type.name, again.getsockname()[0])
    again.close()
print(repr(s).startswith("<socket.socket [closed] fd=-1"))

socket.setdefaulttimeout(1.5)
with socket.socket() as s:
    print("default", s.gettimeout(), socket.getdefaulttimeout())
socket.setdefaulttimeout(None)
with socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as s:
    print("non-blocking", s.type.name, s.getblocking())

print(socket.inet_aton("127.0.0.1"), socket.inet_ntoa(b"\x7f\0\0\x01"))
print(socket.inet_pton(socket.AF_INET6, "::1")[-1], socket.inet_ntop(socket.AF_INET6, bytes(15) + b"\1"))
print(hex(socket.htons(0x1234)), hex(socket.ntohl(0x12345678)))
print(socket.gethostbyname("localhost"), socket.getservbyname("http"), socket.getprotobyname("udp"))
info = socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
print(info)
print(socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))
print(isinstance(socket.gethostname(), str), socket.has_ipv6)
print(socket.AF_INET, socket.AF_INET6, socket.SOCK_DGRAM, socket.SOL_SOCKET, socket.SO_REUSEADDR)
