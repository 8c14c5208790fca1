"""logging: to a socket and to datagrams, read back as records; levels, formats, filters."""
import io
import logging
import logging.handlers
import pickle
import socket
import struct
import threading

stream = io.StringIO()
logging.basicConfig(stream=stream, level=logging.INFO, format="%(levelname)s:%(name)s:%(message)s")
log = logging.getLogger("net")
log.debug("not shown")
log.info("listening on %s", "somewhere")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
print(stream.getvalue().splitlines()[0], stream.getvalue().splitlines()[-1])

server = socket.create_server(("127.0.0.1", 0))
records = []


def serve():
    connection, _ = server.accept()
    with connection, connection.makefile("rb") as reader:
        while head := reader.read(4):
            fields = pickle.loads(reader.read(*struct.unpack(">L", head)))
            records.append(logging.makeLogRecord(fields))


thread = threading.Thread(target=serve)
thread.start()
handler = logging.handlers.SocketHandler(*server.getsockname())
log.addHandler(handler)
log.warning("over %d bytes", 5)
log.error("the end")
log.removeHandler(handler)
handler.close()
thread.join()
server.close()
for record in records:
    print(record.levelname, record.name, record.getMessage())

receiver = socket.socket(type=socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
receiver.settimeout(10)
handler = logging.handlers.SysLogHandler(address=receiver.getsockname())
log.addHandler(handler)
log.critical("for the syslog")
print(receiver.recv(1000))
handler.close()
receiver.close()
