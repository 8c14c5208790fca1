"""A negative exit code, out of a function, past a finally and a with."""
import contextlib
import sys


@contextlib.contextmanager
def held():
    try:
        yield
    finally:
        print("released")


def leave():
    try:
        sys.exit(-1)
    finally:
        print("finally")


with held():
    leave()
