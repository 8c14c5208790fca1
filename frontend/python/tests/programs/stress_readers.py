"""Two readers of one socket, two writers, datagrams among threads, and a lock round each message."""
import collections
import socket
import struct
import threading

# Datagrams: each goes to exactly one of four readers, whole.
receiver = socket.socket(type=socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
taken, lock = [], threading.Lock()


def read():
    while (data := receiver.recv(100)) != b"end":
        with lock:
            taken.append(data)


readers = [threading.Thread(target=read) for _ in range(4)]
for thread in readers:
    thread.start()
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    for number in range(100):
        sender.sendto(b"datagram %d" % number, receiver.getsockname())
    for _ in readers:
        sender.sendto(b"end", receiver.getsockname())
for thread in readers:
    thread.join()
print(len(taken), len(set(taken)))
receiver.close()

# Small sends of several threads on one stream are not torn apart.
left, right = socket.socketpair()


def write(letter):
    for _ in range(50):
        left.sendall(letter * 10)


writers = [threading.Thread(target=write, args=(letter,)) for letter in (b"a", b"b", b"c", b"d")]
for thread in writers:
    thread.start()
got = b""
while len(got) < 2000:
    got += right.recv(2000 - len(got))
for thread in writers:
    thread.join()
runs = [got[at:at + 10] for at in range(0, 2000, 10)]
print(collections.Counter(runs) == {letter * 10: 50 for letter in (b"a", b"b", b"c", b"d")})

# Framed messages, with a lock for each direction; answers find whoever asked.
def serve():
    while head := right.recv(8, socket.MSG_WAITALL):
        number, size = struct.unpack("!II", head)
        body = right.recv(size, socket.MSG_WAITALL)
        right.sendall(struct.pack("!II", number, size) + body[::-1])


waiting, sending = {}, threading.Lock()


def listen():
    while head := left.recv(8, socket.MSG_WAITALL):
        number, size = struct.unpack("!II", head)
        waiting[number][1].append(left.recv(size, socket.MSG_WAITALL))
        waiting[number][0].set()


def ask(number, results):
    body = bytes([number]) * (number * 37 + 1) + b"!"
    waiting[number] = (threading.Event(), [])
    with sending:
        left.sendall(struct.pack("!II", number, len(body)) + body)
    waiting[number][0].wait(30)
    results.append(waiting[number][1] == [body[::-1]])


serving = [threading.Thread(target=serve), threading.Thread(target=listen)]
for thread in serving:
    thread.start()
results = []
asking = [threading.Thread(target=ask, args=(number, results)) for number in range(16)]
for thread in asking:
    thread.start()
for thread in asking:
    thread.join()
left.shutdown(socket.SHUT_RDWR)
for thread in serving:
    thread.join()
print(len(results), all(results))
left.close()
right.close()
