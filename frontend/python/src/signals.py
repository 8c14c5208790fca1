"""Linux's signals. In the tab Stop sends SIGINT, and a program sends the others to itself."""

import posix
import sys
import time

NAMES = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP "
    "TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split()
_TEXTS = (
    "Hangup|Interrupt|Quit|Illegal instruction|Trace/breakpoint trap|Aborted|Bus error|"
    "Floating point exception|Killed|User defined signal 1|Segmentation fault|"
    "User defined signal 2|Broken pipe|Alarm clock|Terminated|Stack fault|Child exited|Continued|"
    "Stopped (signal)|Stopped|Stopped (tty input)|Stopped (tty output)|Urgent I/O condition|"
    "CPU time limit exceeded|File size limit exceeded|Virtual timer expired|"
    "Profiling timer expired|Window changed|I/O possible|Power failure|Bad system call"
).split("|")
_INT, _KILL, _ALRM, _STOP = 2, 9, 14, 19
_SIG_DFL, _SIG_IGN = 0, 1
_NSIG = 65
# Signals that do nothing where a program has no handler: CHLD, CONT, URG, WINCH.
_HARMLESS = (17, 18, 23, 28)

_handlers = dict.fromkeys(range(1, _NSIG), _SIG_DFL)
_blocked, _waiting = set(), []
_wakeup_fd = -1
_delivered = 0
_alarm_at, _alarm_every = None, 0.0
_main = None
_send = None


def deliver(signum):
    """Does what the program wants done at a signal; called in its main thread."""
    global _delivered
    if signum in _blocked:
        if signum not in _waiting:
            _waiting.append(signum)
        return
    if signum == _ALRM:
        _rang()
    _delivered += 1
    if _wakeup_fd >= 0:
        _wake(signum)
    handler = _handlers[signum]
    if callable(handler):
        handler(signum, _interrupted_frame())
    elif handler == _SIG_DFL and signum not in _HARMLESS:
        sys.stdout.flush()
        posix._exit(128 + signum)


