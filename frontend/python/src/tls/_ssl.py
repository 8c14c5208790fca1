"""What `ssl` runs on: RustPython's `_ssl`, and connections over our sockets.

RustPython's own does the cryptography and the certificates (rustls), but talks to sockets of its
own.  So a connection over a socket is one over two buffers here, and what is in them goes to and
comes from the socket: a record at a time, because what is not received yet is what `select` sees.
"""

import _sockpit_tls  # first: it chooses the cryptography
import _sockpit_ssl
from _socket import socket as _socket
from _thread import allocate_lock as _allocate_lock
from _weakref import ref as _ref
from time import monotonic as _monotonic

globals().update({name: value for name, value in vars(_sockpit_ssl).items()
                  if not name.startswith("__")})

OPENSSL_VERSION = "OpenSSL 3.3.0-compatible (rustls 0.23, RustCrypto)"

# Bytes of a record's header; of its content at most (RFC 8446, 5.1 and 5.2); of plaintext that is
# encrypted before it is sent, which is what goes into a record.
_HEADER = 5
_CONTENT_MAX = 16384 + 2048
_WRITE_MAX = 16384

# A record at least this long is no alert: what follows it is another record, whose header can be
# received along with it.
_ALERT_MAX = 256

# What a record begins with.
_TYPES = range(20, 25)
_MAJOR = 3

# What a server is sent by a client that does not speak TLS.
_HTTP = (b"GET ", b"POST", b"HEAD", b"PUT ")
_PROXY = b"CONNE"

# OpenSSL's names for what RustPython says in rustls's words.
_REASONS = {"SSL error: peer sent no certificates": "PEER_DID_NOT_RETURN_A_CERTIFICATE"}

# What OpenSSL says of files with certificates and keys.
_FILES = {
    "PEM lib": "[SSL] PEM lib",
    "[SSL: KEY_VALUES_MISMATCH] key values mismatch":
        "[X509: KEY_VALUES_MISMATCH] key values mismatch",
}


def _ssl_error(reason, text):
    return _say(SSLError(), SSL_ERROR_SSL, f"[SSL: {reason}] {text}", reason)


def _say(error, number, text, reason=None):
    """Gives an error a number and words."""
    error.errno, error.strerror = error.args = number, text
    if reason is not None:
        error.library, error.reason = "SSL", reason
    return error


def _explained(error, connection):
    """Gives an error of RustPython's the numbers and the words of OpenSSL's."""
    if isinstance(error, SSLCertVerificationError):
        hostname = connection.server_hostname if connection.context.check_hostname else None
        better = _sockpit_tls.why(error.verify_code, hostname)
        if better is not None:
            error.verify_code, error.verify_message = better
        reason = "CERTIFICATE_VERIFY_FAILED"
        text = f"[SSL: {reason}] certificate verify failed: {error.verify_message}"
        return _say(error, SSL_ERROR_SSL, text, reason)
    if isinstance(error, SSLEOFError):
        # RustPython says this of a peer with which nothing can be agreed on, too.
        if connection.version() is None and not connection._has_ended():
            return _ssl_error("UNSUPPORTED_PROTOCOL", "unsupported protocol")
        reason = "UNEXPECTED_EOF_WHILE_READING"
        text = f"[SSL: {reason}] EOF occurred in violation of protocol"
        return _say(error, SSL_ERROR_EOF, text, reason)
    reason = _REASONS.get(str(error)) or getattr(error, "reason", None)
    if reason is not None and str(error) in (*_REASONS, f"[SSL] {reason}"):
        words = reason.replace("_", " ").lower()
        return _say(error, SSL_ERROR_SSL, f"[SSL: {reason}] {words}", reason)
    if error.errno is None:
        return _say(error, SSL_ERROR_SSL, str(error))
    return error


