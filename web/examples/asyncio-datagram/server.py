# Answers after as many tenths of a second as asked.
import asyncio

ADDRESS = ("127.0.0.1", 9022)


class Delay(asyncio.DatagramProtocol):
    def __init__(self, done):
        self.done, self.left = done, 3

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, sender):
        loop = asyncio.get_running_loop()
        loop.call_later(
            int(data) / 10, self.answer, data, sender)

    def answer(self, data, sender):
        print("answer", data.decode())
        self.transport.sendto(data, sender)
        self.left -= 1
        if not self.left:
            self.done.set()


async def main():
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Delay(done), local_addr=ADDRESS)
    print("ready")
    await done.wait()
    transport.close()


asyncio.run(main())
