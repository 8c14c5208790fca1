"""select.poll: events, timeouts in milliseconds, what is registered twice or not at all."""
import contextlib
import select
import socket
import threading
import time

NAMES = {getattr(select, name): name for name in ("POLLIN", "POLLPRI", "POLLOUT", "POLLERR", "POLLHUP", "POLLNVAL", "POLLRDHUP")}


def show(pairs):
    return [" ".join(name for bit, name in sorted(NAMES.items()) if event & bit) for _, event in pairs]


print(sorted(NAMES.items()), select.PIPE_BUF)
a, b = socket.socketpair()
poll = select.poll()
print(poll.poll(0), poll.poll(10))
poll.register(a)
print(show(poll.poll()))
poll.register(a, select.POLLIN)
begun = time.monotonic()
print(poll.poll(0), poll.poll(50), time.monotonic() - begun > 0.04)
b.send(b"x")
for timeout in (None, -1, 1000, 1000.5, 0):
    print(show(poll.poll(timeout)), end=" ")
print([(fd == a.fileno()) for fd, _ in poll.poll()])
poll.modify(a, select.POLLOUT)
print(show(poll.poll()))
poll.modify(a, 0)
print(poll.poll(0))
poll.modify(a, select.POLLIN | select.POLLRDHUP)
b.shutdown(socket.SHUT_WR)
print(show(poll.poll()))
b.close()
print(show(poll.poll()))
poll.modify(a, 0)
print(show(poll.poll()))
poll.unregister(a)
a.close()

poll = select.poll()
poll.register(777, select.POLLIN)
print(show(poll.poll()))
for call in (lambda: poll.unregister(778), lambda: poll.modify(778, 1)):
    try:
        call()
    except (KeyError, OSError) as error:
        print(type(error).__name__, error)

# A refused connection, and a listener with somebody waiting.
nobody = socket.create_server(("127.0.0.1", 0))
address = nobody.getsockname()
nobody.close()
client = socket.socket()
client.setblocking(False)
client.connect_ex(address)
poll = select.poll()
poll.register(client, select.POLLOUT)
print(show(poll.poll(10_000)))
client.close()
with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
    poll = select.poll()
    poll.register(listener, select.POLLIN | select.POLLOUT)
    print(show(poll.poll(10_000)))

# One poll object is for one thread at a time.
a, b = socket.socketpair()
poll = select.poll()
poll.register(a, select.POLLIN)
found = []


def wait():
    while not found:
        # Whoever is second is refused.
        with contextlib.suppress(RuntimeError):
            found.extend(poll.poll(20_000))


thread = threading.Thread(target=wait)
thread.start()
refused = None
while not refused:
    try:
        poll.poll(0)
    except RuntimeError as error:
        refused = str(error)
print(refused)
b.send(b"!")
thread.join()
print(show(found))
a.close()
b.close()
