"""Standard input: input() with prompts, lines, iteration, reading, and its end."""
import sys

print(sys.stdin.encoding.lower(), sys.stdin.fileno(), sys.stdin.readable(), sys.stdin.writable())
name = input("name? ")
print("hello", name)
print(repr(input()), repr(sys.stdin.readline()), repr(sys.stdin.read(3)), repr(sys.stdin.readline()))
numbers = [int(input(f"number {count}: ")) for count in range(2)]
print(sum(numbers))
for line in sys.stdin:
    print("line", repr(line))
    if not line.strip():
        break
print(list(map(str.strip, sys.stdin)), repr(sys.stdin.read()), repr(sys.stdin.readline()))
try:
    input("nobody there? ")
except EOFError as error:
    print("EOFError", error)
print(input.__name__, sys.stdin.closed)
input()
