"""What Linux's Python has and the tab's lacks: it can be imported, and says so when called."""

import builtins
import posix
import sys
import time


def _absent(name):
    def function(*args, **kwargs):
        raise OSError(38, f"Function not implemented ({name}: there are no processes here)")

    function.__name__ = function.__qualname__ = name
    return function


# Python calls within each other in a thread. Its stack cannot be measured there, and what a
# browser gives a worker can end at 250 of the costliest calls (a sort that compares by sorting).
_THREAD_RECURSION_MAX = 200


def _limit_recursion(start):
    def start_thread(function, *args, **kwargs):
        def run(*args, **kwargs):
            sys.setrecursionlimit(min(_THREAD_RECURSION_MAX, sys.getrecursionlimit()))
            return function(*args, **kwargs)

        return start(run, *args, **kwargs)

    start_thread.__name__ = start_thread.__qualname__ = start.__name__
    start_thread.__doc__ = start.__doc__
    return start_thread


def limit_threads():
    """Lets endless recursion in a thread raise RecursionError before it ends the program."""
    import _thread

    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        if hasattr(_thread, name):
            setattr(_thread, name, _limit_recursion(getattr(_thread, name)))


def put_on(numbers):
    """Adds what is absent; returns the `errno` and `strerror` that OSError is to have."""
    for name in ("waitpid", "WIFSTOPPED", "WSTOPSIG", "WIFSIGNALED", "WTERMSIG",
                 "WIFEXITED", "WEXITSTATUS", "waitstatus_to_exitcode", "kill", "pipe"):
        if not hasattr(posix, name):
            setattr(posix, name, _absent(name))
    for name, value in (("WNOHANG", 1), ("WUNTRACED", 2)):
        if not hasattr(posix, name):
            setattr(posix, name, value)
    if not hasattr(posix, "sysconf"):
        posix.sysconf = _sysconf
        posix.sysconf_names = dict(_SYSCONF)
    if not hasattr(posix, "uname"):
        posix.uname = _uname
    builtins.input = _input
    _put_on_signals()
    for name, value in (("tzname", ("UTC", "UTC")), ("timezone", 0), ("altzone", 0), ("daylight", 0)):
        if not hasattr(time, name):
            setattr(time, name, value)
    # It is given a socket's descriptor, which only the host's kernel knows.
    for module in (posix, sys.modules.get("os")):
        if hasattr(module, "sendfile"):
            del module.sendfile
    os = sys.modules.get("os")
    if os is not None:
        for name in dir(posix):
            if not hasattr(os, name):
                setattr(os, name, getattr(posix, name))
    return _fields(numbers)


def _input(prompt="", /):
    """Read a line from standard input, without its newline.

    The prompt is written to standard output first. Raises EOFError at the end of the input.
    """
    sys.stderr.flush()
    sys.stdout.write(str(prompt))
    sys.stdout.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError("EOF when reading a line")
    return line.removesuffix("\n")


_input.__name__ = _input.__qualname__ = "input"


_SIGNALS = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP "
    "TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split()
_SIGINT = 2
_SIG_DFL, _SIG_IGN = 0, 1
_NSIG = 65

_handlers = dict.fromkeys(range(1, _NSIG), _SIG_DFL)
_wakeup_fd = -1
_delivered = 0


def interrupted(signum=_SIGINT):
    """Does what the program wants done when the visitor presses Stop."""
    global _delivered
    _delivered += 1
    if _wakeup_fd >= 0:
        _wake(signum)
    handler = _handlers[signum]
    if callable(handler):
        handler(signum, sys._getframe(1))
    elif handler == _SIG_DFL and signum == _SIGINT:
        sys.stdout.flush()
        posix._exit(128 + signum)


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


def watch(tool, ask):
    """Has `ask` called at jumps and calls, and returns the events that stand for these."""
    monitoring = sys.monitoring
    events = monitoring.events.JUMP | monitoring.events.PY_START
    monitoring.use_tool_id(tool, "interrupts")
    for event in (monitoring.events.JUMP, monitoring.events.PY_START):
        monitoring.register_callback(tool, event, ask)
    monitoring.set_events(tool, events)
    return events


