"""makefile in its modes: text, bytes, unbuffered, both ways, closing in any order."""
import io
import socket

for mode, buffering in (("r", None), ("rb", None), ("rb", 0), ("w", None), ("wb", None), ("wb", 0), ("rw", None), ("rwb", None)):
    left, right = socket.socketpair()
    with left.makefile(mode, buffering) as stream:
        print(mode, buffering, type(stream).__name__, stream.readable(), stream.writable(), stream.seekable())
    left.close()
    right.close()

left, right = socket.socketpair()
writer = left.makefile("w", encoding="utf-8", newline="\r\n")
reader = right.makefile("r", encoding="utf-8", newline=None)
print("one\nzwölf", file=writer)
writer.flush()
print(repr(reader.readline()), repr(reader.readline()))
left.close()
print("still open", file=writer, flush=True)
print(repr(reader.readline()), left.fileno() == -1)
writer.close()
print(repr(reader.read()))
reader.close()
right.close()

left, right = socket.socketpair()
raw = right.makefile("rb", 0)
left.send(b"abcdef")
buffer = bytearray(4)
print(raw.readinto(buffer), bytes(buffer), raw.read(10), isinstance(raw, io.RawIOBase), raw.name == right.fileno(), raw.mode)
right.setblocking(False)
print(raw.read(1))
right.settimeout(0.02)
try:
    raw.read(1)
except TimeoutError as error:
    print(error)
try:
    raw.read(1)
except OSError as error:
    print(error)
raw.close()
try:
    raw.read(1)
except ValueError as error:
    print(str(error).rstrip("."))
for bad in ("x", "ab", ""):
    try:
        print(type(left.makefile(bad)).__name__)
    except ValueError as error:
        print(error)
try:
    left.makefile("r", 0)
except ValueError as error:
    print(error)
left.close()
right.close()
left, right = socket.socketpair()
with left, right, left.makefile("wb") as writer, right.makefile("rb") as reader:
    writer.write(b"x" * 100_000)
    writer.flush() if False else None
    right.shutdown(socket.SHUT_WR)
    import threading
    thread = threading.Thread(target=lambda: (writer.flush(), left.shutdown(socket.SHUT_WR)))
    thread.start()
    print(len(reader.read()), reader.read(), reader.peek(1))
    thread.join()
