# Three threads, each with sums of its own.
import socket
from concurrent.futures import ThreadPoolExecutor

SERVER = ("127.0.0.1", 9051)


def ask(a):
    answers = []
    with socket.create_connection(SERVER) as client:
        with client.makefile("rw", buffering=1) as lines:
            for b in [10, 11]:
                lines.write(f"{a} {b}\n")
                answer = lines.readline().strip()
                answers.append(f"{a} x {b} = {answer}")
    return answers


with ThreadPoolExecutor() as pool:
    for answers in pool.map(ask, [2, 3, 4]):
        print(", ".join(answers))
