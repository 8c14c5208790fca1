"""The paths of Unix sockets among the program's own files."""

import os
import posix
from collections import deque
from functools import wraps

_SOCKET_FILE = 0o140777  # S_IFSOCK, and every permission that the umask leaves

# Paths that the program has bound: where the file is, and what the host knows it by.
_bound = {}
_forget = None

# Files of sockets whose paths are gone. On Linux a bound socket holds its file, so that no other
# gets its number meanwhile, by which asyncio tells a socket from the one that took its path.
# Which socket that was is not known here: of as many as these the file is held.
_HELD_MAX = 16
_held = deque()


def make(name, forget):
    """Makes the file of a socket that is about to be bound, as bind(2) does."""
    global _forget
    if _forget is None:
        _forget = forget
        _watch("unlink")
        _watch("remove")
        if not hasattr(posix, "mknod"):
            _show("stat")
            _show("lstat")
    path = os.fsdecode(name)
    try:
        if hasattr(posix, "mknod"):
            posix.mknod(path, _SOCKET_FILE)
        else:
            # The tab's files are plain ones; `_show` has them look like sockets.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o777))
    except FileExistsError:
        raise OSError(98, "Address already in use") from None
    except OSError as error:
        raise OSError(error.errno, error.strerror) from None
    place = os.path.abspath(path)
    if place in _bound:
        # Its file was gone, however that came about: the path is free again.
        _forget(_bound.pop(place))
    _bound[place] = name


def take_back(name):
    """Removes the file of a socket that was not bound after all."""
    place = os.path.abspath(os.fsdecode(name))
    _bound.pop(place, None)
    try:
        posix.unlink(place)
    except OSError:
        pass


def _hold(path):
    try:
        # A socket's file cannot be opened to be read.
        _held.append(os.open(path, getattr(os, "O_PATH", os.O_RDONLY)))
    except OSError:
        return
    if len(_held) > _HELD_MAX:
        os.close(_held.popleft())


def _show(function):
    """Has a function tell of the file of a socket that it is one."""
    look = getattr(posix, function)

    @wraps(look)
    def wrapper(path, *args, **kwargs):
        found = look(path, *args, **kwargs)
        if _bound and type(path) is not int and not kwargs.get("dir_fd"):
            if os.path.abspath(os.fsdecode(path)) in _bound:
                return os.stat_result((_SOCKET_FILE, *found[1:]))
        return found

    del wrapper.__wrapped__
    for module in (os, posix):
        setattr(module, function, wrapper)
    for functions in os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks:
        if look in functions:
            functions.add(wrapper)


def _watch(function):
    """Lets a function that removes files give up the path of a socket, too."""
    remove = getattr(posix, function)

    def wrapper(path, *, dir_fd=None):
        if dir_fd is not None:
            return remove(path, dir_fd=dir_fd)
        place = os.path.abspath(os.fsdecode(path)) if _bound else None
        if place in _bound:
            _hold(path)
        remove(path)
        name = _bound.pop(place, None)
        if name is not None:
            _forget(name)

    wrapper.__name__ = wrapper.__qualname__ = function
    wrapper.__doc__ = remove.__doc__
    wrapper.__module__ = remove.__module__
    for module in (os, posix):
        setattr(module, function, wrapper)
    if remove in os.supports_dir_fd:
        os.supports_dir_fd.add(wrapper)
