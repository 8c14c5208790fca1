"""Exceptions with a cause, a context and a note; what is printed last."""
import socket
import traceback


class ProtocolError(Exception):
    pass


def parse(data):
    try:
        return int(data)
    except ValueError as error:
        raise ProtocolError(f"not a number: {data!r}") from error


try:
    parse(b"x")
except ProtocolError as error:
    print(repr(error.__cause__), error.__suppress_context__)
    print("".join(traceback.format_exception_only(error)).strip())
    print([frame.name for frame in traceback.extract_tb(error.__traceback__)])
try:
    raise ExceptionGroup("several", [OSError(111, "Connection refused"), ValueError("x")])
except* OSError as group:
    print([str(error) for error in group.exceptions])
except* ValueError as group:
    print(group.exceptions)
error = OSError(98, "Address already in use")
error.add_note("a note")
print(error.__notes__)
try:
    socket.socket().connect(("127.0.0.1", 70000))
except OverflowError as failure:
    raise ProtocolError("cannot connect") from failure
