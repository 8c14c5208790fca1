"""A threaded echo server and five clients at once."""
import socket
import threading

server = socket.create_server(("127.0.0.1", 0))
ready = threading.Barrier(5)
lines = []


def echo(connection):
    with connection, connection.makefile("rw", encoding="utf-8", newline="\n") as file:
        for line in file:
            file.write(f"echo {line}")
            file.flush()


def accept():
    for _ in range(5):
        connection, _ = server.accept()
        threading.Thread(target=echo, args=(connection,)).start()


def talk(number):
    with socket.create_connection(server.getsockname()) as client:
        ready.wait()
        with client.makefile("rwb") as file:
            for turn in range(3):
                file.write(b"%d.%d\n" % (number, turn))
                file.flush()
                lines.append(file.readline().decode().strip())


threads = [threading.Thread(target=accept)]
threads += [threading.Thread(target=talk, args=(n,)) for n in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
server.close()
print(len(lines))
print(sorted(lines))
