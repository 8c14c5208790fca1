# Five clients at once, each in a thread.
import socket
import threading
import time

SERVER = ("127.0.0.1", 9002)
CLIENTS = 5

all_connected = threading.Barrier(CLIENTS)


def talk(number):
    client = socket.create_connection(SERVER)
    with client:
        # All five hold a connection at once.
        all_connected.wait()
        for word in ["hello", "again"]:
            text = f"{word} from {number}"
            client.sendall(text.encode())
            answer = client.recv(1024).decode()
            # The line and its end in one piece, so
            # that another thread's cannot come between.
            print(f"{number}: {answer}\n", end="")
            time.sleep(0.1)


threads = []
for number in range(1, CLIENTS + 1):
    thread = threading.Thread(
        target=talk, args=(number,))
    thread.start()
    threads.append(thread)
for thread in threads:
    thread.join()
print("all five have finished")
