"""asyncio's transports and protocols: flow control, ends, aborts, buffers, files, errors."""
import asyncio
import socket
import tempfile


class Server(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.got = transport, 0
        servers.append(self)
        print("made", transport.get_extra_info("peername")[0], transport.get_extra_info("socket").type)

    def data_received(self, data):
        self.got += len(data)
        if data == b"abort":
            self.transport.abort()
        elif data.endswith(b"?"):
            self.transport.write(b"%d bytes" % self.got)

    def eof_received(self):
        print("end of the stream")
        self.transport.write(b"and the rest")
        return False

    def connection_lost(self, error):
        print("lost", error)


class Client(asyncio.Protocol):
    def __init__(self):
        loop = asyncio.get_running_loop()
        self.data, self.more, self.lost, self.resumed = b"", asyncio.Event(), loop.create_future(), asyncio.Event()
        self.pauses = 0

    def data_received(self, data):
        self.data += data
        self.more.set()

    def pause_writing(self):
        self.pauses += 1
        self.resumed.clear()

    def resume_writing(self):
        self.resumed.set()

    def connection_lost(self, error):
        self.lost.set_result(error)


class Buffered(asyncio.BufferedProtocol):
    def __init__(self):
        self.buffer, self.got, self.done = bytearray(4), b"", asyncio.get_running_loop().create_future()

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, count):
        self.got += self.buffer[:count]

    def eof_received(self):
        self.done.set_result(self.got)


servers = []


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Server, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    transport, client = await loop.create_connection(Client, *address)
    transport.write(b"how many")
    transport.writelines([b" bytes", b"?"])
    await client.more.wait()
    print(client.data, transport.is_closing(), transport.can_write_eof())
    transport.write_eof()
    print(await client.lost, client.data[8:])

    # Flow control: a server that does not read makes the client's writes pause.
    transport, client = await loop.create_connection(Client, *address)
    await asyncio.sleep(0)
    while len(servers) < 2:
        await asyncio.sleep(0.01)
    servers[1].transport.pause_reading()
    transport.set_write_buffer_limits(high=1000, low=100)
    print(transport.get_write_buffer_limits(), transport.is_reading(), servers[1].transport.is_reading())
    sent = 0
    while not client.pauses:
        transport.write(bytes(100_000))
        sent += 100_000
        await asyncio.sleep(0)
    print(client.pauses, transport.get_write_buffer_size() > 1000)
    servers[1].transport.resume_reading()
    await client.resumed.wait()
    transport.write(b"?")
    client.more.clear()
    await client.more.wait()
    print(int(client.data.split()[0]) == sent + 1, transport.get_write_buffer_size())
    transport.abort()
    print(await client.lost)

    transport, client = await loop.create_connection(Client, *address)
    transport.write(b"abort")
    print(repr(await client.lost), client.data)
    server.close()
    await asyncio.sleep(0.05)

    # A protocol with its own buffer, over a pair; and a transport changed to another protocol.
    left, right = socket.socketpair()
    transport, protocol = await loop.create_connection(Buffered, sock=left)
    right.sendall(b"in small parts")
    right.close()
    print(await protocol.done)
    transport.close()
    left, right = socket.socketpair()
    transport, first = await loop.create_connection(Client, sock=left)
    right.sendall(b"one")
    await first.more.wait()
    second = Client()
    transport.set_protocol(second)
    right.sendall(b"two")
    await second.more.wait()
    print(first.data, second.data, transport.get_protocol() is second)
    with tempfile.TemporaryFile() as file:
        file.write(b"from a file" * 1000)
        file.flush()
        print(await loop.sendfile(transport, file, 11, 22, fallback=True))
    right.setblocking(False)
    print(await loop.sock_recv(right, 100))
    transport.close()
    print(await loop.sock_recv(right, 100))
    right.close()

    # A socket that was accepted outside, and connections that fail.
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()
    transport, protocol = await loop.connect_accepted_socket(Client, connection)
    client.sendall(b"accepted")
    await protocol.more.wait()
    print(protocol.data)
    transport.close()
    client.close()
    nobody = listener.getsockname()
    listener.close()
    for arguments in ({"host": nobody[0], "port": nobody[1]}, {"host": nobody[0]}, {}, {"host": "127.0.0.1", "port": nobody[1], "sock": client}):
        try:
            await loop.create_connection(Client, **arguments)
        except (OSError, ValueError, TypeError) as error:
            print(type(error).__name__, str(error).replace(str(nobody[1]), "PORT")[:70])


asyncio.run(main())
