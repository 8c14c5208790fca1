"""A WebSocket by hand: the handshake with base64 and SHA-1, masked frames, ping, fragments, the end."""
import base64
import hashlib
import os
import socket
import struct
import threading

MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def exactly(end, size):
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = end.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return bytes(data)


def head(end):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += exactly(end, 1)
    first, *lines = data.decode().split("\r\n")[:-2]
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


def send(end, kind, payload, masked, last=True):
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65536 else b"\x7f" + struct.pack("!Q", size)
    length = bytes([length[0] | 0x80 * masked]) + length[1:]
    mask = os.urandom(4) if masked else b""
    if masked:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    end.sendall(bytes([0x80 * last | kind]) + length + mask + payload)


def receive(end):
    first, second = exactly(end, 2)
    size = second & 0x7f
    if size == 126:
        (size,) = struct.unpack("!H", exactly(end, 2))
    elif size == 127:
        (size,) = struct.unpack("!Q", exactly(end, 8))
    mask = exactly(end, 4) if second & 0x80 else None
    payload = exactly(end, size)
    if mask:
        payload = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
    return first & 15, bool(first & 0x80), payload


def serve():
    connection, _ = server.accept()
    with connection:
        first, headers = head(connection)
        accept = base64.b64encode(hashlib.sha1((headers["sec-websocket-key"] + MAGIC).encode()).digest()).decode()
        connection.sendall(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        message, kind = b"", TEXT
        while True:
            opcode, last, payload = receive(connection)
            if opcode == PING:
                send(connection, PONG, payload, False)
            elif opcode == CLOSE:
                return send(connection, CLOSE, payload, False)
            else:
                kind, message = opcode or kind, message + payload
                if last:
                    send(connection, kind, message.upper(), False)
                    message = b""


server = socket.create_server(("127.0.0.1", 0))
thread = threading.Thread(target=serve)
thread.start()
with socket.create_connection(server.getsockname(), timeout=20) as client:
    key = base64.b64encode(b"sixteen bytes ok").decode()
    client.sendall(f"GET /chat HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
    first, headers = head(client)
    print(first, headers["sec-websocket-accept"])
    for kind, payload in ((TEXT, b"hello"), (TEXT, "ünï".encode()), (BINARY, b"x" * 200), (BINARY, b"y" * 5000), (TEXT, b"")):
        send(client, kind, payload, True)
        opcode, last, answer = receive(client)
        print(opcode, last, len(answer), answer[:5])
    send(client, PING, b"are you there", True)
    print(receive(client))
    send(client, TEXT, b"in ", True, last=False)
    send(client, 0, b"two parts", True)
    print(receive(client))
    send(client, CLOSE, struct.pack("!H", 1000) + b"bye", True)
    print(receive(client))
    print(client.recv(1))
thread.join()
server.close()
