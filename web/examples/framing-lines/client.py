# Four questions at once, then the answers.
import socket

SERVER = ("127.0.0.1", 9011)
QUESTIONS = b"1 2\n10 20 30\n5\n99 1\n"

with socket.create_connection(SERVER) as client:
    client.sendall(QUESTIONS)
    client.shutdown(socket.SHUT_WR)  # no more questions
    with client.makefile("r") as answers:
        for answer in answers:
            print("answer", answer.strip())
