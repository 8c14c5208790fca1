"""select.select: what it takes, what it returns, and what each event does to it."""
import select
import socket
import threading
import time


class Wrapped:
    def __init__(self, end):
        self.end = end

    def fileno(self):
        return self.end.fileno()


a, b = socket.socketpair()
print(select.select([a], [], [], 0), select.select([a], [], [], 0.0), select.select((), (), (), 0))
wrapped = Wrapped(a)
b.send(b"x")
for lists in (([a], [], []), ([a.fileno()], [], []), ([wrapped], [], []), ({a}, {b: 1}, ()), ([a, a], [], [])):
    readable, writable, failed = select.select(*lists, 10)
    print(len(readable), len(writable), len(failed), type(readable).__name__, readable[:1] == list(lists[0])[:1])
a.recv(1)
begun = time.monotonic()
print(select.select([a], [], [a], 0.1), 0.09 < time.monotonic() - begun < 5)

# A socket that another thread feeds while we wait; one that it shuts down; one that it closes.
for event in (lambda: b.send(b"y"), lambda: b.shutdown(socket.SHUT_WR), b.close):
    timer = threading.Timer(0.02, event)
    timer.start()
    readable, _, _ = select.select([a], [], [], 10)
    timer.join()
    print(readable == [a], a.recv(10) if readable else None)
print([len(part) for part in select.select([a], [a], [a], 0)])
a.close()

# Connecting, refused and made; accepting; urgent data.
listener = socket.create_server(("127.0.0.1", 0))
client = socket.socket()
client.setblocking(False)
client.connect_ex(listener.getsockname())
print(select.select([], [client], [], 10)[1] == [client], select.select([listener], [], [], 10)[0] == [listener])
connection, _ = listener.accept()
print(select.select([listener], [], [], 0), select.select([connection], [connection], [], 0)[1] == [connection])
client.send(b"!", socket.MSG_OOB)
print(select.select([], [], [connection], 10)[2] == [connection], connection.recv(1, socket.MSG_OOB))
nobody = socket.create_server(("127.0.0.1", 0))
address = nobody.getsockname()
nobody.close()
refused = socket.socket()
refused.setblocking(False)
refused.connect_ex(address)
readable, writable, _ = select.select([refused], [refused], [], 10)
print(bool(readable), bool(writable), refused.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

# A full buffer is not writable, and is again when the other side has read.
connection.setblocking(False)
try:
    while True:
        connection.send(bytes(1 << 16))
except BlockingIOError:
    print(select.select([], [connection], [], 0)[1])
client.setblocking(True)
while not select.select([], [connection], [], 0)[1]:
    client.recv(1 << 20)
print("room again")
for end in (listener, client, connection, refused):
    end.close()

# Many at once, and which of them.
pairs = [socket.socketpair() for _ in range(100)]
for number in (3, 50, 99):
    pairs[number][1].send(b"!")
readable, writable, _ = select.select([near for near, _ in pairs], [far for _, far in pairs], [], 10)
print([number for number, (near, _) in enumerate(pairs) if near in readable], len(writable))
for pair in pairs:
    for end in pair:
        end.close()
