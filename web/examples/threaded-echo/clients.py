# Five clients at once, each in a thread.
import socket
import threading
import time

everyone_connected = threading.Barrier(5)


def talk(number):
    with socket.create_connection(("127.0.0.1", 9002)) as client:
        everyone_connected.wait()      # all five hold a connection at the same time
        for word in ["hello", "again"]:
            client.sendall(f"{word} from {number}".encode())
            print(f"client {number}: {client.recv(1024).decode()}")
            time.sleep(0.1)


threads = [threading.Thread(target=talk, args=(number,)) for number in range(1, 6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("all five have finished")
