"""Recordings that were not understood: kept for a while, readable by this user alone, within bounds. All blocking."""

from __future__ import annotations

import os
import re
from pathlib import Path

DAY_S = 86_400


class Keeping:
    """A folder of recordings.

    Args:
        folder: where; made with mode 0700 at the first.
        days: how long each is kept; 0 keeps none.
        most_bytes: of all of them; the oldest go first.
    """

    def __init__(self, folder: Path, *, days: int, most_bytes: int) -> None:
        self._folder = folder
        self._days = days
        self._most_bytes = most_bytes

    def put(self, name: str, data: bytes, now_s: float) -> Path | None:
        """Keep one under its name (0600), the same name again in its place; None when none is kept."""
        if not self._days or len(data) > self._most_bytes:
            return None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        path = self._folder / (re.sub(r"[^\w.-]", "_", name).lstrip(".")[-100:] or "recording")
        self.sweep(now_s, room_for=len(data))
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.utime(path, (now_s, now_s))
        return path

    def sweep(self, now_s: float, *, room_for: int = 0) -> None:
        """Take away what is too old, and the oldest of what is too much."""
        if not self._folder.is_dir():
            return
        found = [(path.stat(), path) for path in self._folder.iterdir() if path.is_file()]
        left = self._most_bytes - room_for
        for stat, path in sorted(found, key=lambda one: one[0].st_mtime, reverse=True):
            left -= stat.st_size
            if left < 0 or stat.st_mtime < now_s - self._days * DAY_S:
                path.unlink(missing_ok=True)
