"""Relative paths, what they lead to, and by many threads at once: each reaches what it named."""
import os
import pathlib
import tempfile
import threading

THREADS, ROUNDS = 8, 150

# The current directory.
start = tempfile.mkdtemp(prefix="relative-")
os.chdir(start)
os.makedirs("one/two")
for path in "one", "./two", ".", "./":
    os.chdir(path)
    print(os.path.relpath(os.getcwd(), start))
os.chdir("../..")
print(os.path.samefile(os.getcwd(), start), sorted(os.listdir(".")), os.listdir("./one"), os.listdir("one/"))
for path in "", "absent", "one/absent", "./absent":
    try:
        os.stat(path)
    except OSError as error:
        print(path, type(error).__name__)

# From far down, a relative path takes long to be made an absolute one.
for _ in range(12):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
names = ["f" * 10 * number + str(number) for number in range(THREADS)]
for number, name in enumerate(names):
    pathlib.Path(name).write_bytes(b"." * number)


def look(number):
    barrier.wait()
    for _ in range(ROUNDS):
        try:
            if os.stat(names[number]).st_size != number:
                wrong.append("another file")
        except OSError as error:
            wrong.append(type(error).__name__)


barrier, wrong = threading.Barrier(THREADS), []
threads = [threading.Thread(target=look, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(wrong), sorted(set(wrong)))
