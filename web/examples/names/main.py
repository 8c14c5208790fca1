# From names to addresses, and back.
import socket

found = socket.getaddrinfo(
    "localhost", "http",
    family=socket.AF_INET, type=socket.SOCK_STREAM)
for family, kind, protocol, _, address in found:
    print(family.name, kind.name, address)

print("http is port", socket.getservbyname("http"))
print("port 443 is", socket.getservbyport(443))

# Addresses as the network has them.
packed = socket.inet_pton(socket.AF_INET6, "::1")
print("::1 is", len(packed), "bytes")
print("127.0.0.1 is", socket.inet_aton("127.0.0.1"))
print("80 in network order:", socket.htons(80))

# Numbers only: nothing is looked up.
host, port = socket.getnameinfo(
    ("127.0.0.1", 9000),
    socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
print(host, port)

try:
    socket.getaddrinfo("127.0.0.1", "no-such-service")
except socket.gaierror as error:
    print("unknown:", error.errno == socket.EAI_SERVICE)
