"""selectors: one loop for many connections, with what was registered and its changes."""
import selectors
import socket
import threading

print(selectors.DefaultSelector.__mro__[-2].__name__)
ready = threading.Barrier(4)
selector = selectors.DefaultSelector()
server = socket.create_server(("127.0.0.1", 0))
server.setblocking(False)
key = selector.register(server, selectors.EVENT_READ, "listener")
print(key.data, key.events, key.fd == server.fileno(), len(selector.get_map()))


def client(number):
    with socket.create_connection(server.getsockname(), timeout=10) as end:
        ready.wait()
        for word in (b"one", b"two", b"three"):
            end.sendall(word + b"%d" % number)
            answers.append(end.recv(100))


answers = []
clients = [threading.Thread(target=client, args=(number,)) for number in range(4)]
for thread in clients:
    thread.start()
served = 0
while served < 4:
    for key, events in selector.select(5):
        if key.data == "listener":
            connection, _ = server.accept()
            connection.setblocking(False)
            selector.register(connection, selectors.EVENT_READ, [])
        elif events & selectors.EVENT_READ:
            data = key.fileobj.recv(100)
            if data:
                key.data.append(data.upper())
                selector.modify(key.fileobj, selectors.EVENT_READ | selectors.EVENT_WRITE, key.data)
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
                served += 1
                continue
        if events & selectors.EVENT_WRITE and key.data:
            key.fileobj.send(key.data.pop(0))
            selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
for thread in clients:
    thread.join()
print(sorted(answers))
print(selector.select(0), len(selector.get_map()))
try:
    selector.register(server, selectors.EVENT_READ)
except KeyError as error:
    print("registered already" in str(error))
try:
    selector.register(server, 64)
except ValueError as error:
    print(error)
selector.close()
try:
    selector.unregister(server)
except (KeyError, RuntimeError, AttributeError, TypeError) as error:
    print("closed")
server.close()
