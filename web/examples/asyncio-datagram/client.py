# Asks three questions; the shortest is answered first.
import asyncio

SERVER = ("127.0.0.1", 9022)


class Asker(asyncio.DatagramProtocol):
    def __init__(self, answers):
        self.answers = answers

    def datagram_received(self, data, sender):
        self.answers.put_nowait(int(data))

    def error_received(self, error):
        print("nobody there:", error)
        self.answers.put_nowait(0)


async def main():
    answers = asyncio.Queue()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Asker(answers), remote_addr=SERVER)
    for tenths in [6, 1, 3]:
        transport.sendto(b"%d" % tenths)
    for _ in range(3):
        print("got", await answers.get())
    transport.close()


asyncio.run(main())
