"""Arguments of the command line, as a network tool takes them."""
import argparse
import getopt
import shlex
import sys

print(sys.argv[1:], len(sys.argv))
parser = argparse.ArgumentParser(prog="tool")
parser.add_argument("host")
parser.add_argument("port", type=int)
parser.add_argument("-m", "--message", default="hello")
parser.add_argument("-v", "--verbose", action="count", default=0)
commands = parser.add_subparsers(dest="command")
send = commands.add_parser("send", help="sends")
send.add_argument("files", nargs="+")
print(vars(parser.parse_args()))
print(getopt.getopt(["-a", "-p", "80", "--host=x", "rest"], "ap:", ["host="]))
print(shlex.split("tool 'a host' -p 80"), shlex.join(["a b", "c"]))
parser.parse_args(["host", "no-port"])
