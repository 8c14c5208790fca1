"""What programs keep in files and send: zip, tar, gzip, bz2, lzma, csv, pickles, shelves, settings."""
import bz2
import configparser
import csv
import gzip
import io
import lzma
import os
import pickle
import shelve
import socket
import tarfile
import tempfile
import threading
import tomllib
import zipfile
import zlib

left, right = socket.socketpair()
text = b"some text that repeats " * 200


def through(data):
    """Sends bytes and returns what arrives."""
    thread = threading.Thread(target=left.sendall, args=(data,))
    thread.start()
    got = right.recv(len(data), socket.MSG_WAITALL)
    thread.join()
    return got


for module in (zlib, gzip, bz2, lzma):
    packed = module.compress(text)
    print(module.__name__, len(packed) < 200, module.decompress(through(packed)) == text)
buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("a/b.txt", text)
    archive.writestr("c.txt", "small")
with zipfile.ZipFile(io.BytesIO(through(buffer.getvalue()))) as archive:
    print(archive.namelist(), archive.read("a/b.txt") == text, archive.testzip(), archive.getinfo("c.txt").file_size)
try:
    zipfile.ZipFile(io.BytesIO(b"no archive"))
except zipfile.BadZipFile as error:
    print(error)
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
    info = tarfile.TarInfo("inside/name.txt")
    info.size = len(text)
    archive.addfile(info, io.BytesIO(text))
with tarfile.open(fileobj=io.BytesIO(through(buffer.getvalue())), mode="r:gz") as archive:
    print(archive.getnames(), archive.extractfile("inside/name.txt").read() == text)
with left.makefile("wb") as file, gzip.open(file, "wb") as packed:
    packed.write(text)
print(zlib.decompressobj(31).decompress(right.recv(1000))[:9])


class Point:
    def __init__(self, x):
        self.x = x


things = [1, "two", 3.0, None, {"k": (1, 2)}, {4}, b"\0", Point(5), 1 << 100, float("inf")]
for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
    again = pickle.loads(through(pickle.dumps(things, protocol)))
    print(protocol, again[:7] == things[:7], again[7].x, again[8:] == things[8:])
for bad in (b"", b"nonsense", pickle.dumps(things)[:-5]):
    try:
        pickle.loads(bad)
    except Exception as error:
        print(type(error).__name__)
with tempfile.TemporaryDirectory() as folder:
    with shelve.open(os.path.join(folder, "shelf")) as shelf:
        shelf["a"] = [1, 2]
        shelf["b"] = Point(3)
    with shelve.open(os.path.join(folder, "shelf")) as shelf:
        print(sorted(shelf), shelf["a"], shelf["b"].x)
    path = os.path.join(folder, "table.csv")
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, ["host", "port"])
        writer.writeheader()
        writer.writerows([{"host": "a, b", "port": 1}, {"host": 'say "x"', "port": 2}])
    with open(path, newline="") as file:
        print(list(csv.DictReader(file)))
    settings = configparser.ConfigParser()
    settings.read_string("[server]\nhost = localhost\nport = 9000\n[client]\nretry = yes")
    with open(os.path.join(folder, "settings.ini"), "w") as file:
        settings.write(file)
    again = configparser.ConfigParser()
    again.read(os.path.join(folder, "settings.ini"))
    print(again["server"].getint("port"), again.getboolean("client", "retry"), again.sections())
print(tomllib.loads('[server]\nhost = "localhost"\nports = [1, 2]'))
left.close()
right.close()
