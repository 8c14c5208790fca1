"""epoll: levels, edges, one-shots, hang-ups, and threads that wait on one set."""
import select
import selectors
import socket
import threading

print(selectors.DefaultSelector is selectors.EpollSelector)
names = {getattr(select, name): name for name in dir(select) if name in (
    "EPOLLIN", "EPOLLOUT", "EPOLLRDHUP", "EPOLLHUP", "EPOLLERR")}


def show(events):
    return [" ".join(name for bit, name in sorted(names.items()) if event & bit)
            for _, event in events]


a, b = socket.socketpair()
with select.epoll() as epoll:
    epoll.register(a, select.EPOLLIN | select.EPOLLRDHUP)
    print(epoll.poll(0), epoll.poll(0.01))
    b.send(b"x")
    print(show(epoll.poll()), show(epoll.poll()))
    epoll.modify(a, select.EPOLLIN | select.EPOLLET)
    print(show(epoll.poll()), show(epoll.poll(0)))
    b.send(b"y")
    print(show(epoll.poll()))
    epoll.modify(a, select.EPOLLOUT | select.EPOLLONESHOT)
    print(show(epoll.poll()), show(epoll.poll(0)))
    epoll.modify(a, select.EPOLLIN | select.EPOLLRDHUP)
    a.recv(10)
    b.shutdown(socket.SHUT_WR)
    print(show(epoll.poll()))
    b.close()
    print(show(epoll.poll()))
    try:
        epoll.register(a)
    except FileExistsError as error:
        print(error)
    epoll.unregister(a)
    try:
        epoll.unregister(a)
    except FileNotFoundError as error:
        print(error)
    print(epoll.poll(0), epoll.closed, epoll.fileno() > 2)
print(epoll.closed)
try:
    epoll.poll()
except ValueError as error:
    print(error)
a.close()

# Many sockets, one set: what is ready is told, and nothing else.
with select.epoll() as epoll:
    pairs = [socket.socketpair() for _ in range(50)]
    by_fd = {}
    for number, (near, far) in enumerate(pairs):
        epoll.register(near.fileno(), select.EPOLLIN)
        by_fd[near.fileno()] = number
    for number in (7, 31, 49):
        pairs[number][1].send(b"!")
    print(sorted(by_fd[fd] for fd, _ in epoll.poll(maxevents=10)))
    print(len(epoll.poll(maxevents=2)))
    pairs[7][0].close()
    print(sorted(by_fd[fd] for fd, _ in epoll.poll()))
    for pair in pairs:
        for end in pair:
            end.close()
    print(epoll.poll(0))

# A set that changes while a thread waits on it.
with select.epoll() as epoll:
    near, far = socket.socketpair()
    found = []
    waiting = threading.Thread(target=lambda: found.extend(show(epoll.poll(10))))
    waiting.start()
    epoll.register(near, select.EPOLLIN)
    far.send(b"late")
    waiting.join()
    print(found)
    near.close()
    far.close()
