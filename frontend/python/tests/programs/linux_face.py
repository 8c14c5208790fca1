"""What the platform says of itself: Linux, its errors by number, the process, its user."""
import errno
import os
import platform
import pwd
import resource
import sys

print(sys.platform, os.name, os.sep, os.pathsep, repr(os.linesep), os.curdir, os.devnull, sys.byteorder)
print(platform.system(), platform.python_version_tuple()[0], platform.uname().system, os.uname().sysname, len(os.uname()), isinstance(platform.platform(), str))
print(sys.getfilesystemencoding(), sys.getdefaultencoding(), sys.stdout.encoding.lower(), sys.flags.optimize, sys.maxunicode)
for number in range(1, 134):
    if name := errno.errorcode.get(number):
        error = OSError(number, os.strerror(number))
        if type(error) is not OSError or number in (9, 22, 98, 110, 113):
            print(number, name, type(error).__name__, error)
print(os.strerror(0), "|", os.strerror(4711), "|", OSError(4711, "x"), "|", OSError("only a text"), "|", OSError())
for error in (OSError(2, "text", "file"), OSError(2, "text", "one", None, "two"), OSError(104, "reset"), ConnectionResetError("by hand"), TimeoutError(), BlockingIOError(11, "again", 5)):
    print(repr(error), "|", error, "|", error.errno, error.strerror, error.filename, error.filename2, error.args)
print(issubclass(ConnectionRefusedError, ConnectionError), issubclass(TimeoutError, OSError), IOError is OSError, EnvironmentError is OSError)
for call in (lambda: open("absent"), lambda: os.listdir("absent"), lambda: os.mkdir("/"), lambda: os.close(4000), lambda: os.rename("absent", "other")):
    try:
        call()
    except (OSError, ValueError) as error:
        print(repr(error), "|", error, "|", error.args)
print(type(os.getpid()).__name__, os.getpid() > 1, os.getppid() > 0, os.getuid() == os.geteuid(), os.getgid() == os.getegid(), isinstance(os.getgroups(), list))
print(pwd.getpwuid(os.getuid()).pw_uid == os.getuid(), pwd.getpwnam("root").pw_dir, resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 100, resource.getrusage(resource.RUSAGE_SELF).ru_utime >= 0)
os.environ["SOCKPIT_TEST"] = "value"
print(os.getenv("SOCKPIT_TEST"), os.environ.get("ABSENT"), os.getenv("ABSENT", "default"), os.path.expandvars("$SOCKPIT_TEST/x"), "HOME" in os.environ)
del os.environ["SOCKPIT_TEST"]
try:
    os.environ["SOCKPIT_TEST"]
except KeyError as error:
    print("KeyError", error)
print(os.cpu_count() >= 1, len(os.urandom(8)), os.umask(0o22) == os.umask(0o22), len(os.times()), os.times().user >= 0)
try:
    columns, lines = os.get_terminal_size()
except OSError as error:
    columns, lines = 80, 24
print(columns > 0, lines > 0, os.isatty(99) if False else isinstance(sys.stdout.isatty(), bool))
print(os.path.join("a", "b"), os.path.abspath("/a/../b"), os.path.splitext("x.tar.gz"), os.fsencode("ä"), os.fspath("p"))
