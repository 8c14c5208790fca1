"""Socket options of every level: integers, flags, structures, multicast and broadcast."""
import socket
import struct

with socket.socket() as s:
    for name in ("SO_REUSEADDR", "SO_KEEPALIVE", "SO_OOBINLINE", "SO_REUSEPORT", "SO_DONTROUTE"):
        option = getattr(socket, name)
        before = s.getsockopt(socket.SOL_SOCKET, option)
        s.setsockopt(socket.SOL_SOCKET, option, 1)
        print(name, before, s.getsockopt(socket.SOL_SOCKET, option))
    for name, value in (("TCP_NODELAY", 1), ("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_SYNCNT", 2), ("TCP_USER_TIMEOUT", 1000), ("TCP_CORK", 1), ("TCP_LINGER2", 4), ("TCP_DEFER_ACCEPT", 0)):
        s.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        print(name, s.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 9))
    print(struct.unpack("ii", s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)), len(s.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 4)))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("qq", 2, 0))
    print(struct.unpack("qq", s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16)))
    for name in ("SO_SNDBUF", "SO_RCVBUF"):
        s.setsockopt(socket.SOL_SOCKET, getattr(socket, name), 20_000)
        print(name, s.getsockopt(socket.SOL_SOCKET, getattr(socket, name)) >= 20_000)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 9)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 8)
    print(s.getsockopt(socket.IPPROTO_IP, socket.IP_TTL), s.getsockopt(socket.IPPROTO_IP, socket.IP_TOS))
    print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), s.getsockopt(socket.SOL_SOCKET, socket.SO_DOMAIN) == socket.AF_INET, s.getsockopt(socket.SOL_SOCKET, socket.SO_PROTOCOL) == socket.IPPROTO_TCP)
    s.bind(("127.0.0.1", 0))
    s.listen()
    print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN), len(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)) > 100, s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1))
    with socket.create_connection(s.getsockname()) as client:
        print(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\1", client.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) > 500)

# Two listeners on one port, where both say so.
with socket.create_server(("127.0.0.1", 0), reuse_port=True) as one:
    with socket.create_server(one.getsockname(), reuse_port=True) as two:
        print(one.getsockname() == two.getsockname())

with socket.socket(socket.AF_INET6) as six:
    print(six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    print(six.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))

with socket.socket(type=socket.SOCK_DGRAM) as u:
    print(u.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))
    try:
        u.sendto(b"x", ("255.255.255.255", 9))
    except PermissionError as error:
        print(error)
    u.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    print(u.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST))
    for name, value in (("IP_MULTICAST_TTL", 4), ("IP_MULTICAST_LOOP", 0)):
        u.setsockopt(socket.IPPROTO_IP, getattr(socket, name), value)
        print(name, u.getsockopt(socket.IPPROTO_IP, getattr(socket, name)))
    u.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    print(socket.inet_ntoa(u.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)))
a, b = socket.socketpair()
a.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
print(a.getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED), a.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM)
a.close()
b.close()
