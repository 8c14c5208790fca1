"""A program that ends itself while a thread of it is still at work."""
import atexit
import sys
import threading

ending = threading.Event()


def work():
    ending.wait()
    print("thread")


atexit.register(print, "exit function")
threading.Thread(target=work).start()
print("before")
ending.set()
sys.exit(3)
