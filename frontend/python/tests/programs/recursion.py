"""Recursion: to the limit and beyond it, in the main thread, in threads and in what they call."""
import socket
import sys
import threading


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def endless(n=0):
    return endless(n + 1)


class Chain:
    def __getattr__(self, name):
        return getattr(self, name)

    def __repr__(self):
        return repr(self)

    def __eq__(self, other):
        return self == other

    def __lt__(self, other):
        return sorted([self, other])


def attempt(name, call):
    try:
        call()
        print(name, "returned")
    except RecursionError as error:
        print(name, type(error).__name__)


def all_kinds(where):
    print(where, deep(100))
    attempt("a function", endless)
    attempt("an attribute", lambda: Chain().name)
    attempt("a repr", lambda: repr(Chain()))
    attempt("a comparison", lambda: Chain() == Chain())
    attempt("a sort", lambda: sorted([Chain(), Chain()]))
    print("and on it goes", deep(50))


all_kinds("main")
thread = threading.Thread(target=all_kinds, args=("thread",))
thread.start()
thread.join()


# The depth that a program with sockets reaches by itself, in a thread: a handler in a handler.
def relay(depth):
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"%d" % depth)
        data = right.recv(10)
        return data if depth == 0 else relay(depth - 1)


results = []
thread = threading.Thread(target=lambda: results.append(relay(60)))
thread.start()
thread.join()
print(results, deep(500), sys.getrecursionlimit() >= 900)
