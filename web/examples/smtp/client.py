# Says the verbs, and reads a number after each.
import socket

SERVER = ("127.0.0.1", 9025)
MAIL = """Subject: By hand\r
\r
Written on a socket.\r
.\r
"""

with socket.create_connection(SERVER) as client:
    lines = client.makefile("r", newline="\r\n")

    def expect(number):
        answer = lines.readline().strip()
        print("<", answer)
        assert answer.startswith(str(number))

    def say(text, number):
        print(">", text)
        client.sendall(f"{text}\r\n".encode())
        expect(number)

    expect(220)
    say("HELO tab.example", 250)
    say("MAIL FROM:<ann@tab.example>", 250)
    say("RCPT TO:<bob@sockpit.example>", 250)
    say("DATA", 354)
    client.sendall(MAIL.encode())
    expect(250)
    say("QUIT", 221)
    lines.close()
