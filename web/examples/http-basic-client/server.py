# A web server by hand: it answers one request and ends.
import socket

PAGE = b"<h1>It works</h1>\n" + b"<p>Sent by a Python program in a browser tab.</p>\n" * 4

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 9080))
server.listen()
print("listening on http://127.0.0.1:9080/")

connection, peer = server.accept()
request = b""
while b"\r\n\r\n" not in request:      # a request ends with an empty line
    data = connection.recv(1024)
    if not data:
        break
    request += data

line = request.decode().split("\r\n")[0]
print("request:", line)
found = line.startswith("GET / ")
body = PAGE if found else b"Not found\n"

head = "HTTP/1.0 200 OK\r\n" if found else "HTTP/1.0 404 Not Found\r\n"
head += "Content-Type: text/html\r\n"
head += f"Content-Length: {len(body)}\r\n\r\n"
connection.sendall(head.encode() + body)
connection.close()
server.close()
print("answered with", len(body), "bytes, done")
