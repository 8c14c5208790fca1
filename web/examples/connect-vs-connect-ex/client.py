# Two ways to learn that nobody listens.
import errno
import socket

HOST = "127.0.0.1"

# connect raises an exception.
client = socket.socket()
try:
    client.connect((HOST, 9))
    print("port 9 is open")
except OSError as error:
    name = type(error).__name__
    print("connect raised", name, "-", error)
finally:
    client.close()

# connect_ex returns a number, and 0 is success.
# That suits a loop over many ports.
for port in range(9090, 9095):
    with socket.socket() as client:
        code = client.connect_ex((HOST, port))
    if code == 0:
        print(port, "open")
    else:
        print(port, errno.errorcode.get(code, code))
