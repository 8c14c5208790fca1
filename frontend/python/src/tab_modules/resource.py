"""Resource limits: what Linux would answer. What the tab and the backend allow is their own."""

import time

from _sockpit_posix import _result

error = OSError
RLIM_INFINITY = -1
RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD = 0, -1, 1
_NAMES = "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS"
for _number, _name in enumerate(_NAMES.split()):
    globals()["RLIMIT_" + _name] = _number
_limits = {number: (RLIM_INFINITY, RLIM_INFINITY) for number in range(16)}
_limits[7] = (1024, 4096)
struct_rusage = _result(
    "resource.struct_rusage", "ru_utime", "ru_stime", "ru_maxrss", "ru_ixrss", "ru_idrss", "ru_isrss",
    "ru_minflt", "ru_majflt", "ru_nswap", "ru_inblock", "ru_oublock", "ru_msgsnd", "ru_msgrcv",
    "ru_nsignals", "ru_nvcsw", "ru_nivcsw",
)


def _known(resource):
    if resource not in _limits:
        raise ValueError("invalid resource specified")
    return resource


def getrlimit(resource, /):
    """Returns a tuple (soft, hard) with the current limits."""
    return _limits[_known(resource)]


def setrlimit(resource, limits, /):
    """Sets new limits of consumption, which nobody keeps here."""
    soft, hard = limits
    top = _limits[_known(resource)][1]
    if hard != RLIM_INFINITY and (soft > hard or soft == RLIM_INFINITY):
        raise ValueError("current limit exceeds maximum limit")
    if top != RLIM_INFINITY and (hard > top or hard == RLIM_INFINITY):
        raise ValueError("not allowed to raise maximum limit")
    _limits[resource] = soft, hard


def getrusage(who, /):
    """Returns what was used; a browser tells only how much time has passed."""
    if who not in (RUSAGE_SELF, RUSAGE_CHILDREN, RUSAGE_THREAD):
        raise ValueError("invalid who parameter")
    passed = time.process_time() if who != RUSAGE_CHILDREN else 0.0
    return struct_rusage((passed, 0.0, *[0] * 14))


def getpagesize():
    """Returns the number of bytes in a system page."""
    return 65536
