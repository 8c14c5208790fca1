"""argparse and sys.argv as a network program uses them."""
import argparse
import ipaddress
import sys

print(sys.argv[1:], sys.argv[0].endswith("arguments.py"))
parser = argparse.ArgumentParser(prog="tool", description="Talks to a server.")
parser.add_argument("host", type=ipaddress.ip_address, help="an address")
parser.add_argument("-p", "--port", type=int, default=80, metavar="N")
parser.add_argument("--udp", action="store_true")
parser.add_argument("--mode", choices=["echo", "time"], default="echo")
print(parser.parse_args(["127.0.0.1", "-p", "9000", "--udp"]))
print(parser.parse_args(["::1", "--mode=time"]))
print(parser.format_usage(), end="")
sub = parser.add_argument_group("more")
sub.add_argument("--data", nargs="*", type=str.upper)
print(parser.parse_args(["10.0.0.1", "--data", "a", "b"]).data)
sys.stderr.flush()
parser.parse_args(["not-an-address"])
