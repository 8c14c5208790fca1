"""What makes the interpreter look like one on Linux."""

import builtins
import posix
import sys
import time


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
    """Adds what is absent; returns the `errno`, `strerror` and `args` that OSError is to have."""
    if not hasattr(posix, "sysconf"):
        posix.sysconf = _sysconf
        posix.sysconf_names = dict(_SYSCONF)
    for name in ("pipe", "pipe2"):
        setattr(posix, name, _with_sockets(name))
    builtins.input = _input
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
            if not hasattr(os, name) or name in ("pipe", "pipe2"):
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


def put_on_tab(texts, check, sleep, send):
    """What only the tab lacks: `texts` are Linux's words for its errors, by number."""
    import _sockpit_posix
    import _sockpit_signals

    _sockpit_posix.put_on()
    _sockpit_signals.put_on(send)
    limit_threads()
    _put_on_input(check)
    time.sleep = sleep

    def strerror(code, /):
        """Translate an error code to a message string."""
        return texts.get(code) or ("Success" if code == 0 else f"Unknown error {code}")

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


def _with_sockets(name):
    """Pipes are the sockets' matter, whose module puts its own function here."""
    def function(*args):
        import _socket

        return getattr(posix, name)(*args)

    function.__name__ = function.__qualname__ = name
    function.system = getattr(posix, name, None)
    return function


def _fields(numbers):
    """Properties that show Linux's number and text where the platform's own came along.

    `numbers` has Linux's number and text by the platform's number. The platform's text ends
    with its number, which nothing else's does.
    """
    errno, strerror = OSError.__dict__["errno"], OSError.__dict__["strerror"]
    args = BaseException.__dict__["args"]

    def translated(error):
        number, text = errno.__get__(error), strerror.__get__(error)
        if type(number) is int and type(text) is str:
            suffix = f" (os error {number})"
            if text.endswith(suffix):
                return numbers.get(number, (number, text.removesuffix(suffix)))
        return number, text

    def arguments(error):
        values = args.__get__(error)
        if len(values) < 2 or values[:2] != (errno.__get__(error), strerror.__get__(error)):
            return values
        # The interpreter's own errors come with places for file names that are left empty.
        return translated(error) + (values[2:] if any(values[2:]) else ())

    return (
        property(lambda error: translated(error)[0], errno.__set__, None, "POSIX exception code"),
        property(
            lambda error: translated(error)[1], strerror.__set__, None, "exception strerror"
        ),
        property(arguments, args.__set__),
    )
