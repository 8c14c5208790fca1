"""What threads raise: told on the standard error, and not the program's end."""
import contextlib
import io
import socket
import sys
import threading

report = io.StringIO()


def fail():
    socket.socket().connect(("127.0.0.1", "no number"))


with contextlib.redirect_stderr(report):
    thread = threading.Thread(target=fail, name="worker")
    thread.start()
    thread.join()
lines = report.getvalue().splitlines()
print(lines[0], lines[-1])
seen = []
threading.excepthook = lambda args: seen.append((args.exc_type.__name__, args.thread.name))
thread = threading.Thread(target=fail, name="other")
thread.start()
thread.join()
print(seen, threading.__excepthook__ is not threading.excepthook)
threading.excepthook = threading.__excepthook__
sys.excepthook = lambda kind, error, trace: print("hooked:", kind.__name__, error)
{}["no such key"]
