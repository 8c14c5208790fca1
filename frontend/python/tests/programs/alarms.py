"""Signals that arrive while the program waits: alarms, timers, and those that threads send."""
import os
import signal
import socket
import threading
import time


class Alarm(Exception):
    pass


def ring(number, frame):
    raise Alarm(signal.Signals(number).name)


signal.signal(signal.SIGALRM, ring)
left, right = socket.socketpair()
listener = socket.create_server(("127.0.0.1", 0))
for what in (lambda: left.recv(1), listener.accept, lambda: time.sleep(60), threading.Event().wait, lambda: [None for _ in iter(int, 1)], signal.pause):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        what()
    except Alarm as alarm:
        print(alarm)
print(signal.alarm(100), 99 <= signal.alarm(0) <= 100, signal.alarm(0), signal.getitimer(signal.ITIMER_REAL))

# A handler that returns: the call goes on, with what is left of its timeout.
count = []
signal.signal(signal.SIGALRM, lambda number, frame: count.append(number))
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
begun = time.monotonic()
time.sleep(0.15)
left.settimeout(0.15)
try:
    left.recv(1)
except TimeoutError:
    print(time.monotonic() - begun > 0.29)
while len(count) < 4:
    time.sleep(0.02)
signal.setitimer(signal.ITIMER_REAL, 0)

# Another thread sends one: the main thread's call ends.
signal.signal(signal.SIGUSR1, ring)
left.settimeout(None)
for send in (lambda: os.kill(os.getpid(), signal.SIGUSR1), lambda: signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)):
    thread = threading.Timer(0.05, send)
    try:
        thread.start()
        left.recv(1)
    except Alarm as alarm:
        print(alarm)
    thread.join()
# A byte wakes a loop that waits for sockets.
wake, waker = socket.socketpair()
waker.setblocking(False)
signal.set_wakeup_fd(waker.fileno())
signal.signal(signal.SIGALRM, lambda number, frame: None)
signal.setitimer(signal.ITIMER_REAL, 0.05)
print(wake.recv(10))
signal.set_wakeup_fd(-1)
signal.signal(signal.SIGALRM, signal.SIG_DFL)
print("and now for the default", flush=True)
signal.setitimer(signal.ITIMER_REAL, 0.05)
left.recv(1)
