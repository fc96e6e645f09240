"""Whether the systemd unit of NEXUS leaves room for the sandbox: what a shell may do, the service may not.

After systemd.exec(5), RestrictNamespaces=, and systemd.unit(5), drop-in files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

NAME = "nexus.service"
FOLDERS = (Path("/etc/systemd/system"), Path("/run/systemd/system"), Path("/usr/lib/systemd/system"))
NEEDED = frozenset({"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"})
_YES, _NO = frozenset({"yes", "true", "on", "1"}), frozenset({"no", "false", "off", "0", ""})


def forbids_the_sandbox(folders: Sequence[Path] = FOLDERS) -> bool:
    """True when the unit is installed and may not make the sandbox's namespaces. Blocking; False where none is."""
    files = list(_files(folders))
    allowed: frozenset[str] | None = None  # None: any
    for path in files:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition("=")
            if key.strip() != "RestrictNamespaces":
                continue
            allowed = _after(allowed, value.strip().lower())
    return allowed is not None and not allowed >= NEEDED


def _after(allowed: frozenset[str] | None, value: str) -> frozenset[str] | None:
    """What may be made after one more line: a list adds to the one before it, one with ~ takes away from all."""
    if value in _NO:
        return None
    if value in _YES:
        return frozenset()
    if value.startswith("~"):
        return (NEEDED if allowed is None else allowed) - frozenset(value[1:].split())
    return (allowed or frozenset()) | frozenset(value.split())


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    unit = next((path for folder in folders if (path := folder / NAME).is_file()), None)
    if unit is None:
        return
    yield unit
    drop_ins: dict[str, Path] = {}
    for folder in folders:  # a file in an earlier folder hides one of the same name in a later one
        for path in (folder / f"{NAME}.d").glob("*.conf"):
            drop_ins.setdefault(path.name, path)
    for name in sorted(drop_ins):
        yield drop_ins[name]
