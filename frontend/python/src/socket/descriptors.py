"""Sockets by their numbers: what the functions of os and fcntl do with them.

A socket's descriptor is a number of its own here, never a file's, and these functions tell by it
whom to ask.
"""

import os
import posix
from functools import wraps

import _sockpit_descriptors as sockets

_SOCKET_MODE = 0o140777
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
    return os.stat_result((_SOCKET_MODE, fd, 0, 1, 0, 0, 0, 0, 0, 0))


def _isatty(fd):
    return False


def _lseek(fd, position, whence):
    raise OSError(29, "Illegal seek")


def _sendfile(out_fd, in_fd, offset, count):
    if offset is None:
        data = os.read(in_fd, min(count, _SENDFILE_BYTES_MAX))
    else:
        data = os.pread(in_fd, min(count, _SENDFILE_BYTES_MAX), offset)
    return sockets.write(out_fd, data) if data else 0


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


def _route(modules, name, for_sockets):
    """Has calls with a socket's number answered by `for_sockets`."""
    original = getattr(modules[0], name, None)
    if original is None:
        return

    @wraps(original)
    def function(fd, *args, **kwargs):
        number = fd
        if type(fd) is not int and hasattr(fd, "fileno"):
            number = fd.fileno()
        if type(number) is int and sockets.is_socket(number):
            return for_sockets(number, *args, **kwargs)
        return original(fd, *args, **kwargs)

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

try:
    import fcntl
except ImportError:
    pass
else:
    _route((fcntl,), "fcntl", _fcntl)
