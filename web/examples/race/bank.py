# 100 in the account, and 200 are paid out.
import socket
import threading
import time

ADDRESS = ("127.0.0.1", 9066)

balance = 100
lock = threading.Lock()  # made, and not used


def take(amount):
    global balance
    if balance >= amount:
        time.sleep(0.3)  # count the notes
        balance -= amount
        return True
    return False


def serve(connection):
    with connection:
        amount = int(connection.recv(100))
        paid = take(amount)
        connection.sendall(b"paid" if paid else b"no")


threads = []
with socket.create_server(ADDRESS) as server:
    for _ in range(2):
        connection, _ = server.accept()
        thread = threading.Thread(
            target=serve, args=(connection,))
        thread.start()
        threads.append(thread)
for thread in threads:
    thread.join()
print("balance", balance)
