"""selectors: the same program over select, poll and epoll."""
import selectors
import socket
import threading


def attempt(call, *arguments):
    try:
        return call(*arguments)
    except (ValueError, KeyError, RuntimeError) as error:
        return f"{type(error).__name__}: {str(error).split(' at 0x')[0][:40]}"


for kind in (selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector):
    print("--", kind.__name__)
    a, b = socket.socketpair()
    with kind() as selector:
        key = selector.register(a, selectors.EVENT_READ, data="a")
        selector.register(b, selectors.EVENT_WRITE)
        print(key.fileobj is a, key.fd == a.fileno(), key.events, key.data, len(selector.get_map()))
        print([(key.data, events) for key, events in selector.select()])
        b.send(b"hello")
        print(sorted((str(key.data), events) for key, events in selector.select(10)))
        selector.modify(a, selectors.EVENT_READ | selectors.EVENT_WRITE, "both")
        print(sorted((str(key.data), events) for key, events in selector.select(10)))
        print(selector.get_key(a).data, a in selector.get_map(), selector.get_map()[b].events)
        print(selector.unregister(b).fileobj is b, selector.unregister(a).data, selector.select(0), selector.select(0.02), selector.select(-1))
        selector.register(a, selectors.EVENT_READ)
        print(str(attempt(selector.register, a, selectors.EVENT_READ)).startswith("KeyError"))
        print(attempt(selector.register, 5.5, selectors.EVENT_READ))
        print(attempt(selector.register, b, 0), attempt(selector.register, b, 4))
        print(str(attempt(selector.unregister, b)).startswith("KeyError"), str(attempt(selector.modify, b, 1)).startswith("KeyError"), str(attempt(selector.get_key, b)).startswith("KeyError"))
        a.recv(10)
        timer = threading.Timer(0.02, b.send, [b"!"])
        timer.start()
        print([events for _, events in selector.select()])
        timer.join()
        a.close()
        print(attempt(selector.unregister, a).events)
    print(selector.get_map())
    b.close()
