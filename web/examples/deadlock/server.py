# Polite: lets the client speak first.
import socket

ADDRESS = ("127.0.0.1", 9065)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()
    with connection:
        # Without a timeout this would be for ever.
        connection.settimeout(3)
        try:
            question = connection.recv(100)
            connection.sendall(b"answer to " + question)
        except TimeoutError:
            print("the client said nothing")
