"""Lets `subprocess` be imported where there are no processes."""

from _sockpit_posix import no_process as fork_exec
