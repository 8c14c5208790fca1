# Tries again until somebody listens.
import socket
import threading
import time

SERVER = ("127.0.0.1", 9062)


def open_later():
    time.sleep(0.5)
    with socket.create_server(SERVER) as server:
        connection, _ = server.accept()
        connection.sendall(b"here I am")
        connection.close()


threading.Thread(target=open_later).start()

pause = 0.1
for attempt in range(1, 9):
    try:
        client = socket.create_connection(SERVER)
        break
    except ConnectionRefusedError:
        if attempt == 1:
            print("refused: nobody listens yet")
        time.sleep(pause)
        pause *= 2  # do not hammer

with client:
    print("connected:", client.recv(100).decode())
