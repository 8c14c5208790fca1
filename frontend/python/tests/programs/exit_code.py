"""A program that ends itself."""
import atexit
import sys
import threading

atexit.register(print, "exit function")
threading.Thread(target=lambda: print("thread")).start()
print("before")
sys.exit(3)
