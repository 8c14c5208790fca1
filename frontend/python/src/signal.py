"""Lets `signal` be imported where there are no signals: handlers can be set, nothing comes."""

NSIG = 65
SIG_DFL, SIG_IGN = 0, 1
SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK = 0, 1, 2
ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF = 0, 1, 2
SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE = range(1, 9)
SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM = range(9, 16)
SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG = range(17, 24)
SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR, SIGSYS = range(24, 32)

_handlers = {}
_wakeup_fd = -1


class ItimerError(OSError):
    pass


def default_int_handler(signalnum, frame, /):
    """The handler of SIGINT: raises KeyboardInterrupt."""
    raise KeyboardInterrupt


def signal(signalnum, handler, /):
    """Sets the handler of a signal, and returns the one before."""
    _check(signalnum)
    if not callable(handler) and handler not in (SIG_DFL, SIG_IGN):
        raise TypeError(
            "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
        )
    before = getsignal(signalnum)
    _handlers[int(signalnum)] = handler
    return before


def getsignal(signalnum, /):
    """Returns the handler of a signal."""
    _check(signalnum)
    default = default_int_handler if signalnum == SIGINT else SIG_DFL
    return _handlers.get(int(signalnum), default)


def raise_signal(signalnum, /):
    """Sends a signal to the program: runs its handler."""
    handler = getsignal(signalnum)
    if callable(handler):
        import sys

        handler(int(signalnum), sys._getframe(1))
    elif handler == SIG_DFL and signalnum not in (SIGCHLD, SIGCONT, SIGURG, SIGWINCH):
        raise SystemExit(128 + int(signalnum))


def set_wakeup_fd(fd, /, *, warn_on_full_buffer=True):
    """Remembers a descriptor; nothing is ever written to it."""
    global _wakeup_fd
    before, _wakeup_fd = _wakeup_fd, fd
    return before


def siginterrupt(signalnum, flag, /):
    """Does nothing: no call is ever interrupted."""
    _check(signalnum)


def valid_signals():
    """Returns the signals that there are."""
    return set(range(1, 32))


def strsignal(signalnum, /):
    """Returns what a signal means."""
    _check(signalnum)
    return _TEXTS.get(int(signalnum))


def alarm(seconds, /):
    """Raises OSError: no signal can be sent later."""
    raise OSError(38, "Function not implemented (alarm: there are no signals here)")


def _check(signalnum):
    if not 1 <= signalnum < NSIG:
        raise ValueError("signal number out of range")


_TEXTS = {
    SIGHUP: "Hangup", SIGINT: "Interrupt", SIGQUIT: "Quit", SIGABRT: "Aborted",
    SIGKILL: "Killed", SIGSEGV: "Segmentation fault", SIGPIPE: "Broken pipe",
    SIGALRM: "Alarm clock", SIGTERM: "Terminated", SIGCHLD: "Child exited",
}
