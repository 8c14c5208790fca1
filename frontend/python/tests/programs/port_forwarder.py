"""A proxy: SOCKS 5 and a plain forwarder, both directions in one selector, half-closed ends kept."""
import selectors
import socket
import struct
import threading


def upper():
    while True:
        try:
            connection, _ = target.accept()
        except OSError:
            return
        with connection:
            data = b"".join(iter(lambda: connection.recv(65536), b""))
            connection.sendall(data.upper())


def pump(left, right):
    """Carries bytes both ways until both sides have finished."""
    with selectors.DefaultSelector() as selector:
        selector.register(left, selectors.EVENT_READ, right)
        selector.register(right, selectors.EVENT_READ, left)
        moved = 0
        while selector.get_map():
            for key, _ in selector.select(20):
                data = key.fileobj.recv(16384)
                if data:
                    key.data.sendall(data)
                    moved += len(data)
                else:
                    selector.unregister(key.fileobj)
                    key.data.shutdown(socket.SHUT_WR)
    return moved


def socks():
    connection, _ = proxy.accept()
    with connection, connection.makefile("rb", 0) as file:
        version, count = file.read(2)
        file.read(count)
        connection.sendall(b"\5\0")
        version, command, _, kind = file.read(4)
        host = socket.inet_ntoa(file.read(4)) if kind == 1 else file.read(file.read(1)[0]).decode()
        (port,) = struct.unpack("!H", file.read(2))
        try:
            far = socket.create_connection((host, port), timeout=20)
        except OSError as error:
            connection.sendall(b"\5\5\0\1" + bytes(6))
            moved.append(type(error).__name__)
            return
        with far:
            address, port = far.getsockname()
            connection.sendall(b"\5\0\0\1" + socket.inet_aton(address) + struct.pack("!H", port))
            moved.append(pump(connection, far))


def through(host, port, message):
    thread = threading.Thread(target=socks)
    thread.start()
    with socket.create_connection(proxy.getsockname(), timeout=20) as client:
        client.sendall(b"\5\1\0")
        assert client.recv(2, socket.MSG_WAITALL) == b"\5\0"
        address = b"\1" + socket.inet_aton(host) if host[0].isdigit() else b"\3" + bytes([len(host)]) + host.encode()
        client.sendall(b"\5\1\0" + address + struct.pack("!H", port))
        reply = client.recv(10, socket.MSG_WAITALL)
        if reply[1]:
            print("refused with", reply[1])
        else:
            client.sendall(message)
            client.shutdown(socket.SHUT_WR)
            data = b"".join(iter(lambda: client.recv(65536), b""))
            print(len(data), data[:12])
    thread.join()


moved = []
target = socket.create_server(("127.0.0.1", 0))
proxy = socket.create_server(("127.0.0.1", 0))
serving = threading.Thread(target=upper)
serving.start()
port = target.getsockname()[1]
through("127.0.0.1", port, b"by its number")
through("localhost", port, b"by its name")
through("127.0.0.1", port, b"a lot " * 100_000)
target.shutdown(socket.SHUT_RDWR)
target.close()
serving.join()
through("127.0.0.1", port, b"nobody there")
print(moved)
proxy.close()
