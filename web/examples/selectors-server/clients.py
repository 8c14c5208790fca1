# Three clients in threads of their own.
import socket
from concurrent.futures import ThreadPoolExecutor

SERVER = ("127.0.0.1", 9042)


def ask(word):
    with socket.create_connection(SERVER) as client:
        client.sendall(word.encode())
        return client.recv(100).decode()


words = ["stressed", "live", "drawer"]
with ThreadPoolExecutor() as pool:
    for word, answer in zip(words, pool.map(ask, words)):
        print(word, "->", answer)
