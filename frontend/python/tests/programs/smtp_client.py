"""smtplib against a server of a few lines: a message, a refusal, a password."""
import base64
import email.message
import smtplib
import socketserver
import threading

accepted = []


class Handler(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        self.say("220 test ESMTP")
        for line in self.rfile:
            verb, _, rest = line.decode().strip().partition(" ")
            match verb.upper():
                case "EHLO":
                    self.say("250-test")
                    self.say("250-SIZE 1000")
                    self.say("250 AUTH PLAIN")
                case "AUTH":
                    user = base64.b64decode(rest.split()[1])
                    self.say("235 welcome" if user == b"\0me\0secret" else "535 who are you")
                case "RCPT" if "nobody" in rest:
                    self.say("550 no such user")
                case "DATA":
                    self.say("354 go on")
                    text = b""
                    while (line := self.rfile.readline()) != b".\r\n":
                        text += line.removeprefix(b".") if line.startswith(b"..") else line
                    accepted.append(text)
                    self.say("250 taken")
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 fine")


with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
    threading.Thread(target=server.serve_forever, args=(0.02,)).start()
    message = email.message.EmailMessage()
    message["Subject"], message["From"], message["To"] = "Greetings", "a@test", "b@test, c@test"
    message.set_content("Hello,\n.a line with a dot\n")
    with smtplib.SMTP(*server.server_address, local_hostname="here", timeout=10) as client:
        print(client.ehlo()[0], client.has_extn("size"), client.esmtp_features["auth"])
        print(client.login("me", "secret"))
        print(client.send_message(message))
        print(client.sendmail("a@test", ["b@test", "nobody@test"], "short"))
        try:
            client.sendmail("a@test", ["nobody@test"], "short")
        except smtplib.SMTPRecipientsRefused as error:
            print(error.recipients)
        try:
            client.login("you", "secret")
        except smtplib.SMTPAuthenticationError as error:
            print(error.smtp_code, error.smtp_error)
    server.shutdown()
for text in accepted:
    print(text.decode().splitlines())
