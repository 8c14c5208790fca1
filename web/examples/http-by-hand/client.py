# Reads the headers first, then exactly the body.
import socket

SERVER = ("127.0.0.1", 9082)


def get(connection, lines, path):
    request = (f"GET {path} HTTP/1.1\r\n"
               "Host: 127.0.0.1:9082\r\n\r\n")
    connection.sendall(request.encode())
    status = lines.readline().decode().strip()
    headers = {}
    while line := lines.readline().decode().strip():
        name, value = line.split(": ", 1)
        headers[name.lower()] = value
    body = lines.read(int(headers["content-length"]))
    return status, body.decode()


with socket.create_connection(SERVER) as connection:
    with connection.makefile("rb") as lines:
        for path in ["/", "/about", "/nowhere"]:
            status, body = get(connection, lines, path)
            print(status, "|", body)
