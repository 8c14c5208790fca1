"""threading: locks, conditions, semaphores, barriers, timers, locals, names, failures."""
import threading
import time

count, lock = 0, threading.Lock()


def add():
    global count
    for _ in range(200):
        with lock:
            count += 1


threads = [threading.Thread(target=add) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(count, lock.locked())

condition, ready = threading.Condition(), []


def consume():
    with condition:
        print("got", condition.wait_for(lambda: ready, 10) and ready.pop())


thread = threading.Thread(target=consume)
thread.start()
with condition:
    ready.append("it")
    condition.notify()
thread.join()
with condition:
    print(condition.wait(0.01))

gate, inside, most = threading.BoundedSemaphore(3), 0, 0


def enter():
    global inside, most
    with gate:
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.005)
        with lock:
            inside -= 1


threads = [threading.Thread(target=enter) for _ in range(9)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(most <= 3)
try:
    gate.release()
except ValueError as error:
    print(error)

barrier, order = threading.Barrier(3, action=lambda: order.append("all")), []
threads = [threading.Thread(target=barrier.wait) for _ in range(2)]
for thread in threads:
    thread.start()
barrier.wait(10)
for thread in threads:
    thread.join()
print(order, barrier.n_waiting, barrier.parties)
broken = threading.Barrier(2)
try:
    broken.wait(0.01)
except threading.BrokenBarrierError:
    print("broken", broken.broken)

rung = threading.Event()
timer = threading.Timer(0.02, rung.set)
timer.start()
print(rung.wait(10), rung.is_set(), rung.wait(0))
timer.join()
unused = threading.Timer(10, print, ["never"])
unused.start()
unused.cancel()
unused.join()

local = threading.local()
local.value = "main"
seen = []
thread = threading.Thread(target=lambda: seen.append(hasattr(local, "value")), name="worker-1", daemon=True)
print(thread.name, thread.daemon, thread.is_alive(), thread.ident)
thread.start()
thread.join()
print(seen, local.value, threading.main_thread() is threading.current_thread())
failures = []
threading.excepthook = lambda args: failures.append((args.exc_type.__name__, str(args.exc_value)))
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
print(failures, threading.active_count())
for call in (thread.start, threading.Lock().release, threading.RLock().release,
             threading.current_thread().join):
    try:
        call()
    except RuntimeError as error:
        print(error)
