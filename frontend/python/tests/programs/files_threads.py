"""Files of a program, shared by its threads: writing, locks, descriptors, pipes, times."""
import contextlib
import errno
import fnmatch
import glob
import os
import pathlib
import shutil
import tempfile
import threading

folder = tempfile.mkdtemp(prefix="files-")
os.chdir(folder)


def attempt(call, *arguments, **options):
    try:
        return call(*arguments, **options)
    except OSError as error:
        return f"{type(error).__name__} {errno.errorcode.get(error.errno)}"


# Sixteen threads write a file each, and all of them read all.
def write(number):
    pathlib.Path(f"{number}.txt").write_text(f"file {number}\n" * 100)
    barrier.wait()
    sizes[number] = sum(path.stat().st_size for path in pathlib.Path().glob("*.txt"))


barrier, sizes = threading.Barrier(16), {}
threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(set(sizes.values())), sizes[0], sorted(glob.glob("1[0-3]*.txt")), fnmatch.filter(sorted(os.listdir()), "*5.txt"))

# One file, appended to by all: every line is whole.
def append(letter):
    for _ in range(50):
        with lock, open("log", "a") as file:
            file.write(letter * 20 + "\n")


lock = threading.Lock()
threads = [threading.Thread(target=append, args=(letter,)) for letter in "abcd"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
lines = pathlib.Path("log").read_text().splitlines()
print(len(lines), {len(line) for line in lines}, all(len(set(line)) == 1 for line in lines))

# Descriptors.
fd = os.open("raw", os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
print(os.write(fd, b"0123456789"), os.pread(fd, 3, 2), os.pwrite(fd, b"XY", 4), os.lseek(fd, 0, os.SEEK_CUR))
print(os.lseek(fd, 4, os.SEEK_SET), os.read(fd, 2), os.fstat(fd).st_size, os.isatty(fd))
os.ftruncate(fd, 6)
os.fsync(fd)
print(os.pread(fd, 100, 0))
os.close(fd)
print(attempt(os.read, fd, 1))
print(attempt(os.open, "raw", os.O_CREAT | os.O_EXCL), attempt(os.open, "absent", os.O_RDONLY), attempt(os.open, folder, os.O_WRONLY))
reader, writer = os.pipe()
print(os.write(writer, b"through a pipe"), os.read(reader, 100))
os.close(writer)
print(os.read(reader, 100))
os.close(reader)

# Times, and what may be done with a file.
os.chmod("raw", 0o640)
print(os.access("raw", os.R_OK), os.access("absent", os.F_OK), attempt(os.chmod, "absent", 0o600))
os.utime("raw", (1_000_000_000, 1_000_000_000))
print(os.stat("raw").st_mtime, os.path.getmtime("raw"), os.path.samefile("raw", "./raw"), os.path.islink("raw"))

# Whole trees.
os.makedirs("tree/a/b")
pathlib.Path("tree/a/b/leaf").touch()
shutil.copytree("tree", "copy")
shutil.move("copy", "moved")
print(sorted(str(path) for path in pathlib.Path("moved").rglob("*")), attempt(os.rmdir, "moved"), attempt(os.makedirs, "tree"))
shutil.rmtree("moved")
print(os.path.exists("moved"), attempt(shutil.rmtree, "moved"), attempt(os.rename, "tree", "1.txt"))
with contextlib.chdir("tree"):
    print(os.path.basename(os.getcwd()))
with open(os.devnull, "r+b") as null:
    print(null.write(b"gone"), null.read())
print(len(os.urandom(5)), pathlib.Path.cwd().name == os.path.basename(folder), os.path.expanduser("~") != "~")
os.chdir("/")
shutil.rmtree(folder)
print(os.path.exists(folder))
