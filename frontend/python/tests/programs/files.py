"""Files: writing, reading, listing, what is known of them, and errors with their numbers."""
import errno
import io
import os
import pathlib
import shutil
import stat
import tempfile


def attempt(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        where = os.path.basename(error.filename) if isinstance(error.filename, str) else error.filename
        return f"{type(error).__name__} {errno.errorcode[error.errno]} {error.errno} {error.strerror!r} {where}"


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    with open("a.txt", "w", encoding="utf-8") as file:
        print(file.write("first\nsécond\n"), file.tell() > 0, file.name, file.mode)
    with open("a.txt", "a") as file:
        file.writelines(["third\n", "fourth"])
    with open("a.txt", encoding="utf-8") as file:
        print(file.readline(), file.readlines(), file.read())
    with open("a.txt", "r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"X")
        file.truncate()
        file.seek(0)
        print(len(file.read()), file.seekable(), file.fileno() > 2)
    print(os.path.getsize("a.txt"), os.path.exists("a.txt"), os.path.isdir("a.txt"))
    os.makedirs("deep/er/still")
    pathlib.Path("deep/er/b.bin").write_bytes(bytes(5))
    print(sorted(os.listdir()), sorted(entry.name for entry in os.scandir("deep") if entry.is_dir()))
    print(sorted(str(path) for path in pathlib.Path().rglob("*")))
    print([(place, sorted(folders), sorted(files)) for place, folders, files in os.walk("deep")])
    info = os.stat("deep/er/b.bin")
    print(info.st_size, stat.S_ISREG(info.st_mode), stat.S_ISDIR(os.stat("deep").st_mode))
    os.rename("a.txt", "deep/c.txt")
    shutil.copy("deep/c.txt", "d.txt")
    os.replace("d.txt", "e.txt")
    print(os.path.exists("a.txt"), sorted(os.listdir()), open("e.txt", "rb").read(5))
    print(attempt(open, "absent"))
    print(attempt(open, "deep"))
    print(attempt(open, "absent/file", "w"))
    print(attempt(open, "e.txt/file"))
    print(attempt(open, "e.txt", "x"))
    print(attempt(os.mkdir, "deep"))
    print(attempt(os.rmdir, "deep"))
    print(attempt(os.remove, "absent"))
    print(attempt(os.listdir, "absent"))
    print(attempt(os.stat, "absent"))
    print(attempt(os.rename, "absent", "b"))
    print(attempt(os.close, 4000))
    try:
        open("absent")
    except FileNotFoundError as error:
        print(repr(error), error.args, error)
    shutil.rmtree("deep")
    os.remove("e.txt")
    print(os.listdir())
    fd = os.open("raw", os.O_CREAT | os.O_RDWR)
    print(os.write(fd, b"raw bytes"), os.lseek(fd, 4, os.SEEK_SET), os.read(fd, 100), os.read(fd, 1))
    os.close(fd)
    print(attempt(os.read, fd, 1))
    with tempfile.NamedTemporaryFile("w+", suffix=".txt") as file:
        file.write("temporary")
        file.flush()
        print(open(file.name).read(), os.path.basename(file.name).endswith(".txt"))
    print(os.path.exists(file.name))
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"x" * 100)
        file.seek(0)
        print(len(file.read()))
    with tempfile.TemporaryFile() as file:
        print(file.write(b"unnamed"), file.seek(0), file.read())
    try:
        open("raw").write("x")
    except io.UnsupportedOperation as error:
        print(error)
    os.chdir("/")
