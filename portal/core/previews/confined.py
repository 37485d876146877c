"""Run a program with hard limits: ``python -I confined.py SECONDS MEGABYTES FILE_MEGABYTES CMD...``

It replaces itself by the program, which therefore cannot use more processor time or memory, write
larger files, gain rights, or live longer than whoever started it; where the system allows, it has
no network either. It stands alone: nothing of the portal is imported.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
MEGABYTE = 1024 * 1024


def confine(seconds: int, memory: int, file_size: int, parent: int) -> None:
    """Set the limits of this process; sizes in megabytes."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(1)  # whoever started this has died already
    # An empty network of its own; where namespaces are not allowed the limits below still hold.
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for kind, limit in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory * MEGABYTE),
        (resource.RLIMIT_FSIZE, file_size * MEGABYTE),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 256),
    ):
        resource.setrlimit(kind, (limit, limit))


def main(arguments: list[str]) -> None:
    """Confine this process, then become the program."""
    parent, seconds, memory, file_size = (int(text) for text in arguments[:4])
    confine(seconds, memory, file_size, parent)
    os.execvp(arguments[4], arguments[4:])  # noqa: S606  # a list, no shell


if __name__ == "__main__":
    main(sys.argv[1:])
