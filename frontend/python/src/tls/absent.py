"""Stands in for `ssl` in the interpreter that a first visit loads."""

raise ImportError(
    "TLS comes with another interpreter, which is loaded for programs that mention it: "
    "put `import ssl` into the program itself and run it again",
    name="ssl",
)
