"""The files that a patch is tried on: read once from a folder, kept in memory, never written back."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from company.errors import ConfigError
from qa.patches.diff import SYMLINK

_MOST_FILES = 20_000
_MOST_BYTES = 64 * 1024 * 1024
_LARGEST = 4 * 1024 * 1024  # of one file; a larger one is known by name only
LEFT_OUT = frozenset(
    {
        ".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", ".mypy_cache",
        ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache",
    }
)  # fmt: skip
"""Folders that are no part of what somebody wrote."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. `content` is None where it was too large to be read; of a symlink it is where that leads."""

    content: bytes | None
    mode: str = "100644"

    @property
    def text(self) -> str:
        """Its content as text, bytes that are no UTF-8 kept as they are; "" when it was not read."""
        return (self.content or b"").decode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Tree:
    """Files by their path with "/"; `folder` is where they were read, None for one that a patch made."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    folder: Path | None = None

    def text(self, path: str) -> str | None:
        """A file's text; None when it is not there or was not read."""
        entry = self.entries.get(path)
        return None if entry is None or entry.content is None or entry.mode == SYMLINK else entry.text

    def leads_away(self, path: str) -> str:
        """The part of `path` that is a symlink, or a file where a folder should be; "" when there is none."""
        parts = path.split("/")
        above = ["/".join(parts[:number]) for number in range(1, len(parts))]
        own = self.entries.get(path)
        return next((one for one in above if one in self.entries), path if own and own.mode == SYMLINK else "")


def read_tree(folder: Path) -> Tree:
    """The files below `folder`, symlinks kept as such and never followed; blocks. Raises `ConfigError`."""
    if not folder.is_dir():
        raise ConfigError(f"{folder}: there is no such folder of files. Name the checkout that the patch is for.")
    entries: dict[str, Entry] = {}
    left = _MOST_BYTES
    for path in _files(folder):
        entry = _entry(path, left)
        if entry is None:
            continue
        left -= len(entry.content or b"")
        entries[path.relative_to(folder).as_posix()] = entry
        if len(entries) > _MOST_FILES or left < 0:
            raise ConfigError(
                f"{folder}: more than {_MOST_FILES} files or {_MOST_BYTES // 2**20} MB; name a smaller part of it."
            )
    return Tree(entries, folder)


def _files(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        links = [name for name in folders if (Path(above) / name).is_symlink()]
        folders[:] = [name for name in folders if name not in links]
        yield from (Path(above) / name for name in sorted([*names, *links]))


def _entry(path: Path, left: int) -> Entry | None:
    """One file as it lies there; None for what is none (a socket, one that went away, one that may not be read)."""
    try:
        if path.is_symlink():
            return Entry(os.fsencode(path.readlink()), SYMLINK)
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        known = os.fstat(descriptor)
        if not stat.S_ISREG(known.st_mode):
            return None
        mode = "100755" if known.st_mode & stat.S_IXUSR else "100644"
        large = known.st_size > min(_LARGEST, max(left, 0) + 1)
        return Entry(None if large else file.read(), mode)
