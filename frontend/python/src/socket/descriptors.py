"""Sockets by their numbers: what the functions of os and fcntl do with them.

A socket's descriptor is a number of its own here, never a file's, and these functions tell by it
whom to ask.
"""

import builtins
import errno
import io
import os
import posix
import sys
from functools import wraps

import _sockpit_descriptors as sockets

_SOCKET_MODE, _PIPE_MODE = 0o140777, 0o010600
_F_GETFD, _F_SETFD, _F_GETFL, _F_SETFL = 1, 2, 3, 4
_FD_CLOEXEC = 1
_SENDFILE_BYTES_MAX = 1 << 18
_O_RDWR, _O_NONBLOCK = 2, 0o4000


def _dup(fd):
    return sockets.dup(fd)


def _dup2(fd, fd2, inheritable=True):
    if fd == fd2:
        return fd2
    if not sockets.is_socket(fd2):
        raise OSError(9, "Bad file descriptor")
    try:
        sockets.close(fd2)
    except OSError:
        pass
    # The lowest number that is free is the next one's.
    others = []
    try:
        while (copy := sockets.dup(fd)) != fd2:
            others.append(copy)
            if copy > fd2:
                raise OSError(9, "Bad file descriptor")
    finally:
        for other in others:
            sockets.close(other)
    sockets.set_inheritable(fd2, inheritable)
    return fd2


def _fstat(fd):
    sockets.check(fd)
    mode = _PIPE_MODE if sockets.is_pipe(fd) else _SOCKET_MODE
    return os.stat_result((mode, fd, 0, 1, 0, 0, 0, 0, 0, 0))


# What starts processes needs the platform's own pipes, which a process can be given.
_STARTS_PROCESSES = ("subprocess", "multiprocessing.util")
_system_pipe = getattr(posix.pipe, "system", None)


def pipe():
    """Create a pipe.

    Returns a tuple of two file descriptors: (read_fd, write_fd)
    """
    frame = sys._getframe(1)
    for caller in (frame, frame.f_back):
        if caller is not None and caller.f_globals.get("__name__") in _STARTS_PROCESSES:
            return _system_pipe() if _system_pipe is not None else posix.fork()
    return sockets.pipe()


def pipe2(flags, /):
    """Create a pipe with flags set atomically (O_NONBLOCK; O_CLOEXEC is always set).

    Returns a tuple of two file descriptors: (read_fd, write_fd)
    """
    ends = sockets.pipe()
    for fd in ends:
        sockets.set_blocking(fd, not flags & _O_NONBLOCK)
    return ends


def _isatty(fd):
    return False


def _lseek(fd, position, whence):
    raise OSError(29, "Illegal seek")


def _sendfile(out_fd, in_fd, offset, count):
    if offset is None:
        data = os.read(in_fd, min(count, _SENDFILE_BYTES_MAX))
    else:
        data = os.pread(in_fd, min(count, _SENDFILE_BYTES_MAX), offset)
    return os.write(out_fd, data) if data else 0


def _fcntl(fd, command, argument=0):
    if command == _F_GETFD:
        return 0 if sockets.get_inheritable(fd) else _FD_CLOEXEC
    if command == _F_SETFD:
        sockets.set_inheritable(fd, not argument & _FD_CLOEXEC)
        return 0
    if command == _F_GETFL:
        return _O_RDWR | (0 if sockets.get_blocking(fd) else _O_NONBLOCK)
    if command == _F_SETFL:
        sockets.set_blocking(fd, not argument & _O_NONBLOCK)
        return 0
    raise OSError(22, "Invalid argument")


class FileIO(io.RawIOBase):
    """A socket's or a pipe's descriptor as a raw file, as io.FileIO is for other files."""

    def __init__(self, fd, mode, closefd):
        os.fstat(fd)
        self.name, self._fd, self._closefd = fd, fd, closefd
        self._reads, self._writes = "r" in mode or "+" in mode, "r" not in mode or "+" in mode
        self.mode = "rb+" if self._reads and self._writes else "rb" if self._reads else "wb"

    @property
    def closefd(self):
        return self._closefd

    def fileno(self):
        if self.closed:
            raise ValueError("I/O operation on closed file")
        return self._fd

    def readable(self):
        self.fileno()
        return self._reads

    def writable(self):
        self.fileno()
        return self._writes

    def isatty(self):
        self.fileno()
        return False

    def readinto(self, buffer):
        if not self.readable():
            raise io.UnsupportedOperation("File not open for reading")
        view = memoryview(buffer).cast("B")
        try:
            data = sockets.read(self._fd, len(view))
        except BlockingIOError:
            return None
        view[:len(data)] = data
        return len(data)

    def write(self, data):
        if not self.writable():
            raise io.UnsupportedOperation("File not open for writing")
        try:
            return sockets.write(self._fd, data)
        except BlockingIOError:
            return None

    def close(self):
        if not self.closed:
            super().close()
            if self._closefd:
                sockets.close(self._fd)

    def __repr__(self):
        if self.closed:
            return "<_io.FileIO [closed]>"
        return f"<_io.FileIO name={self._fd} mode={self.mode!r} closefd={self._closefd}>"


