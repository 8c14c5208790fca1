# Keeps the connection open until the client leaves.
import socket

ADDRESS = ("127.0.0.1", 9082)
PAGES = {"/": "Welcome", "/about": "About sockets"}

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as lines:
        while request := lines.readline():
            while lines.readline().strip():
                pass  # headers, up to the empty line
            method, path, version = request.decode().split()
            print(method, path)
            status = "200 OK"
            if path not in PAGES:
                status = "404 Not Found"
            body = PAGES.get(path, "Nothing here").encode()
            head = (f"HTTP/1.1 {status}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n")
            connection.sendall(head.encode() + body)
