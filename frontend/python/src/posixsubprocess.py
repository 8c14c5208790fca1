"""Lets `subprocess` be imported where there are no processes."""


def fork_exec(*args):
    raise OSError(38, "Function not implemented (fork_exec: there are no processes here)")
