"""Becomes the program named on its command line, tied to the life of the process that started it.

Run by path by server (``python launch.py PARENT_PID PROGRAM ARGS…``), so it imports nothing of ours.
Popen's preexec_fn could do the same but is unsafe beside threads; a small program before ``exec`` is not.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when ``parent`` ends, however it ends (Linux only)."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was asked
        sys.exit("the parent is gone")


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - becoming the program is the purpose
