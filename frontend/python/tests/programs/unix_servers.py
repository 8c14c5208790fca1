"""Servers on Unix sockets: socketserver, threads and asyncio."""
import asyncio
import os
import socket
import socketserver
import tempfile
import threading

directory = tempfile.mkdtemp()
path = os.path.join(directory, "server")


class Upper(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


with Server(path, Upper) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ends = []
    for number in range(4):
        end = socket.socket(socket.AF_UNIX)
        end.connect(path)
        ends.append(end)
    for number, end in enumerate(ends):
        end.sendall(b"line %d\n" % number)
    for end in ends:
        with end, end.makefile("rb") as lines:
            print(lines.readline())
    server.shutdown()
os.unlink(path)


async def main():
    async def serve(reader, writer):
        writer.write((await reader.readline())[::-1])
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    async with server:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"asyncio\n")
        print(await reader.read())
        writer.close()
        await writer.wait_closed()


asyncio.run(main())