FileIO.__module__ = "_io"


def _open(fd, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True,
          opener=None):
    """What open() does with the number of a socket or a pipe."""
    binary, letters = "b" in mode, set(mode) - set("bt")
    if len(mode) != len(set(mode)) or letters - set("rwax+") or len(letters - {"+"}) != 1:
        raise ValueError(f"invalid mode: {mode!r}")
    if binary and "t" in mode:
        raise ValueError("can't have text and binary mode at once")
    for name, value in ("encoding", encoding), ("errors", errors), ("newline", newline):
        if binary and value is not None:
            article = "an" if name[0] == "e" else "a"
            raise ValueError(f"binary mode doesn't take {article} {name} argument")
    raw = FileIO(fd, mode, closefd)
    try:
        if buffering == 0:
            if not binary:
                raise ValueError("can't have unbuffered text I/O")
            return raw
        if "+" in mode:
            raise io.UnsupportedOperation("File or stream is not seekable.")
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        buffer = (io.BufferedReader if "r" in mode else io.BufferedWriter)(raw, size)
        if binary:
            return buffer
        text = io.TextIOWrapper(buffer, encoding, errors, newline, buffering == 1)
        text.mode = mode
        return text
    except BaseException:
        raw._closefd = False
        raise


def _absent(name):
    """What a platform without the function says of a file's number."""
    def function(fd, *args):
        os.fstat(fd)
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    function.__name__ = function.__qualname__ = name
    return function


def _get_inheritable(fd, /):
    """Get the close-on-exe flag of the specified file descriptor."""
    os.fstat(fd)
    return False


def _set_inheritable(fd, inheritable, /):
    """Set the inheritable flag of the specified file descriptor."""
    os.fstat(fd)


# Without the flag a file waits as well: it is always ready.
_FALLBACKS = {
    "get_inheritable": _get_inheritable,
    "set_inheritable": _set_inheritable,
    "get_blocking": lambda fd: not _get_inheritable(fd),
    "set_blocking": _set_inheritable,
    "sendfile": _sendfile,
}


def _route(modules, name, for_sockets):
    """Has calls with a socket's number answered by `for_sockets`."""
    original = getattr(modules[0], name, None)
    if original is None:
        original = _FALLBACKS.get(name) or _absent(name)

    @wraps(original)
    def function(fd, *args, **kwargs):
        number = fd
        if type(fd) is not int and hasattr(fd, "fileno"):
            number = fd.fileno()
        if type(number) is int and sockets.is_socket(number):
            return for_sockets(number, *args, **kwargs)
        return original(fd, *args, **kwargs)

    function.__name__ = function.__qualname__ = name
    del function.__wrapped__
    for module in modules:
        setattr(module, name, function)


for _name, _function in {
    "read": sockets.read,
    "write": sockets.write,
    "close": sockets.close,
    "dup": _dup,
    "dup2": _dup2,
    "fstat": _fstat,
    "isatty": _isatty,
    "lseek": _lseek,
    "sendfile": _sendfile,
    "get_inheritable": sockets.get_inheritable,
    "set_inheritable": sockets.set_inheritable,
    "get_blocking": sockets.get_blocking,
    "set_blocking": sockets.set_blocking,
}.items():
    _route((posix, os), _name, _function)

for _name, _function in {"pipe": pipe, "pipe2": pipe2}.items():
    for _module in (posix, os):
        setattr(_module, _name, _function)

sockets.route_open(io.open, _open)
builtins.open = io.open = sockets.open

try:
    import fcntl
except ImportError:
    pass
else:
    _route((fcntl,), "fcntl", _fcntl)
