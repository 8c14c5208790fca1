"""Semaphores for `multiprocessing` where there is one process: its locks and queues among threads,
its thread pools and connections work; to start a process fails."""

import threading


_RECURSIVE_MUTEX, _SEMAPHORE = 0, 1


class SemLock:
    """Semaphore/Mutex type"""

    SEM_VALUE_MAX = 2147483647

    def __init__(self, kind, value, maxvalue, name, unlink):
        self.kind, self.maxvalue, self.handle = kind, maxvalue, id(self)
        # Without a name nobody has to keep account of it for other processes.
        self.name = None
        self._value, self._changed = value, threading.Condition()
        self._owner, self._depth = None, 0

    def acquire(self, block=True, timeout=None):
        """Acquire the semaphore/lock."""
        me = threading.get_ident()
        with self._changed:
            if self.kind == _RECURSIVE_MUTEX and self._owner == me:
                self._depth += 1
                return True
            if not block:
                timeout = 0.0
            elif timeout is not None:
                timeout = max(0.0, timeout)
            if not self._changed.wait_for(lambda: self._value > 0, timeout):
                return False
            self._value -= 1
            self._owner = me
            self._depth += 1
            return True

    def release(self):
        """Release the semaphore/lock."""
        with self._changed:
            if self.kind == _RECURSIVE_MUTEX:
                if self._owner != threading.get_ident():
                    raise AssertionError("attempt to release recursive lock not owned by thread")
                self._depth -= 1
                if self._depth:
                    return
                self._owner = None
            elif self._value >= self.maxvalue:
                raise ValueError("semaphore or lock released too many times")
            else:
                self._depth -= 1
            self._value += 1
            self._changed.notify()

    def __enter__(self):
        return self.acquire()

    def __exit__(self, *exception):
        self.release()

    def _count(self):
        return self._depth

    def _is_mine(self):
        return self._depth > 0 and self._owner == threading.get_ident()

    def _get_value(self):
        return self._value

    def _is_zero(self):
        return self._value == 0

    def _after_fork(self):
        pass


def sem_unlink(name, /):
    """Forget a name; semaphores of one process need none."""


flags = {}
