"""The paths of Unix sockets among the program's own files."""

import os
import posix

_SOCKET_FILE = 0o140777  # S_IFSOCK, and every permission that the umask leaves

# Paths that the program has bound: where the file is, and what the host knows it by.
_bound = {}
_forget = None


def make(name, forget):
    """Makes the file of a socket that is about to be bound, as bind(2) does."""
    global _forget
    if _forget is None:
        _forget = forget
        _watch("unlink")
        _watch("remove")
    path = os.fsdecode(name)
    try:
        if hasattr(posix, "mknod"):
            posix.mknod(path, _SOCKET_FILE)
        else:
            # The tab's files are plain ones.
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


def _watch(function):
    """Lets a function that removes files give up the path of a socket, too."""
    remove = getattr(posix, function)

    def wrapper(path, *, dir_fd=None):
        if dir_fd is not None:
            return remove(path, dir_fd=dir_fd)
        remove(path)
        name = _bound.pop(os.path.abspath(os.fsdecode(path)), None) if _bound else None
        if name is not None:
            _forget(name)

    wrapper.__name__ = wrapper.__qualname__ = function
    wrapper.__doc__ = remove.__doc__
    wrapper.__module__ = remove.__module__
    for module in (os, posix):
        setattr(module, function, wrapper)
    if remove in os.supports_dir_fd:
        os.supports_dir_fd.add(wrapper)
