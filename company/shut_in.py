"""How a child process that reads a stranger's bytes bounds itself, before it looks at them. Imported by such children.

It takes away from itself what it does not need: memory, time, new files, the network where the system allows that.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

UNBOUND = 4
"""Exit code of a child that the system does not let bound itself."""
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # linux/sched.h


class Bounds(Protocol):
    """How much a child may take."""

    @property
    def seconds(self) -> float:
        """Of processor time, and of wall time, which the parent keeps."""
        ...

    @property
    def memory_mb(self) -> int:
        """Address space, libraries included."""
        ...


def shut_in(bounds: Bounds, parent: int) -> None:
    """Bounds that hold for this process and all that it starts; it ends when the process `parent` does."""
    memory, seconds = bounds.memory_mb * 1024 * 1024, int(bounds.seconds) + 1
    for what, most in (
        (resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, 64),
    ):  # fmt: skip
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(what, (most, most))
        except (OSError, ValueError):  # a service unit may forbid it; nothing is read without bounds
            sys.exit(UNBOUND)
    with contextlib.suppress(OSError):  # where memory runs out all the same, this is what goes, not the company
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused by some systems; then the other bounds must do
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # last: a change of rights takes it back
    if os.getppid() != parent:  # killed before that
        sys.exit(1)


@contextlib.contextmanager
def own_streams() -> Iterator[tuple[int, int]]:
    """The two ways out (answer, news), moved away from where a library might print to."""
    answer, news = os.dup(1), os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    yield answer, news
    os.close(answer)
    os.close(news)