class _Wire:
    """What is between a connection's buffers and its socket."""

    def __init__(self, sock, incoming, outgoing, server_side):
        self.socket = _ref(sock)
        self.incoming, self.outgoing = incoming, outgoing
        self.server_side = server_side
        # RustPython's half: only one thread is in it, and none waits there.
        self.engine = _allocate_lock()
        self.sending, self.receiving = _allocate_lock(), _allocate_lock()
        # Encrypted and not sent yet; how much of its data a write() has encrypted that could not
        # send all of it.
        self.unsent, self.accepted = b"", 0
        # How often something came; the header of the record that comes, and what it lacks.
        self.arrivals, self.header, self.missing = 0, b"", 0
        self.begun = False

    def drive(self, what, step, args=()):
        """Does a step as often as it takes until what it waits for has come."""
        sock, deadline = self.open()
        try:
            while True:
                arrivals = self.arrivals
                try:
                    with self.engine:
                        result = step(*args)
                except SSLWantReadError:
                    self.flush(sock, deadline, what)
                    self.receive(sock, arrivals, deadline)
                    continue
                self.flush(sock, deadline, what)
                return result
        except TimeoutError:
            raise TimeoutError(f"The {what} operation timed out") from None
        except SSLError:
            self.warn(sock)
            raise

    def write(self, step, data):
        """Encrypts and sends all of the data.  What a socket that does not wait had no room for
        goes with the next write(), which has to bring the same data."""
        sock, deadline = self.open()
        with _content(data) as content, self.sending:
            if self.accepted > len(content):
                raise _ssl_error("BAD_WRITE_RETRY", "bad write retry")
            try:
                self.send(sock, deadline)
                while self.accepted < len(content):
                    part = min(len(content), self.accepted + _WRITE_MAX)
                    with self.engine:
                        while self.accepted < part:
                            self.accepted += step(content[self.accepted:part])
                    self.send(sock, deadline)
            except TimeoutError:
                raise TimeoutError("The write operation timed out") from None
            self.accepted = 0
            return len(content)

    def open(self):
        """Returns the socket, and until when a call may take: None is for ever, 0 not at all."""
        sock = self.socket()
        if sock is None:
            raise _ssl_error("UNINITIALIZED", "Underlying socket connection gone")
        timeout = _socket.gettimeout(sock)
        return sock, timeout and _monotonic() + timeout

    def flush(self, sock, deadline, what="write"):
        """Sends what is encrypted, unless a thread is at it of which a reader must not wait: the
        peer may not read either before it is read from."""
        if (self.unsent or self.outgoing.pending) and self.sending.acquire(what != "read"):
            try:
                self.send(sock, deadline)
            finally:
                self.sending.release()

    def send(self, sock, deadline):
        try:
            while self.unsent or self.outgoing.pending:
                self.unsent = self.unsent or self.outgoing.read()
                sent = _sockpit_tls.send(sock, self.unsent, _left(deadline))
                self.unsent = self.unsent[sent:]
        except BlockingIOError:
            raise SSLWantWriteError(SSL_ERROR_WANT_WRITE,
                                    "The operation did not complete (write)") from None

    def warn(self, sock):
        """Sends the alert that tells the peer of an error, if it can be sent at once."""
        try:
            self.flush(sock, 0, "read")
        except OSError:
            pass

    def receive(self, sock, arrivals, deadline):
        """Receives the rest of a record, unless something has come since `arrivals`."""
        with self.receiving:
            if self.arrivals != arrivals:
                return
            try:
                while not self.take(_sockpit_tls.receive(sock, self.wanted(), _left(deadline))):
                    pass
            except BlockingIOError:
                raise SSLWantReadError(SSL_ERROR_WANT_READ,
                                       "The operation did not complete (read)") from None

    def wanted(self):
        """Returns how many bytes to receive."""
        if self.missing:
            return self.missing + (_HEADER if self.missing > _ALERT_MAX else 0)
        return _HEADER - len(self.header)

    def take(self, chunk):
        """Takes bytes that were received; returns whether a record has ended with them."""
        if not chunk:
            self.incoming.write_eof()
            self.arrivals += 1
            return True
        rest, ended = chunk, False
        while rest:
            if self.missing:
                step = min(self.missing, len(rest))
                self.missing -= step
                ended = not self.missing
            else:
                step = _HEADER - len(self.header)
                self.header += rest[:step]
                if len(self.header) == _HEADER:
                    self.missing = self.content_length(self.header)
                    self.header = b""
                    # What is no record is RustPython's to refuse.
                    ended = ended or not self.missing
            rest = rest[step:]
        self.incoming.write(chunk)
        if ended:
            self.arrivals += 1
        return ended

    def content_length(self, header):
        length = int.from_bytes(header[3:])
        is_record = header[0] in _TYPES and header[1] == _MAJOR and length <= _CONTENT_MAX
        if not is_record and not self.begun:
            if self.server_side and header[:4] in _HTTP:
                raise _ssl_error("HTTP_REQUEST", "http request")
            if self.server_side and header == _PROXY:
                raise _ssl_error("HTTPS_PROXY_REQUEST", "https proxy request")
            raise _ssl_error("WRONG_VERSION_NUMBER", "wrong version number")
        self.begun = True
        return length if is_record else 0


