"""os.pipe in a loop that waits for sockets: the pipe to oneself that wakes select."""
import os
import select
import selectors
import socket
import threading

reader, writer = os.pipe()
left, right = socket.socketpair()
print(select.select([reader, left], [], [], 0)[0], select.select([], [writer], [], 0)[1] == [writer])
timer = threading.Timer(0.03, os.write, (writer, b"!"))
timer.start()
print(select.select([left, reader], [], [], 10)[0] == [reader], os.read(reader, 10))
timer.join()
left.close()
right.close()
os.set_blocking(reader, False)
try:
    os.read(reader, 1)
except BlockingIOError as error:
    print(error)
os.set_blocking(reader, True)
with selectors.DefaultSelector() as selector:
    selector.register(reader, selectors.EVENT_READ, "pipe")
    os.write(writer, b"x" * 3000)
    [(key, events)] = selector.select(10)
    print(key.data, events, len(os.read(reader, 10_000)))
    selector.unregister(reader)
poll = select.poll()
poll.register(reader, select.POLLIN)
os.close(writer)
print(poll.poll(1000)[0][1] & select.POLLHUP == select.POLLHUP, os.read(reader, 1))
os.close(reader)
for fd in (reader, writer):
    try:
        os.write(fd, b"x")
    except OSError as error:
        print(error)
reader, writer = os.pipe()
os.close(reader)
try:
    os.write(writer, b"nobody")
except BrokenPipeError as error:
    print(error)
os.close(writer)
reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
print(os.get_blocking(reader), os.get_inheritable(writer))
os.close(reader)
os.close(writer)
