# What can be set on a TCP socket, and how.
import socket

SWITCHES = [
    (socket.SOL_SOCKET, "SO_REUSEADDR"),
    (socket.SOL_SOCKET, "SO_KEEPALIVE"),
    (socket.IPPROTO_TCP, "TCP_NODELAY"),
]
NUMBERS = [
    ("TCP_KEEPIDLE", 60),   # seconds of silence
    ("TCP_KEEPINTVL", 10),  # between two probes
    ("TCP_KEEPCNT", 3),     # probes without an answer
]

with socket.socket() as s:
    kind = s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
    print("type", socket.SocketKind(kind).name)

    for level, name in SWITCHES:
        option = getattr(socket, name)
        before = s.getsockopt(level, option)
        s.setsockopt(level, option, 1)
        after = s.getsockopt(level, option)
        print(f"{name}: {bool(before)} -> {bool(after)}")

    for name, value in NUMBERS:
        option = getattr(socket, name)
        s.setsockopt(socket.IPPROTO_TCP, option, value)
        print(name, s.getsockopt(socket.IPPROTO_TCP, option))

    # Linux keeps room for itself: it doubles the number.
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    size = s.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    print("SO_RCVBUF 8192 ->", size)
