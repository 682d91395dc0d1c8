"""Ties a worker's life to its parent's. The parent's end closes the pipe; where the kernel can kill with it, that makes
it sure: it reaches a worker that is asleep, too.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


class NotTiedError(Exception):
    """This worker could outlive its parent."""


def tie_to(parent: int) -> None:
    """End with the parent. NotTiedError where it is gone already, or the kernel refuses.

    Linux sends the signal when the *thread* that made this process ends. On systems without it a lease is never said
    to be a dead process's (ledger/owner.py reads /proc), so the pipe alone is enough there.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
            raise NotTiedError(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it ended before the signal was asked for
        raise NotTiedError("the parent is gone")
