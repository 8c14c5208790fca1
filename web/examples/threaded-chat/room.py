# Passes on what a guest says to all the others.
import socket
import threading

ADDRESS = ("127.0.0.1", 9050)
GUESTS = 3

guests = {}
lock = threading.Lock()


def tell(text, but=None):
    # One at a time, so that all hear everything in one order.
    with lock:
        for name, connection in guests.items():
            if name != but:
                connection.sendall(f"{text}\n".encode())


def listen_to(name, lines):
    for line in lines:
        tell(f"{name}: {line.strip()}", but=name)
    with lock:
        guests.pop(name).close()


threads = []
with socket.create_server(ADDRESS) as server:
    while len(guests) < GUESTS:
        connection, _ = server.accept()
        lines = connection.makefile("r")
        name = next(lines).strip()
        print(name, "came in")
        with lock:
            guests[name] = connection
        thread = threading.Thread(
            target=listen_to, args=(name, lines))
        threads.append(thread)

tell("everybody is here")
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("the room is empty")
