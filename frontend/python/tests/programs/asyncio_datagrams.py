"""asyncio datagram endpoints: an echo, a connected one, an error that arrives later."""
import asyncio
import socket


class Echo(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data[::-1], address)


class Client(asyncio.DatagramProtocol):
    def __init__(self):
        self.received = asyncio.get_running_loop().create_future()
        self.lost = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, address):
        self.received.set_result(data)

    def error_received(self, error):
        self.received.set_exception(error)

    def connection_lost(self, error):
        self.lost.set_result(error)


async def main():
    loop = asyncio.get_running_loop()
    server, _ = await loop.create_datagram_endpoint(Echo, ("127.0.0.1", 0))
    address = server.get_extra_info("sockname")
    transport, client = await loop.create_datagram_endpoint(Client, remote_addr=address)
    transport.sendto(b"drawer")
    print(await asyncio.wait_for(client.received, 10))
    transport.close()
    print(await client.lost, transport.is_closing())
    server.close()
    nobody = socket.socket(type=socket.SOCK_DGRAM)
    nobody.bind(("127.0.0.1", 0))
    address = nobody.getsockname()
    nobody.close()
    transport, client = await loop.create_datagram_endpoint(Client, remote_addr=address)
    transport.sendto(b"anybody?")
    try:
        await asyncio.wait_for(client.received, 10)
    except ConnectionRefusedError as error:
        print(error)
    transport.close()


asyncio.run(main())
