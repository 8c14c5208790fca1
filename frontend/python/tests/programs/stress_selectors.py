"""Many threads and selectors: one loop for all, a loop a thread, and a loop woken from outside."""
import selectors
import socket
import threading

# Twenty clients in threads, one loop that serves them.
loop = selectors.DefaultSelector()
listener = socket.create_server(("127.0.0.1", 0), backlog=64)
listener.setblocking(False)
loop.register(listener, selectors.EVENT_READ)
answers, lock = [], threading.Lock()


def client(number):
    with socket.create_connection(listener.getsockname(), timeout=30) as end:
        for turn in range(5):
            end.sendall(b"%d.%d\n" % (number, turn))
            answer = end.recv(100)
            with lock:
                answers.append(answer)


threads = [threading.Thread(target=client, args=(number,)) for number in range(20)]
for thread in threads:
    thread.start()
open_connections, ended = 0, 0
while ended < 20:
    for key, _ in loop.select(30):
        if key.fileobj is listener:
            connection, _ = listener.accept()
            connection.setblocking(False)
            loop.register(connection, selectors.EVENT_READ)
            open_connections += 1
        elif data := key.fileobj.recv(100):
            key.fileobj.sendall(data.upper())
        else:
            loop.unregister(key.fileobj)
            key.fileobj.close()
            ended += 1
for thread in threads:
    thread.join()
print(len(answers), len(set(answers)), open_connections, len(loop.get_map()))
loop.close()
listener.close()


# Eight threads, each with a selector of its own kind, and each fed by another thread.
def own_loop(kind, end, got):
    with kind() as selector:
        selector.register(end, selectors.EVENT_READ)
        while True:
            if selector.select(30):
                data = end.recv(100)
                if not data:
                    return
                got.extend(data)


kinds = [selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector, selectors.DefaultSelector] * 2
pairs = [socket.socketpair() for _ in kinds]
gathered = [bytearray() for _ in kinds]
threads = [threading.Thread(target=own_loop, args=(kind, near, got)) for kind, (near, _), got in zip(kinds, pairs, gathered)]
for thread in threads:
    thread.start()
for turn in range(20):
    for _, far in pairs:
        far.send(b"%d " % turn)
for _, far in pairs:
    far.shutdown(socket.SHUT_WR)
for thread in threads:
    thread.join()
print({bytes(got).decode() for got in gathered} == {"".join(f"{turn} " for turn in range(20))})
for pair in pairs:
    for end in pair:
        end.close()

# A loop without a timeout, woken by a socket of its own, and told what to watch by other threads.
selector = selectors.DefaultSelector()
wake, waker = socket.socketpair()
selector.register(wake, selectors.EVENT_READ, "wake")
commands, heard = [], []


def run():
    while True:
        for key, _ in selector.select():
            if key.data == "wake":
                wake.recv(100)
                while commands:
                    command = commands.pop(0)
                    if command is None:
                        return
                    selector.register(command, selectors.EVENT_READ, "told")
            else:
                heard.append(key.fileobj.recv(100))
                selector.unregister(key.fileobj)
                if len(heard) == 10:
                    commands.append(None)
                    waker.send(b"!")


thread = threading.Thread(target=run)
thread.start()
pairs = [socket.socketpair() for _ in range(10)]


def tell(number):
    near, far = pairs[number]
    commands.append(near)
    waker.send(b"!")
    far.send(b"%d" % number)


threads = [threading.Thread(target=tell, args=(number,)) for number in range(10)]
for other in threads:
    other.start()
for other in threads:
    other.join()
thread.join()
print(sorted(map(int, heard)), len(selector.get_map()))
selector.close()
for pair in [*pairs, (wake, waker)]:
    for end in pair:
        end.close()
