"""Close and shutdown under calls that wait in other threads, again and again."""
import select
import socket
import threading


def waiting(call, *arguments):
    """Starts a call in a thread; returns how to hear what came of it."""
    outcome, begun = [], threading.Event()

    def run():
        begun.set()
        try:
            outcome.append(call(*arguments))
        except OSError as error:
            outcome.append(type(error).__name__ + " " + str(error.errno))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    begun.wait()

    def heard():
        thread.join(20)
        return outcome[0] if outcome else "still waiting"

    return heard


# Shutdown of either side wakes every reader of the socket.
for how in ("our own", "the peer's", "the peer's end"):
    a, b = socket.socketpair()
    readers = [waiting(a.recv, 10) for _ in range(8)]
    {"our own": lambda: a.shutdown(socket.SHUT_RD), "the peer's": lambda: b.shutdown(socket.SHUT_WR), "the peer's end": b.close}[how]()
    print(how, [heard() for heard in readers] == [b""] * 8)
    a.close()
    b.close()

# Shutdown wakes a writer that waits for room, and accept of many threads.
with socket.create_server(("127.0.0.1", 0)) as listener:
    a = socket.create_connection(listener.getsockname())
    b, _ = listener.accept()
writer = waiting(a.sendall, bytes(50_000_000))
select.select([b], [], [], 10)
a.shutdown(socket.SHUT_WR)
print(writer())
a.close()
b.close()
listener = socket.create_server(("127.0.0.1", 0))
acceptors = [waiting(listener.accept) for _ in range(8)]
listener.shutdown(socket.SHUT_RDWR)
print({heard() for heard in acceptors})
listener.close()

# Sockets that wait with a timeout, closed by another thread: no crash, and the numbers are free.
for _ in range(10):
    a, b = socket.socketpair()
    a.settimeout(0.05)
    reader = waiting(a.recv, 10)
    a.close()
    outcome = reader()
    if outcome not in ("TimeoutError None", "OSError 9"):
        print("unexpected", outcome)
    b.close()

# A connection attempt that nobody answers, closed under way.
for _ in range(5):
    full = socket.create_server(("127.0.0.1", 0), backlog=0)
    ends = [socket.socket() for _ in range(4)]
    for end in ends:
        end.setblocking(False)
        end.connect_ex(full.getsockname())
    for end in [*ends, full]:
        end.close()

# Many threads open, use and close sockets at once: every number is given up again.
errors = []


def churn(number):
    try:
        for turn in range(6):
            left, right = socket.socketpair()
            left.sendall(b"%d.%d" % (number, turn))
            if right.recv(20) != b"%d.%d" % (number, turn):
                errors.append((number, turn))
            left.close()
            right.close()
    except Exception as error:
        errors.append(repr(error))


before = socket.socket()
threads = [threading.Thread(target=churn, args=(number,)) for number in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
after = socket.socket()
print(errors, after.fileno() - before.fileno() < 16)
before.close()
after.close()
