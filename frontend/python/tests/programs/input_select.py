"""The standard input among sockets: what every textbook's chat client does."""
import select
import socket
import sys
import threading

listener = socket.create_server(("127.0.0.1", 0))


def shout():
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"welcome\n")
        for line in lines:
            connection.sendall(line.upper())


def chat(wait):
    """Waits for both, but for no line before the one before it has come back."""
    thread = threading.Thread(target=shout)
    thread.start()
    with socket.create_connection(listener.getsockname()) as server:
        watched = [server]
        lines = 0
        while server in watched:
            for ready in wait(watched):
                if ready is server:
                    data = server.recv(1000)
                    print("heard", data)
                    watched = [sys.stdin, server] if data else []
                else:
                    line = sys.stdin.readline()
                    print("typed", repr(line))
                    watched = [server]
                    lines += 1
                    if not line or lines == 3:
                        server.shutdown(socket.SHUT_WR)
                    else:
                        server.sendall(line.encode())
    thread.join()


def with_select(watched):
    return select.select(watched, [], [], 60)[0]


def with_poll(watched):
    poll = select.poll()
    for file in watched:
        poll.register(file, select.POLLIN)
    by_number = {file.fileno(): file for file in watched}
    events = poll.poll(60000)
    assert all(event & select.POLLIN for _, event in events), events
    return [by_number[number] for number, _ in events]


chat(with_select)
chat(with_poll)
print(select.select([sys.stdin], [], []) == ([sys.stdin], [], []), repr(sys.stdin.readline()))