def _put_on_signals():
    """Adds signals. Only the visitor sends one, and that is SIGINT."""
    import _signal
    import _thread

    if hasattr(_signal, "SIGINT"):
        return
    main = _thread.get_ident()
    for number, name in enumerate(_SIGNALS, 1):
        setattr(_signal, "SIG" + name, number)
    names = {"SIG_DFL": _SIG_DFL, "SIG_IGN": _SIG_IGN, "NSIG": _NSIG, "SIGRTMIN": 34,
             "SIGRTMAX": 64, "SIGCLD": 17, "SIGPOLL": 29, "SIG_BLOCK": 0, "SIG_UNBLOCK": 1,
             "SIG_SETMASK": 2}
    for name, value in names.items():
        setattr(_signal, name, value)
    _handlers[_SIGINT] = _signal.default_int_handler

    def known(signalnum):
        if not 1 <= signalnum < _NSIG:
            raise ValueError("signal number out of range")
        return signalnum

    def getsignal(signalnum, /):
        """Return the current action for the given signal."""
        return _handlers[known(signalnum)]

    def signal(signalnum, handler, /):
        """Set the action for the given signal: SIG_DFL, SIG_IGN, or a function.

        Only Stop sends a signal here, SIGINT.
        """
        if _thread.get_ident() != main:
            raise ValueError("signal only works in main thread of the main interpreter")
        before = getsignal(signalnum)
        if not callable(handler) and handler not in (_SIG_DFL, _SIG_IGN):
            raise TypeError(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
            )
        if signalnum in (9, 19):
            raise OSError(22, "Invalid argument")
        _handlers[signalnum] = handler
        return before

    def set_wakeup_fd(fd, /, *, warn_on_full_buffer=True):
        """Sets the socket to be written to (with the signal's number) at a signal."""
        global _wakeup_fd
        if _thread.get_ident() != main:
            raise ValueError("set_wakeup_fd only works in main thread of the main interpreter")
        before, _wakeup_fd = _wakeup_fd, int(fd)
        return before

    def raise_signal(signalnum, /):
        """Send a signal to the executing process."""
        interrupted(known(signalnum))

    def siginterrupt(signalnum, flag, /):
        """Change system call restart behaviour: calls always go on here (PEP 475)."""
        known(signalnum)

    def pause():
        """Wait until a signal arrives."""
        before = _delivered
        while _delivered == before:
            time.sleep(0.1)

    def strsignal(signalnum, /):
        """Return the system description of the given signal."""
        return _TEXTS.get(known(signalnum))

    def valid_signals():
        """Return a set of valid signal numbers on this platform."""
        return set(range(1, _NSIG)) - {32, 33}

    for function in (getsignal, signal, set_wakeup_fd, raise_signal, siginterrupt, pause,
                     strsignal, valid_signals):
        setattr(_signal, function.__name__, function)


_TEXTS = {1: "Hangup", 2: "Interrupt", 3: "Quit", 6: "Aborted", 9: "Killed", 13: "Broken pipe",
          14: "Alarm clock", 15: "Terminated", 17: "Child exited"}


def _put_on_input(check):
    """Has a wait for the standard input end for an interrupt."""
    import io

    if sys.stdin is None:
        return

    class Input(io.FileIO):
        def readinto(self, buffer):
            # None is an interrupt: there is no other reason not to wait.
            while (count := super().readinto(buffer)) is None:
                check()
            return count

        def read(self, size=-1):
            return super().read(size) if size < 0 else self._read(size)

        def _read(self, size):
            buffer = bytearray(size)
            return bytes(buffer[:self.readinto(buffer)])

        def readall(self):
            parts = []
            while part := self._read(8192):
                parts.append(part)
            return b"".join(parts)

    Input.__name__ = Input.__qualname__ = "FileIO"
    raw = Input(0, "r", closefd=False)
    raw.name = "<stdin>"
    sys.stdin = io.TextIOWrapper(
        io.BufferedReader(raw), encoding="utf-8", errors="surrogateescape"
    )
    sys.stdin.mode = "r"
    sys.__stdin__ = sys.stdin


def put_on_tab(texts, check, sleep):
    """What only the tab lacks: `texts` are Linux's words for its errors, by number."""
    limit_threads()
    _put_on_input(check)
    time.sleep = sleep

    def strerror(code, /):
        """Translate an error code to a message string."""
        return texts.get(code) or f"Unknown error {code}"

    posix.strerror = strerror
    os = sys.modules.get("os")
    if os is not None:
        os.strerror = strerror


_SYSCONF = {"SC_IOV_MAX": 1024, "SC_PAGE_SIZE": 4096, "SC_PAGESIZE": 4096, "SC_OPEN_MAX": 1024}


def _sysconf(name):
    try:
        return _SYSCONF[name]
    except KeyError:
        raise ValueError("unrecognized configuration name") from None


def _uname():
    import types

    return types.SimpleNamespace(
        sysname="Linux", nodename="sockpit", release="", version="", machine="wasm32"
    )


def _fields(numbers):
    """Properties that show Linux's number and text where the platform's own came along.

    `numbers` has Linux's number and text by the platform's number. The platform's text ends
    with its number, which nothing else's does.
    """
    errno, strerror = OSError.__dict__["errno"], OSError.__dict__["strerror"]

    def translated(error):
        number, text = errno.__get__(error), strerror.__get__(error)
        if type(number) is int and type(text) is str:
            suffix = f" (os error {number})"
            if text.endswith(suffix):
                return numbers.get(number, (number, text.removesuffix(suffix)))
        return number, text

    return (
        property(lambda error: translated(error)[0], errno.__set__, None, "POSIX exception code"),
        property(
            lambda error: translated(error)[1], strerror.__set__, None, "exception strerror"
        ),
    )
