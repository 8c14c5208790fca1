# One thread per connection.
import socket
import threading

ADDRESS = ("127.0.0.1", 9002)
CLIENTS = 5


def serve(connection, peer):
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data.upper())


threads = []
with socket.create_server(ADDRESS) as server:
    print("listening on", server.getsockname())
    for number in range(CLIENTS):
        thread = threading.Thread(
            target=serve, args=server.accept())
        thread.start()
        threads.append(thread)
    print(CLIENTS, "clients, each with a thread")

for thread in threads:
    thread.join()
print("all have finished")
