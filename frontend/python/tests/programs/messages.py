"""sendmsg, recvmsg and recvmsg_into: several buffers, and what comes beside the bytes."""
import array
import socket
import struct

# A stream: buffers are joined on their way out and filled one after the other on their way in.
a, b = socket.socketpair()
print(a.sendmsg([b"head ", bytearray(b"and "), memoryview(b"body")]))
print(b.recvmsg(9))
first, second, third = bytearray(2), array.array("B", [0] * 10), bytearray(b"untouched")
count, ancillary, flags, address = b.recvmsg_into([first, second, third])
print(count, ancillary, flags, address, bytes(first), second.tobytes(), bytes(third))
print(a.sendmsg([]), a.sendmsg(x for x in (b"1", b"2")), b.recvmsg(10)[0])
a.close()
print(b.recvmsg(10))
b.close()

# Datagrams over IPv6, with the hop limit beside each.
receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
receiver.bind(("::1", 0))
receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
sender.bind(("::1", 0))
here = receiver.getsockname()
limit = (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.pack("i", 5))
print(sender.sendmsg([b"five hops"], [limit], 0, here))
data, [(level, kind, value)], flags, address = receiver.recvmsg(100, socket.CMSG_SPACE(4))
print(data, level == limit[0], kind == limit[1], struct.unpack("i", value), flags)
print(address == sender.getsockname())

sender.sendmsg([b"no room for what is beside it"], [limit], 0, here)
data, ancillary, flags, _ = receiver.recvmsg(7)
print(data, ancillary, flags == socket.MSG_TRUNC | socket.MSG_CTRUNC)
sender.connect(here)
print(sender.sendmsg([b"to", b"gether"]), receiver.recvmsg(3, 0, socket.MSG_PEEK)[0])
print(receiver.recvmsg_into([bytearray(100)])[0])
print(socket.CMSG_LEN(4), socket.CMSG_SPACE(4), socket.CMSG_SPACE(8))


def attempt(call, *arguments):
    try:
        print(call(*arguments))
    except Exception as error:
        print(type(error).__name__)


attempt(sender.sendmsg)
attempt(sender.sendmsg, 1)
attempt(sender.sendmsg, ["text"])
attempt(sender.sendmsg, [b""], [(1, 2)])
attempt(sender.sendmsg, [b""], [limit], 0, "nowhere")
attempt(receiver.recvmsg, -1)
attempt(receiver.recvmsg, 10, -1)
attempt(receiver.recvmsg_into, [b"read only"])
attempt(receiver.recvmsg_into, bytearray(1))
sender.close()
attempt(sender.sendmsg, [b"closed"])
receiver.close()
