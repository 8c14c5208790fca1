"""SystemExit with something else, which is written to the standard error."""
import atexit
import sys


@atexit.register
def last():
    print("exit function", sys.exc_info()[0])


raise SystemExit(["a list", 1])
