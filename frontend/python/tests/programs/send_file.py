"""socket.sendfile: the whole file, from an offset, a part, and what it refuses."""
import socket
import tempfile
import threading

with tempfile.TemporaryFile() as file:
    file.write(bytes(range(256)) * 400)
    for offset, count in ((0, None), (100_000, None), (10, 20)):
        file.seek(0)
        left, right = socket.socketpair()
        got = bytearray()

        def take():
            while part := right.recv(65536):
                got.extend(part)

        thread = threading.Thread(target=take)
        thread.start()
        print(left.sendfile(file, offset, count), file.tell(), end=" ")
        left.close()
        thread.join()
        right.close()
        print(len(got), bytes(got[:3]))
    left, right = socket.socketpair()
    for call in (lambda: left.sendfile(open(file.name if isinstance(file.name, str) else "/dev/null")),
                 lambda: left.sendfile(file, 0, 0), lambda: left.sendfile(file, 0, -5)):
        try:
            call()
        except (ValueError, TypeError) as error:
            print(type(error).__name__, error)
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        try:
            datagrams.sendfile(file)
        except ValueError as error:
            print(error)
    left.close()
    right.close()
