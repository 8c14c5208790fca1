"""Linux's side of os, time and the like that the tab's own platform lacks.

There is one process here, whose user is `user`; what belongs to it is answered, and what would
need another one says so.
"""

import posix
import sys
import time

_PID, _PARENT, _USER = 42, 1, 1000
_UMASK = 0o022
_NO_PROCESSES = (
    "Function not implemented: a program in a browser tab is one process and cannot start "
    "another; use threading or ThreadPoolExecutor, or run a second program beside it"
)
_umask = _UMASK


def no_process(*args, **kwargs):
    raise OSError(38, _NO_PROCESSES)


def _permission(*args, **kwargs):
    raise PermissionError(1, "Operation not permitted")


def _result(name, *fields):
    """Returns a tuple's class with names for its fields, as os has for what it returns."""

    def show(self):
        parts = ", ".join(f"{field}={value!r}" for field, value in zip(fields, self))
        return f"{name}({parts})"

    module, _, short = name.rpartition(".")
    namespace = {field: property(lambda self, at=at: self[at]) for at, field in enumerate(fields)}
    return type(short, (tuple,), {**namespace, "__module__": module, "__slots__": (), "__repr__": show})


_uname_result = _result("posix.uname_result", "sysname", "nodename", "release", "version", "machine")
_times_result = _result("posix.times_result", "user", "system", "children_user", "children_system", "elapsed")
_begun = time.monotonic()


def uname():
    """Return an object identifying the current operating system."""
    return _uname_result(("Linux", "sockpit", "6.1.0-sockpit", "#1 SMP", "wasm32"))


def times():
    """Return times since the program began: a browser does not tell what it computed of them."""
    passed = time.monotonic() - _begun
    return _times_result((passed, 0.0, 0.0, 0.0, time.monotonic()))


def kill(pid, signal, /):
    """Send a signal to this program's own process; there is no other."""
    if pid not in (_PID, 0, -_PID):
        raise ProcessLookupError(3, "No such process")
    if signal:
        import _sockpit_signals

        _sockpit_signals.send(signal)


def killpg(pgid, signal, /):
    """Send a signal to this program's process group, in which it is alone."""
    kill(-pgid, signal)


def _own(answer):
    def function(pid=0, /):
        if pid not in (0, _PID):
            raise ProcessLookupError(3, "No such process")
        return answer

    return function


def get_terminal_size(fd=1, /):
    """Return the size of the console as (columns, lines)."""
    import os

    if not os.isatty(fd):
        raise OSError(25, "Inappropriate ioctl for device")
    return os.terminal_size((80, 24))


def umask(mask, /):
    """Set the current numeric umask and return the previous umask."""
    global _umask
    before, _umask = _umask, mask & 0o777
    return before


def getloadavg():
    """Return average recent system load information: nobody tells it here."""
    raise OSError("Load averages are unobtainable")


def _changes_nothing(path, *args, **kwargs):
    """Files here have one owner and no modes to change; the file has to be there."""
    posix.stat(path)


def access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True):
    """Use the real uid/gid to test for access to a path."""
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


def _no_links(src, dst, *args, **kwargs):
    raise OSError(1, "Operation not permitted", src, None, dst)


def pread(fd, length, offset, /):
    """Read a number of bytes from a file descriptor starting at a particular offset."""
    with _moving:
        before = posix.lseek(fd, 0, 1)
        try:
            posix.lseek(fd, offset, 0)
            return posix.read(fd, length)
        finally:
            posix.lseek(fd, before, 0)


def pwrite(fd, buffer, offset, /):
    """Write bytes to a file descriptor starting at a particular offset."""
    with _moving:
        before = posix.lseek(fd, 0, 1)
        try:
            posix.lseek(fd, offset, 0)
            return posix.write(fd, buffer)
        finally:
            posix.lseek(fd, before, 0)


def readv(fd, buffers, /):
    """Read from a file descriptor into a number of mutable, bytes-like objects."""
    views = [memoryview(buffer).cast("B") for buffer in buffers]
    data = posix.read(fd, sum(map(len, views)))
    at = 0
    for view in views:
        part = data[at:at + len(view)]
        view[:len(part)] = part
        at += len(part)
    return len(data)


