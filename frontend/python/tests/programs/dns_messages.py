"""DNS by hand: questions and answers built with struct, a server, retries, cut answers over TCP."""
import ipaddress
import socket
import struct
import threading

ZONE = {"host.test": ["192.0.2.1"], "many.test": [f"192.0.2.{n}" for n in range(1, 60)], "six.test": ["2001:db8::1"], "alias.test": "host.test"}
A, CNAME, AAAA = 1, 5, 28


def name_to_wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def read_name(data, at):
    labels = []
    while length := data[at]:
        if length >= 0xc0:
            return ".".join([*labels, read_name(data, struct.unpack_from("!H", data, at)[0] & 0x3fff)[0]]), at + 2
        labels.append(data[at + 1:at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels), at + 1


def answer(query, limit):
    number, flags, questions = struct.unpack_from("!HHH", query)
    name, at = read_name(query, 12)
    kind, _ = struct.unpack_from("!HH", query, at)
    records, found = b"", ZONE.get(name)
    count = 0
    if isinstance(found, str):
        wire = name_to_wire(found)
        records += struct.pack("!HHHIH", 0xc00c, CNAME, 1, 60, len(wire)) + wire
        count += 1
    for text in found if isinstance(found, list) else []:
        address = ipaddress.ip_address(text)
        if (A if address.version == 4 else AAAA) == kind:
            records += struct.pack("!HHHIH", 0xc00c, kind, 1, 60, len(address.packed)) + address.packed
            count += 1
    code = 0 if found else 3
    cut = len(query) + len(records) > limit
    if cut:
        records, count = b"", 0
    return struct.pack("!HHHHHH", number, 0x8180 | 0x200 * cut | code, 1, count, 0, 0) + query[12:at + 4] + records


def serve_datagrams():
    dropped = set()
    while True:
        query, address = datagrams.recvfrom(512)
        if not query:
            return
        if read_name(query, 12)[0] == "lost.test" and "lost.test" not in dropped:
            dropped.add("lost.test")
            continue
        datagrams.sendto(answer(query, 512), address)


def serve_streams():
    connection, _ = streams.accept()
    with connection, connection.makefile("rwb") as file:
        (size,) = struct.unpack("!H", file.read(2))
        reply = answer(file.read(size), 65535)
        file.write(struct.pack("!H", len(reply)) + reply)


def ask(name, kind, number):
    query = struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 0) + name_to_wire(name) + struct.pack("!HH", kind, 1)
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(0.2)
        client.connect(datagrams.getsockname())
        for attempt in range(30):
            client.send(query)
            try:
                reply = client.recv(512)
                break
            except TimeoutError:
                pass
    _, flags, _, count, _, _ = struct.unpack_from("!HHHHHH", reply)
    if flags & 0x200:
        with socket.create_connection(streams.getsockname(), timeout=20) as client, client.makefile("rwb") as file:
            file.write(struct.pack("!H", len(query)) + query)
            file.flush()
            reply = file.read(struct.unpack("!H", file.read(2))[0])
        _, _, _, count, _, _ = struct.unpack_from("!HHHHHH", reply)
    _, at = read_name(reply, 12)
    at += 4
    found = []
    for _ in range(count):
        owner, at = read_name(reply, at)
        kind, _, ttl, size = struct.unpack_from("!HHIH", reply, at)
        data = reply[at + 10:at + 10 + size]
        found.append(read_name(reply, at + 10)[0] if kind == CNAME else str(ipaddress.ip_address(data)))
        at += 10 + size
    return flags & 15, attempt > 0 if name == "lost.test" else "at once", len(found), found[:2]


datagrams = socket.socket(type=socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.1", 0))
streams = socket.create_server(("127.0.0.1", 0))
threads = [threading.Thread(target=serve_datagrams), threading.Thread(target=serve_streams)]
for thread in threads:
    thread.start()
for number, (name, kind) in enumerate((("host.test", A), ("six.test", AAAA), ("alias.test", A), ("many.test", A), ("absent.test", A), ("lost.test", A))):
    print(name, ask(name, kind, number))
with socket.socket(type=socket.SOCK_DGRAM) as stop:
    stop.sendto(b"", datagrams.getsockname())
for thread in threads:
    thread.join()
datagrams.close()
streams.close()
