"""queue between threads and sockets: order, limits, priorities, the end."""
import queue
import socket
import threading

left, right = socket.socketpair()
lines = queue.Queue(2)


def read():
    with right.makefile("r") as reader:
        for line in reader:
            lines.put(line.strip())
    lines.put(None)


threading.Thread(target=read).start()
left.sendall(b"".join(b"line %d\n" % number for number in range(10)))
left.close()
print(list(iter(lines.get, None)), lines.empty(), lines.qsize())
right.close()

first = queue.PriorityQueue()
for item in ((2, "b"), (1, "a"), (3, "c")):
    first.put(item)
print([first.get()[1] for _ in range(3)])
stack = queue.LifoQueue()
stack.put(1), stack.put(2)
print(stack.get(), stack.get())
simple = queue.SimpleQueue()
simple.put("x")
print(simple.get(), simple.empty())
for call in (lambda: lines.get(timeout=0.02), lambda: lines.get_nowait(), lambda: simple.get(timeout=0.02)):
    try:
        call()
    except queue.Empty as error:
        print("Empty", repr(str(error)))
lines.put(1), lines.put(2)
try:
    lines.put(3, timeout=0.02)
except queue.Full:
    print("Full")
jobs, done = queue.Queue(), []


def work():
    while (job := jobs.get()) is not None:
        done.append(job * job)
        jobs.task_done()
    jobs.task_done()


workers = [threading.Thread(target=work) for _ in range(3)]
for worker in workers:
    worker.start()
for job in [*range(20), None, None, None]:
    jobs.put(job)
jobs.join()
for worker in workers:
    worker.join()
print(sum(done), len(done))
