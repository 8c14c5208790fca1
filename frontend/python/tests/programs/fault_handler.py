"""faulthandler, tracebacks of threads, warnings, and what a program asks of itself."""
import contextlib
import faulthandler
import gc
import inspect
import io
import sys
import threading
import traceback
import warnings
import weakref

faulthandler.enable()
print(faulthandler.is_enabled())
faulthandler.disable()
faulthandler.dump_traceback_later(1000)
faulthandler.cancel_dump_traceback_later()
ready, done = threading.Event(), threading.Event()


def waits():
    ready.set()
    done.wait(20)


thread = threading.Thread(target=waits)
thread.start()
ready.wait()
frame = sys._current_frames()[thread.ident]
print("waits" in "".join(traceback.format_stack(frame)), threading.main_thread().ident in sys._current_frames())
done.set()
thread.join()
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("careful", UserWarning)
print(caught[0].category.__name__, caught[0].message)


class Node:
    pass


node = Node()
node.itself, seen = node, weakref.ref(node)
del node
gc.collect()
print(seen(), gc.isenabled())
print(inspect.getsource(waits).splitlines()[0], inspect.signature(waits), sys.getrefcount(object()) >= 1)
report = io.StringIO()
with contextlib.redirect_stdout(report):
    print("captured")
print(repr(report.getvalue()), sys.exc_info(), callable(sys.breakpointhook))
