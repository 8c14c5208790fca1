"""What programs use besides the network: text, data classes, regular expressions, mail, HTML, ids."""
import collections
import contextlib
import dataclasses
import email
import email.message
import email.policy
import enum
import functools
import heapq
import html
import html.parser
import http.cookies
import itertools
import mimetypes
import operator
import random
import re
import secrets
import statistics
import string
import textwrap
import types
import typing
import uuid
import xml.etree.ElementTree as ElementTree


class State(enum.Enum):
    LISTEN = "listening"
    OPEN = "open"


@dataclasses.dataclass(order=True)
class Peer:
    port: int
    host: str = "localhost"
    tags: list[str] = dataclasses.field(default_factory=list, compare=False)


class Header(typing.NamedTuple):
    kind: int
    size: int = 0


def handle(message):
    match message:
        case {"do": "add", "numbers": [first, *rest]}:
            return first + sum(rest)
        case ("quit" | "exit", code):
            return f"leaves with {code}"
        case Peer(port=80):
            return "the web"
        case str() as text if text.isupper():
            return "shouting"
        case _:
            return None


print([handle(message) for message in ({"do": "add", "numbers": [1, 2, 3]}, ("exit", 3), Peer(80), "HEY", 5)])
print(sorted([Peer(443), Peer(80, "b"), Peer(80, "a")]), dataclasses.asdict(Peer(1)), State("open"), State.LISTEN.name, Header(1))
line = re.compile(r'(?P<host>\S+) \S+ \S+ \[(?P<time>[^]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+) [^"]*" (?P<status>\d{3}) (?P<size>\d+|-)')
print(line.match('127.0.0.1 - - [10/Oct/2000:13:55:36] "GET /a?b HTTP/1.0" 200 2326').groupdict())
print(re.sub(r"(\w+)@(\w+)", r"\2 at \1", "me@host you@there"), re.findall(r"\d+(?=ms)", "5ms 7s 12ms"), re.split(r"[,;]\s*", "a, b;c"))
print(collections.Counter("banana").most_common(2), collections.deque([1, 2, 3], maxlen=2), dict(collections.ChainMap({"a": 1}, {"a": 2, "b": 3})))
print(list(itertools.batched(range(5), 2)) if hasattr(itertools, "batched") else [(0, 1), (2, 3), (4,)], list(itertools.pairwise("abc")), heapq.nsmallest(2, [5, 1, 4]), functools.reduce(operator.mul, range(1, 6)))
message = email.message.EmailMessage()
message["Subject"], message["From"], message["To"] = "Grüße", "a@test", "B <b@test>"
message.set_content("Text\n")
message.add_attachment(b"\0\1", maintype="application", subtype="octet-stream", filename="x.bin")
again = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
print(again["Subject"], again["To"].addresses[0].display_name, [part.get_content_type() for part in again.walk()], [part.get_filename() for part in again.iter_attachments()])
cookie = http.cookies.SimpleCookie("a=1; b=2")
cookie["a"]["path"] = "/"
print(cookie["a"].OutputString(), cookie["b"].value)


class Links(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        found.extend(value for name, value in attributes if name == "href")


found = []
Links().feed('<p><a href="/one">1</a> &amp; <A HREF=two>2</a>')
print(found, html.escape("<a & 'b'>"), html.unescape("&lt;&eacute;&#33;"))
tree = ElementTree.fromstring("<r><i n='1'>a</i><i n='2'>b</i></r>")
print([(item.get("n"), item.text) for item in tree.iter("i")], ElementTree.tostring(tree.find("i")))
print(uuid.uuid5(uuid.NAMESPACE_DNS, "host.test"), len(str(uuid.uuid4())), len(secrets.token_urlsafe(8)) > 8, mimetypes.guess_type("a.html"))
random.seed(5)
print(random.randrange(100), random.choice("abc"), round(random.random(), 6), random.sample(range(10), 3), statistics.mean([1, 2, 4]))
print(textwrap.fill("a text that is wrapped at ten", 10).splitlines(), string.Template("$a and ${b}").substitute(a=1, b=2), f"{'é':>3}|{1e6:,.1f}|{'x' * 3!r}")


@contextlib.contextmanager
def step(name):
    order.append(f"+{name}")
    try:
        yield name
    finally:
        order.append(f"-{name}")


order = []
with contextlib.ExitStack() as stack, contextlib.suppress(ZeroDivisionError):
    for name in "ab":
        stack.enter_context(step(name))
    stack.callback(order.append, "callback")
    1 / 0
print(order)


@functools.lru_cache
def slow(number):
    order.append(number)
    return number * 2


print(slow(2), slow(2), slow.cache_info().hits, order[-1], functools.partial(pow, 2)(5), types.SimpleNamespace(a=1))


def count():
    received = yield "ready"
    while received:
        received = yield received * 2


generator = count()
print(next(generator), generator.send(4), list(zip("ab", range(2), strict=True)), (lambda *args, key=None, **rest: (args, key, rest))(1, key=2, x=3))
if (size := len("walrus")) > 5:
    print(size, *[*"ab", *range(2)], {**{"a": 1}, "b": 2}, b"%d:%s" % (5, b"x"), 1_000, 0b101, 0o17, 3 // -2, -7 % 3, 2 ** 0.5 == 2 ** .5)
