"""sys.exit in a thread ends the thread; daemon threads end with the program; the rest are waited for."""
import _thread
import sys
import threading
import time

done = threading.Event()


def leaves():
    try:
        sys.exit(5)
    finally:
        print("a thread left")


def goes_on():
    done.wait(20)
    time.sleep(0.05)
    print("the last word")


thread = threading.Thread(target=leaves)
thread.start()
thread.join()
threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
threading.Thread(target=goes_on).start()
print(threading.main_thread().is_alive(), threading.active_count())
try:
    _thread.exit()
except SystemExit as error:
    print(repr(error), error.code)
done.set()
print("the main thread is at its end")
