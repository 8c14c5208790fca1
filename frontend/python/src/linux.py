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


_SIGNALS = {
    "SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGABRT": 6, "SIGKILL": 9, "SIGUSR1": 10,
    "SIGUSR2": 12, "SIGPIPE": 13, "SIGALRM": 14, "SIGTERM": 15, "SIGCHLD": 17,
}


def _put_on_signals():
    """Adds signals. Nobody can send one, so a handler is only remembered."""
    import _signal

    if hasattr(_signal, "SIGINT"):
        return
    for name, value in {"SIG_DFL": 0, "SIG_IGN": 1, "NSIG": 65, **_SIGNALS}.items():
        setattr(_signal, name, value)
    handlers = dict.fromkeys(range(1, 65), 0)
    handlers[_SIGNALS["SIGINT"]] = _signal.default_int_handler

    def getsignal(signalnum):
        try:
            return handlers[signalnum]
        except KeyError:
            raise ValueError("signal number out of range") from None

    def signal(signalnum, handler):
        if not callable(handler) and handler not in (0, 1):
            raise TypeError(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object"
            )
        before = getsignal(signalnum)
        handlers[signalnum] = handler
        return before

    _signal.getsignal, _signal.signal = getsignal, signal


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
