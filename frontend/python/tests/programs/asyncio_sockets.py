"""asyncio's loop.sock_*: sockets of one's own in a loop."""
import asyncio
import socket


async def serve(server):
    loop = asyncio.get_running_loop()
    connection, _ = await loop.sock_accept(server)
    with connection:
        while data := await loop.sock_recv(connection, 100):
            await loop.sock_sendall(connection, data * 2)


async def main():
    loop = asyncio.get_running_loop()
    server = socket.create_server(("127.0.0.1", 0))
    server.setblocking(False)
    task = loop.create_task(serve(server))
    with socket.socket() as client:
        client.setblocking(False)
        await loop.sock_connect(client, server.getsockname())
        await loop.sock_sendall(client, b"ab")
        print(await loop.sock_recv(client, 100))
        await loop.sock_sendall(client, b"cd")
        buffer = bytearray(10)
        count = await loop.sock_recv_into(client, buffer)
        print(count, bytes(buffer[:count]))
        try:
            await asyncio.wait_for(loop.sock_recv(client, 1), 0.05)
        except TimeoutError:
            print("timed out")
        client.shutdown(socket.SHUT_WR)
        print(await loop.sock_recv(client, 100))
    await task
    server.close()

    a, b = socket.socket(type=socket.SOCK_DGRAM), socket.socket(type=socket.SOCK_DGRAM)
    for end in (a, b):
        end.setblocking(False)
        end.bind(("127.0.0.1", 0))
    print(await loop.sock_sendto(a, b"datagram", b.getsockname()))
    data, address = await loop.sock_recvfrom(b, 100)
    print(data, address == a.getsockname())
    a.close()
    b.close()

    left, right = socket.socketpair()
    left.setblocking(False)
    seen = []
    loop.add_reader(left, lambda: seen.append(left.recv(10)))
    right.send(b"ping")
    while not seen:
        await asyncio.sleep(0)
    print(seen, loop.remove_reader(left), loop.remove_reader(left))
    with socket.socket() as blocking:
        try:
            await loop.sock_connect(blocking, ("127.0.0.1", 9))
        except (ValueError, OSError) as error:
            print(type(error).__name__)
    left.close()
    right.close()
    found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
    print(found[0][4], await loop.getnameinfo(("127.0.0.1", 9), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV))


asyncio.run(main())
