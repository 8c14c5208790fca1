"""What comes beside a datagram: where it was sent to, its hops, its class, and when it came."""
import socket
import struct

receiver = socket.socket(type=socket.SOCK_DGRAM)
receiver.bind(("0.0.0.0", 0))
receiver.settimeout(20)
receiver.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
IP_PKTINFO, IP_RECVTTL = 8, 12
receiver.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
receiver.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
sender = socket.socket(type=socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 7)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
sender.sendto(b"with all of it", ("127.0.0.1", receiver.getsockname()[1]))
data, ancillary, flags, address = receiver.recvmsg(100, 1000)
print(data, flags, address[0])
for level, kind, value in sorted(ancillary):
    if kind == IP_PKTINFO:
        index, local, target = struct.unpack("=I4s4s", value)
        print("to", socket.inet_ntoa(target), socket.if_indextoname(index))
    elif kind == 2:
        print("hops", struct.unpack("i", value)[0])
    elif kind == socket.IP_TOS:
        print("class", value[0])

# No room for it, or some.
sender.sendto(b"no room", ("127.0.0.1", receiver.getsockname()[1]))
data, ancillary, flags, _ = receiver.recvmsg(100)
print(data, ancillary, flags == socket.MSG_CTRUNC)
buffers = [bytearray(3), bytearray(100)]
sender.sendmsg([b"in ", b"two ", b"buffers"], [], 0, ("127.0.0.1", receiver.getsockname()[1]))
count, ancillary, flags, address = receiver.recvmsg_into(buffers, socket.CMSG_SPACE(100))
print(count, bytes(buffers[0]), bytes(buffers[1][:count - 3]), len(ancillary) >= 3)

# IPv6: the class and the way it came.
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
    six.bind(("::1", 0))
    six.settimeout(20)
    for option in (socket.IPV6_RECVPKTINFO, socket.IPV6_RECVTCLASS, socket.IPV6_RECVHOPLIMIT):
        six.setsockopt(socket.IPPROTO_IPV6, option, 1)
    other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 8)
    other.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 3)
    other.sendto(b"six", six.getsockname())
    data, ancillary, _, _ = six.recvmsg(100, 1000)
    for level, kind, value in sorted(ancillary):
        if kind == socket.IPV6_PKTINFO:
            print("to", socket.inet_ntop(socket.AF_INET6, value[:16]))
        else:
            print({socket.IPV6_TCLASS: "class", socket.IPV6_HOPLIMIT: "hops"}[kind], struct.unpack("i", value)[0])
receiver.close()
sender.close()