def writev(fd, buffers, /):
    """Write the contents of buffers to a file descriptor, one after the other."""
    return posix.write(fd, b"".join(buffers))


def _no_copies(fd, *args, **kwargs):
    posix.fstat(fd)
    raise OSError(38, "Function not implemented: only sockets have a second descriptor here")


def _of_files(answer):
    def function(fd, *args):
        posix.fstat(fd)
        return answer

    return function


def sched_yield():
    """Voluntarily relinquish the CPU."""
    time.sleep(0)


def abort():
    """Abort the program at once, as SIGABRT does."""
    posix._exit(134)


# Linux's flags of open(), and what they are to the platform.
_FLAGS = {
    "O_WRONLY": 1, "O_RDWR": 2, "O_CREAT": 0o100, "O_EXCL": 0o200, "O_TRUNC": 0o1000,
    "O_APPEND": 0o2000, "O_NONBLOCK": 0o4000, "O_DSYNC": 0o10000, "O_DIRECTORY": 0o200000,
    "O_NOFOLLOW": 0o400000, "O_CLOEXEC": 0o2000000, "O_SYNC": 0o4010000,
}
_ACCESS = 3


def _opener():
    """Returns an open() that takes Linux's flags, and puts these in place of the platform's."""
    system_open = posix.open
    access = [posix.O_RDONLY, posix.O_WRONLY, posix.O_RDWR]
    known = ("O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_DIRECTORY")
    pairs = [(_FLAGS[name], getattr(posix, name)) for name in known if hasattr(posix, name)]

    def open(path, flags, mode=0o777, *, dir_fd=None):
        """Open a file for low level IO.  Returns a file descriptor (integer)."""
        kind = flags & _ACCESS
        if kind == _ACCESS:
            raise OSError(22, "Invalid argument", path)
        if kind and _is_directory(path):
            raise IsADirectoryError(21, "Is a directory", path)
        own = access[kind]
        for flag, platform in pairs:
            if flags & flag:
                own |= platform
        return system_open(path, own, mode, dir_fd=dir_fd)

    return open


def _is_directory(path):
    try:
        return posix.stat(path).st_mode & 0o170000 == 0o040000
    except OSError:
        return False


_ABSENT = (
    "fork forkpty execv execve posix_spawn posix_spawnp system wait wait3 wait4 waitid waitpid "
    "pidfd_open unshare setns"
)
_REFUSED = "setuid setgid seteuid setegid setreuid setregid setresuid setresgid setgroups setpgid setsid chroot mkfifo nice"


def _functions():
    global _moving
    import _thread

    _moving = _thread.allocate_lock()
    functions = dict.fromkeys(_ABSENT.split(), no_process)
    functions.update(dict.fromkeys(_REFUSED.split(), _permission))
    for name in ("getuid", "geteuid", "getgid", "getegid"):
        functions[name] = lambda: _USER
    functions.update(
        uname=uname, times=times, kill=kill, killpg=killpg, umask=umask, getloadavg=getloadavg,
        get_terminal_size=get_terminal_size, access=access, pread=pread, pwrite=pwrite, readv=readv,
        writev=writev, sched_yield=sched_yield, abort=abort, symlink=_no_links, link=_no_links,
        getppid=lambda: _PARENT, getpgrp=lambda: _PID, getpgid=_own(_PID), getsid=_own(_PID),
        getgroups=lambda: [_USER], getlogin=lambda: "user", getresuid=lambda: (_USER,) * 3,
        getresgid=lambda: (_USER,) * 3, sched_getaffinity=lambda pid, /: {0}, sync=lambda: None,
        ctermid=lambda: "/dev/tty", register_at_fork=lambda **kwargs: None,
        getrandom=lambda size, flags=0: posix.urandom(size),
        chmod=_changes_nothing, chown=_changes_nothing, lchown=_changes_nothing,
        fchmod=_of_files(None), fchown=_of_files(None), dup=_no_copies, dup2=_no_copies,
        get_blocking=_of_files(True), set_blocking=_of_files(None),
        get_inheritable=_of_files(False), set_inheritable=_of_files(None),
        waitstatus_to_exitcode=lambda status: status >> 8,
        WIFSTOPPED=lambda status: False, WIFSIGNALED=lambda status: False,
        WIFEXITED=lambda status: True, WSTOPSIG=lambda status: 0, WTERMSIG=lambda status: 0,
        WEXITSTATUS=lambda status: status >> 8,
    )
    return functions


