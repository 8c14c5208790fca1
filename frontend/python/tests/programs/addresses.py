"""ipaddress and socket's own conversions."""
import ipaddress
import socket

print(socket.inet_aton("127.1"), socket.inet_ntoa(b"\x0a\0\0\x01"))
print(socket.inet_pton(socket.AF_INET6, "fe80::1"), socket.inet_ntop(socket.AF_INET6, bytes(15) + b"\1"))
print(socket.htons(1), socket.ntohs(256), socket.htonl(1), socket.ntohl(0x01020304))
for call, argument in ((socket.inet_aton, "300.1.1.1"), (socket.inet_ntoa, b"abc"),
                       (lambda text: socket.inet_pton(socket.AF_INET, text), "1.2.3"),
                       (lambda text: socket.inet_pton(socket.AF_INET6, text), ":::"),
                       (socket.htons, 70000), (socket.htons, -1)):
    try:
        print(call(argument))
    except (OSError, OverflowError, ValueError) as error:
        print(type(error).__name__, str(error).removesuffix(" for inet_ntoa"))
network = ipaddress.ip_network("192.168.8.0/29")
print(network.netmask, network.broadcast_address, [str(host) for host in network.hosts()][:2])
print(ipaddress.ip_address("192.168.8.5") in network, ipaddress.ip_address("8.8.8.8").is_global)
print([str(part) for part in network.subnets(new_prefix=30)], network.supernet())
print(ipaddress.ip_address("::ffff:1.2.3.4").ipv4_mapped, ipaddress.ip_address("fe80::1").is_link_local)
print(ipaddress.IPv6Address("2001:db8::1").exploded, int(ipaddress.ip_address("1.0.0.0")))
print(list(ipaddress.summarize_address_range(*map(ipaddress.ip_address, ("10.0.0.0", "10.0.0.5")))))
try:
    ipaddress.ip_network("10.0.0.1/24")
except ValueError as error:
    print(error)
print(sorted(map(ipaddress.ip_address, ("10.0.0.10", "10.0.0.9"))))