def _interrupted_frame():
    """Returns the frame of the program, or of the library, in which the signal arrived."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__", "").startswith("_sockpit_"):
        frame = frame.f_back
    return frame


def send(signum):
    """Sends the program a signal: its handler is called at once, or soon in the main thread."""
    import _thread

    if _thread.get_ident() == _main:
        deliver(signum)
    else:
        _send(signum, 0)


def watch(tool, ask):
    """Has `ask` called at jumps and calls, and returns the events that stand for these."""
    monitoring = sys.monitoring
    events = monitoring.events.JUMP | monitoring.events.PY_START
    monitoring.use_tool_id(tool, "interrupts")
    for event in (monitoring.events.JUMP, monitoring.events.PY_START):
        monitoring.register_callback(tool, event, ask)
    monitoring.set_events(tool, events)
    return events


def _wake(signum):
    import _socket

    try:
        end = _socket.socket(fileno=_wakeup_fd)
        try:
            end.send(bytes([signum]), _socket.MSG_DONTWAIT)
        finally:
            end.detach()
    except OSError:
        # A full buffer wakes as well, and a program that closed the socket wants no wake.
        pass


def _rang():
    global _alarm_at
    _alarm_at = None
    if _alarm_every:
        _set_alarm(_alarm_every)


def _set_alarm(seconds):
    global _alarm_at
    _alarm_at = time.monotonic() + seconds
    _send(_ALRM, max(1, int(seconds * 1000)))


def _known(signalnum):
    if not 1 <= signalnum < _NSIG:
        raise ValueError("signal number out of range")
    return signalnum


def getsignal(signalnum, /):
    """Return the current action for the given signal."""
    return _handlers[_known(signalnum)]


def signal(signalnum, handler, /):
    """Set the action for the given signal: SIG_DFL, SIG_IGN, or a function."""
    import _thread

    if _thread.get_ident() != _main:
        raise ValueError("signal only works in main thread of the main interpreter")
    before = getsignal(signalnum)
    if not callable(handler) and handler not in (_SIG_DFL, _SIG_IGN):
        raise TypeError(
            "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
        )
    if signalnum in (_KILL, _STOP):
        raise OSError(22, "Invalid argument")
    _handlers[signalnum] = handler
    return before


def set_wakeup_fd(fd, /, *, warn_on_full_buffer=True):
    """Sets the socket to be written to (with the signal's number) at a signal."""
    import _thread

    global _wakeup_fd
    if _thread.get_ident() != _main:
        raise ValueError("set_wakeup_fd only works in main thread of the main interpreter")
    if fd != -1:
        posix.fstat(fd)
        if posix.get_blocking(fd):
            raise ValueError(f"the fd {fd} must be in non-blocking mode")
    before, _wakeup_fd = _wakeup_fd, int(fd)
    return before


def raise_signal(signalnum, /):
    """Send a signal to the executing process."""
    send(_known(signalnum))


def pthread_kill(thread_id, signalnum, /):
    """Send a signal to a thread; its handler runs in the main thread."""
    send(_known(signalnum))


def siginterrupt(signalnum, flag, /):
    """Change system call restart behaviour: calls always go on here (PEP 475)."""
    _known(signalnum)


def pause():
    """Wait until a signal arrives."""
    before = _delivered
    while _delivered == before:
        time.sleep(3600)


def strsignal(signalnum, /):
    """Return the system description of the given signal."""
    _known(signalnum)
    if signalnum <= len(_TEXTS):
        return _TEXTS[signalnum - 1]
    return f"Real-time signal {signalnum - 34}" if signalnum > 33 else f"Unknown signal {signalnum}"


def valid_signals():
    """Return a set of valid signal numbers on this platform."""
    return set(range(1, _NSIG)) - {32, 33}


def alarm(seconds, /):
    """Arrange for SIGALRM to arrive after the given number of seconds; 0 is for none."""
    import math

    before, _ = _timer(int(seconds), 0.0)
    return math.ceil(before)


def setitimer(which, seconds, interval=0.0, /):
    """Sets the timer ITIMER_REAL, at whose end SIGALRM arrives: first after seconds, then every interval."""
    if which != 0:
        raise OSError(22, "Invalid argument")
    return _timer(float(seconds), float(interval))


def getitimer(which, /):
    """Returns the current value of a given interval timer."""
    if which != 0:
        raise OSError(22, "Invalid argument")
    return _left(), _alarm_every


def _timer(seconds, interval):
    global _alarm_at, _alarm_every
    if seconds < 0 or interval < 0:
        raise OSError(22, "Invalid argument")
    before = _left(), _alarm_every
    _alarm_every = interval
    if seconds:
        _set_alarm(seconds)
    else:
        _alarm_at = None
        _send(_ALRM, -1)
    return before


def _left():
    return 0.0 if _alarm_at is None else max(0.0, _alarm_at - time.monotonic())


def pthread_sigmask(how, mask, /):
    """Fetch and/or change the signals that are held back."""
    global _blocked
    before, mask = set(_blocked), set(mask) - {_KILL, _STOP}
    if how not in (0, 1, 2):
        raise OSError(22, "Invalid argument")
    _blocked = (before | mask, before - mask, mask)[how]
    for signum in [signum for signum in _waiting if signum not in _blocked]:
        _waiting.remove(signum)
        deliver(signum)
    return before


def sigpending():
    """Return the signals that arrived and are held back."""
    return set(_waiting)


def sigwait(sigset, /):
    """Wait for a signal of the set, which has to be held back."""
    sigset = set(sigset)
    while not sigset.intersection(_waiting):
        time.sleep(0.02)
    signum = next(signum for signum in _waiting if signum in sigset)
    _waiting.remove(signum)
    return signum


_FUNCTIONS = (
    getsignal, signal, set_wakeup_fd, raise_signal, pthread_kill, siginterrupt, pause, strsignal,
    valid_signals, alarm, setitimer, getitimer, pthread_sigmask, sigpending, sigwait,
)


def put_on(send):
    """Adds signals; `send` has one delivered so many milliseconds later."""
    import _signal
    import _thread

    global _main, _send
    _main, _send = _thread.get_ident(), send
    for number, name in enumerate(NAMES, 1):
        setattr(_signal, "SIG" + name, number)
    names = {"SIG_DFL": _SIG_DFL, "SIG_IGN": _SIG_IGN, "NSIG": _NSIG, "SIGRTMIN": 34,
             "SIGRTMAX": 64, "SIGCLD": 17, "SIGPOLL": 29, "SIG_BLOCK": 0, "SIG_UNBLOCK": 1,
             "SIG_SETMASK": 2, "ITIMER_REAL": 0, "ITIMER_VIRTUAL": 1, "ITIMER_PROF": 2,
             "ItimerError": OSError}
    for name, value in names.items():
        setattr(_signal, name, value)
    _handlers[_INT] = _signal.default_int_handler
    # As the interpreter does when it begins: PIPE and XFSZ.
    _handlers[13] = _handlers[25] = _SIG_IGN
    for function in _FUNCTIONS:
        function.__module__ = "_signal"
        setattr(_signal, function.__name__, function)

    def interrupt_main(signum=_INT, /):
        """Simulate the arrival of the given signal in the main thread."""
        if not 1 <= signum < _NSIG:
            raise ValueError("signal number out of range")
        if _handlers[signum] not in (_SIG_DFL, _SIG_IGN):
            _send(signum, 0)

    _thread.interrupt_main = interrupt_main
