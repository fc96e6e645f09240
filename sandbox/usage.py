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

_HELD = frozenset({"RssAnon", "RssShmem", "VmSwap"})  # not the pages of programs, which all processes share
_HELD_FAIRLY = frozenset({"Pss_Anon", "Pss_Shmem", "SwapPss"})
_LEAST_AVAILABLE = 64 * 1024 * 1024, 0.03  # bytes, and share of all memory, that the machine must keep free
_SOCKET_HOLDS = Path("/proc/sys/net/core/wmem_default")
_SOCKET_USUALLY_HOLDS = 212_992  # bytes
_OVERHEAD = 2  # of the kernel's memory over the bytes that wait in a socket
_NICE = 5
_FIRST_TO_GO = "1000"  # oom_score_adj: if the machine runs out of memory, this goes before the company


@dataclass(frozen=True, slots=True)
class Usage:
    """`memory` in bytes: of all processes, the writable folders, and sockets. `entries`: files and folders there."""

    memory: int
    entries: int


def humble(pid: int) -> None:
    """Let the process group of `pid` yield to the company: less CPU, and first to go when memory runs out."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, _NICE)
    _first_to_go(pid)


def measure(first: int, limits: SandboxLimits) -> Usage | None:
    """What the sandbox with process 1 `first` (as numbered outside) holds; None when it is not made yet, or gone."""
    if not _is_shut_in(first):
        return None
    processes = list(_tree(first))
    memory = sum(_fields(Path(f"/proc/{pid}/status"), _HELD) for pid in processes)
    if memory > limits.memory:  # slower, but pages that children share with their parent count once
        memory = sum(_fields(Path(f"/proc/{pid}/smaps_rollup"), _HELD_FAIRLY) for pid in processes)
    for pid in processes:
        _first_to_go(pid)
    memory += _in_sockets(first)
    entries = 0
    for folder in ("tmp", "dev/shm"):
        try:
            found = os.statvfs(f"/proc/{first}/root/{folder}")
        except OSError:
            return None
        memory += (found.f_blocks - found.f_bfree) * found.f_frsize
        entries += found.f_files - found.f_ffree
    return Usage(memory, entries)


def _is_shut_in(first: int) -> bool:
    """Whether bubblewrap has changed the root already; until then its folders are those of the machine."""
    try:
        return not Path(f"/proc/{first}/root").samefile("/")
    except OSError:
        return False


def is_short_of_memory() -> bool:
    """Whether the whole machine is nearly out of memory."""
    total, available = (_fields(Path("/proc/meminfo"), frozenset({name})) for name in ("MemTotal", "MemAvailable"))
    least, share = _LEAST_AVAILABLE
    return 0 < available < max(least, share * total)


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


def _in_sockets(first: int) -> int:
    """Bytes that the sockets of the sandbox may hold: they belong to no process, and unix ones are not listed.

    /proc/PID/net/sockstat counts them; tcp, udp (proc(5)) tell what waits in each, "tx:rx" in hexadecimal.
    """
    memory = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        used = int(Path(f"/proc/{first}/net/sockstat").read_text(encoding="ascii").split()[2])
        memory += used * _held_by_a_socket() if used else 0
    for name in ("tcp", "tcp6", "udp", "udp6"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            for line in Path(f"/proc/{first}/net/{name}").read_text(encoding="ascii").splitlines()[1:]:
                memory += _OVERHEAD * sum(int(part, 16) for part in line.split()[4].split(":"))
    return memory


def _held_by_a_socket() -> int:
    try:
        return int(_SOCKET_HOLDS.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return _SOCKET_USUALLY_HOLDS


def _fields(path: Path, names: frozenset[str]) -> int:
    """The sum of lines such as `RssAnon:  1234 kB`, in bytes; 0 when they can't be read."""
    total = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name in names:
                total += int(value.split()[0]) * 1024
    return total


def _first_to_go(pid: int) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
