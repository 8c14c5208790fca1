# A mail server for one letter.
import socket

ADDRESS = ("127.0.0.1", 9025)

with socket.create_server(ADDRESS) as server:
    connection, _ = server.accept()

lines = connection.makefile("r", newline="\r\n")


def say(text):
    connection.sendall(f"{text}\r\n".encode())


say("220 sockpit.example ready")
for line in lines:
    line = line.strip()
    verb = line.split()[0].upper()
    if verb == "HELO":
        say("250 hello")
    elif verb in ("MAIL", "RCPT"):
        print(line)
        say("250 ok")
    elif verb == "DATA":
        say("354 go ahead, end with a dot")
        mail = list(iter(lambda: next(lines).strip(), "."))
        print("\n".join(mail))
        say("250 taken")
    elif verb == "QUIT":
        say("221 bye")
        break
    else:
        say("500 what?")
lines.close()
connection.close()
