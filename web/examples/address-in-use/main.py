# The port is taken: by whom, and for how long?
import socket

ADDRESS = ("127.0.0.1", 9061)


def try_to_bind(why, reuse):
    s = socket.socket()
    s.setsockopt(
        socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    try:
        s.bind(ADDRESS)
        print(why, "- bound")
    except OSError as error:
        print(why, "-", error.strerror)
    finally:
        s.close()


server = socket.create_server(ADDRESS)
try_to_bind("somebody listens", reuse=False)

# A connection that the server's side ends first
# leaves the port in TIME_WAIT.
client = socket.create_connection(ADDRESS)
connection, _ = server.accept()
connection.close()
client.recv(1)
client.close()
server.close()

try_to_bind("a connection has just ended", reuse=False)
try_to_bind("the same, with SO_REUSEADDR", reuse=True)