def _content(data):
    """Returns a view of the bytes of what a program passes."""
    try:
        return memoryview(data).cast("B")
    except TypeError:
        kind = type(data).__name__
        raise TypeError(f"a bytes-like object is required, not '{kind}'") from None


def _left(deadline):
    """Returns the timeout that is left."""
    if not deadline:
        return deadline
    left = deadline - _monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _SSLSocket(_sockpit_ssl._SSLSocket):
    """A connection: over a socket, or over two buffers of the program's own."""

    _wire = None
    _incoming = None

    def _has_ended(self):
        """Returns whether the peer has closed the connection."""
        return self._incoming is None or self._incoming.eof

    def _drive(self, what, step, *args):
        try:
            if self._wire is None:
                return step(*args)
            return self._wire.drive(what, step, args)
        except SSLError as error:
            raise _explained(error, self)

    def do_handshake(self):
        return self._drive("handshake", super().do_handshake)

    def read(self, size=1024, *buffer):
        if size < 0 and not buffer:
            raise ValueError("size should not be negative")
        return self._drive("read", super().read, size, *buffer)

    def write(self, data):
        if self._wire is None:
            return self._drive("write", super().write, data)
        try:
            return self._wire.write(super().write, data)
        except SSLError as error:
            raise _explained(error, self)

    def shutdown(self):
        self._drive("shutdown", super().shutdown)
        return self._wire and self._wire.socket()


class _SSLContext(_sockpit_ssl._SSLContext):

    def __new__(cls, protocol):
        context = super().__new__(cls, protocol)
        # RustPython's servers keep to the settings of their first connection, unless there are
        # directories to look for certificates in. This is none, and nothing is found in it.
        _sockpit_ssl._SSLContext.load_verify_locations(context, capath="/dev/null")
        return context

    def _wrap_bio(self, incoming, *args, **kwargs):
        connection = super()._wrap_bio(incoming, *args, **kwargs)
        connection._incoming = incoming
        return connection

    def _wrap_socket(self, sock, server_side, server_hostname=None, *, owner=None, session=None):
        incoming, outgoing = MemoryBIO(), MemoryBIO()
        connection = self._wrap_bio(incoming, outgoing, server_side, server_hostname,
                                    owner=owner, session=session)
        connection._wire = _Wire(sock, incoming, outgoing, server_side)
        return connection

    def load_cert_chain(self, *args, **kwargs):
        try:
            return super().load_cert_chain(*args, **kwargs)
        except SSLError as error:
            text = _FILES.get(str(error), str(error))
            raise _say(error, SSL_ERROR_SSL, text)
