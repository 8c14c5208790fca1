# A web server by hand: it answers one request
# and ends.
import socket

LINE = b"<p>Sent by Python in a tab.</p>\n"
PAGE = b"<h1>It works</h1>\n" + LINE * 5

server = socket.socket(
    socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(
    socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 9080))
server.listen()
print("listening on http://127.0.0.1:9080/")

connection, peer = server.accept()
request = b""
# A request ends with an empty line.
while b"\r\n\r\n" not in request:
    data = connection.recv(1024)
    if not data:
        break
    request += data

line = request.decode().split("\r\n")[0]
print("request:", line)
status, body = "200 OK", PAGE
if not line.startswith("GET / "):
    status, body = "404 Not Found", b"Not found\n"

head = (f"HTTP/1.0 {status}\r\n"
        "Content-Type: text/html\r\n"
        f"Content-Length: {len(body)}\r\n\r\n")
connection.sendall(head.encode() + body)
connection.close()
server.close()
print("answered:", status)