_REPLACED = ("uname", "times", "access", "symlink", "link", "abort", "open")
_NUMBERS = {"WNOHANG": 1, "WUNTRACED": 2, "WCONTINUED": 8, "P_WAIT": 0, "P_NOWAIT": 1, "PRIO_PROCESS": 0}


def _put_on_os():
    os = sys.modules.get("os")
    functions = _functions()
    functions["open"] = _opener()
    for name, value in {**functions, **_NUMBERS, "O_RDONLY": 0, **_FLAGS, "O_NDELAY": 0o4000}.items():
        if name in _REPLACED or name.startswith("O_") or not hasattr(posix, name):
            if callable(value) and value.__name__ != name:
                value = _named(value, name)
            for module in (posix, os):
                if module is not None:
                    setattr(module, name, value)
    if os is not None:
        for name in ("execl", "execle", "execlp", "execlpe", "execvp", "execvpe", "spawnl", "spawnle",
                     "spawnlp", "spawnlpe", "spawnv", "spawnve", "spawnvp", "spawnvpe"):
            setattr(os, name, _named(no_process, name))


def _named(function, name):
    copy = type(function)(function.__code__, function.__globals__, name, function.__defaults__, function.__closure__)
    copy.__kwdefaults__, copy.__doc__ = function.__kwdefaults__, function.__doc__
    copy.__qualname__, copy.__module__ = name, "posix"
    return copy


def _put_on_time():
    """Adds clocks, and the zone to what formats a time: the tab's is UTC."""
    strftime = time.strftime

    def formatted(format, *args):
        if "%" in format:
            parts = format.split("%%")
            format = "%%".join(part.replace("%Z", "UTC").replace("%z", "+0000") for part in parts)
        return strftime(format, *args)

    formatted.__name__ = formatted.__qualname__ = "strftime"
    formatted.__doc__ = strftime.__doc__
    time.strftime = formatted
    time.tzset = lambda: None

    def monday_first(moments):
        """The platform's week begins with Sunday, Python's with Monday."""

        def function(*args):
            moment = moments(*args)
            day = (moment.tm_wday - 1) % 7
            rest = (moment.tm_yday, moment.tm_isdst, "UTC", 0)
            return time.struct_time((*moment[:6], day, *rest))

        function.__name__ = function.__qualname__ = moments.__name__
        function.__doc__ = moments.__doc__
        return function

    # Should the platform learn better, this has nothing to mend: 1970 began on a Thursday.
    if time.gmtime(0).tm_wday != 3:
        time.gmtime, time.localtime = monday_first(time.gmtime), monday_first(time.localtime)

    def passed():
        """Return the seconds since the program began: a browser does not tell what it computed of them."""
        return time.monotonic() - _begun

    for name in ("process_time", "thread_time"):
        setattr(time, name, _named(passed, name))
        setattr(time, name + "_ns", lambda: int(passed() * 1e9))
    clocks = {"REALTIME": (0, time.time), "MONOTONIC": (1, time.monotonic),
              "PROCESS_CPUTIME_ID": (2, passed), "THREAD_CPUTIME_ID": (3, passed),
              "MONOTONIC_RAW": (4, time.monotonic), "BOOTTIME": (7, time.monotonic)}
    by_number = dict(clocks.values())
    for name, (number, _) in clocks.items():
        setattr(time, "CLOCK_" + name, number)

    def clock(number):
        try:
            return by_number[number]
        except KeyError:
            raise OSError(22, "Invalid argument") from None

    time.clock_gettime = lambda clk_id, /: clock(clk_id)()
    time.clock_gettime_ns = lambda clk_id, /: int(clock(clk_id)() * 1e9)
    time.clock_getres = lambda clk_id, /: clock(clk_id) and 5e-06
    time.clock_settime = _permission


def put_on():
    _put_on_os()
    _put_on_time()
    # There is no file of the interpreter that could be named.
    sys.executable = sys._base_executable = ""
