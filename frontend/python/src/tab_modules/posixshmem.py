"""Lets `multiprocessing` be imported where no other process could share memory."""

from _sockpit_posix import no_process as shm_open, no_process as shm_unlink
