# A little calculator: one line, one answer.
import socket

ADDRESS = ("127.0.0.1", 9011)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()

with connection:
    questions = connection.makefile("r")
    answers = connection.makefile("w")
    for line in questions:
        numbers = [int(n) for n in line.split()]
        print("add", numbers)
        answers.write(f"{sum(numbers)}\n")
    answers.flush()  # until now they were in a buffer
