"""How much memory and how many files the processes of a sandbox hold, read from /proc. Everything here blocks.

No control group is asked for: without root or delegation there is none to be had. The price is that memory is looked at
every few milliseconds instead of at every page (see docs/sandbox.md).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from company.sandbox_records import SandboxLimits

_PAGE = os.sysconf("SC_PAGE_SIZE")
_LEAST_AVAILABLE = 64 * 1024 * 1024  # bytes that the whole machine must keep
_NICE = 10
_FIRST_TO_GO = "1000"  # oom_score_adj: if the machine runs out of memory, this goes before the company


@dataclass(frozen=True, slots=True)
class Usage:
    """`memory` in bytes: the pages of all processes, and the writable folders. `entries`: files and folders there."""

    memory: int
    entries: int


def humble(pid: int) -> None:
    """Let the process group of `pid` yield to the company: less CPU, and first to go when memory runs out."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, _NICE)
    _first_to_go(pid)


def measure(first: int, limits: SandboxLimits) -> Usage | None:
    """What the sandbox whose process 1 is `first` (as numbered outside) holds; None when it is gone."""
    processes = list(_tree(first))
    memory = sum(map(_own_pages, processes))
    if memory > limits.memory:
        memory = sum(map(_fair_share, processes))  # slower: pages that children share with their parent count once
    for pid in processes:
        _first_to_go(pid)
    entries = 0
    for folder in ("tmp", "dev/shm"):
        try:
            found = os.statvfs(f"/proc/{first}/root/{folder}")
        except OSError:
            return None
        memory += (found.f_blocks - found.f_bfree) * found.f_frsize
        entries += found.f_files - found.f_ffree
    return Usage(memory, entries)


def is_short_of_memory() -> bool:
    """Whether the whole machine is nearly out of memory."""
    available = _field(Path("/proc/meminfo"), "MemAvailable:")
    return 0 < available < _LEAST_AVAILABLE


def _tree(pid: int) -> Iterator[int]:
    """`pid` and all that descend from it; orphans of a pid namespace belong to its process 1."""
    waiting = [pid]
    while waiting:
        at = waiting.pop()
        yield at
        for thread in _threads(at):
            with contextlib.suppress(OSError):
                waiting += map(int, (thread / "children").read_text(encoding="ascii").split())


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _own_pages(pid: int) -> int:
    try:
        _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0
    return (int(resident) - int(shared)) * _PAGE


def _fair_share(pid: int) -> int:
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Pss_Anon:")


def _field(path: Path, name: str) -> int:
    """A line such as `MemAvailable:  1234 kB`, in bytes; 0 when it can't be read."""
    try:
        for line in path.read_text(encoding="ascii").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        return 0
    return 0


def _first_to_go(pid: int) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
