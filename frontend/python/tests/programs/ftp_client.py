"""ftplib against a server of a few lines: passive transfers both ways, a listing, errors."""
import ftplib
import io
import socket
import socketserver
import threading

FILES = {"a.txt": b"alpha\r\nbeta\r\n", "b.bin": bytes(range(256)) * 300}


class Handler(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def transfer(self, data=None):
        self.say("150 here it comes")
        connection, _ = self.passive.accept()
        with connection:
            if data is None:
                return b"".join(iter(lambda: connection.recv(65536), b""))
            connection.sendall(data)

    def handle(self):
        self.say("220 test")
        for line in self.rfile:
            verb, _, name = line.decode().strip().partition(" ")
            if verb in ("PASV", "EPSV"):
                self.passive = socket.create_server(("127.0.0.1", 0))
                port = self.passive.getsockname()[1]
                self.say(f"227 ok (127,0,0,1,{port >> 8},{port & 255})" if verb == "PASV"
                         else f"229 ok (|||{port}|)")
            elif verb == "RETR" and name not in FILES:
                self.say("550 no such file")
            elif verb in ("RETR", "NLST", "STOR"):
                listing = "".join(f"{name}\r\n" for name in sorted(FILES)).encode()
                got = self.transfer({"RETR": FILES.get(name), "NLST": listing, "STOR": None}[verb])
                if verb == "STOR":
                    FILES[name] = got
                self.passive.close()
                self.say("226 done")
            elif verb == "SIZE":
                self.say(f"213 {len(FILES[name])}")
            elif verb == "PWD":
                self.say('257 "/"')
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("331 and?" if verb == "USER" else "200 fine")


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    with ftplib.FTP(timeout=10) as client:
        print(client.connect(*server.server_address), client.login("me", "secret"), client.pwd())
        print(client.nlst(), client.size("b.bin"))
        client.retrlines("RETR a.txt", lambda line: print("line:", line))
        whole = io.BytesIO()
        print(client.retrbinary("RETR b.bin", whole.write), whole.getvalue() == FILES["b.bin"])
        print(client.storbinary("STOR c.bin", io.BytesIO(b"c" * 5000)), len(FILES["c.bin"]))
        try:
            client.retrbinary("RETR absent", print)
        except ftplib.error_perm as error:
            print(error)
        print(client.quit())
    server.shutdown()
