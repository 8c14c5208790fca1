"""signal: handlers, the default, what is ignored, held back or raised, and who may set it."""
import os
import signal
import threading

got = []


def handler(number, frame):
    got.append((signal.Signals(number).name, frame.f_code.co_name))


def raise_it(number):
    signal.raise_signal(number)


# Whoever starts a program may have it ignored: a shell does for what runs in its background.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
print(signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGPIPE))
print(signal.signal(signal.SIGUSR1, handler), signal.getsignal(signal.SIGUSR1) is handler)
raise_it(signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), 0)
print(got)
print(signal.signal(signal.SIGUSR1, signal.SIG_IGN) is handler)
raise_it(signal.SIGUSR1)
print(len(got), signal.getsignal(signal.SIGUSR1))
try:
    raise_it(signal.SIGINT)
except KeyboardInterrupt as error:
    print("KeyboardInterrupt", error.args)
finally:
    print("finally")
signal.signal(signal.SIGINT, handler)
raise_it(signal.SIGINT)
print(got[-1])


def fail(number, frame):
    raise TimeoutError(f"signal {number}")


signal.signal(signal.SIGTERM, fail)
try:
    raise_it(signal.SIGTERM)
except TimeoutError as error:
    print(error)
raise_it(signal.SIGCHLD)
raise_it(signal.SIGURG)
for call in (lambda: signal.signal(signal.SIGKILL, handler), lambda: signal.signal(signal.SIGSTOP, signal.SIG_IGN), lambda: signal.signal(99, handler),
             lambda: signal.signal(signal.SIGTERM, 17), lambda: signal.getsignal(0), lambda: signal.raise_signal(99) if False else signal.getsignal(65), lambda: os.kill(99_999_999, 0)):
    try:
        print(call())
    except (OSError, ValueError, TypeError) as error:
        print(f"{type(error).__name__}: {error}")


def elsewhere():
    try:
        signal.signal(signal.SIGTERM, handler)
    except ValueError as error:
        print(str(error).split(" of ")[0])


thread = threading.Thread(target=elsewhere)
thread.start()
thread.join()
print(signal.SIGINT, repr(signal.SIGALRM), signal.Signals["SIGHUP"].value, signal.SIG_DFL, signal.NSIG)
print([signal.strsignal(number) for number in (1, 2, 9, 11, 13, 14, 15, 17)], len(signal.valid_signals()), signal.SIGINT in signal.valid_signals())
print(signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2]), signal.pthread_sigmask(signal.SIG_BLOCK, []))
signal.signal(signal.SIGUSR2, handler)
print(signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGUSR2]), signal.set_wakeup_fd(-1))
