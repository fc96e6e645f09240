"""Files that were handed in (sent in a chat, uploaded) rather than dropped into a folder: one folder of our own.

Written whole or not at all, readable by this user alone, under a name that can't lead anywhere else. The same name
again is a new version of that document.
"""

from __future__ import annotations

import contextlib
import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePath

from company.errors import Refused
from knowledge.converting.kinds import format_of
from knowledge.converting.records import Unreadable
from knowledge.engine import COMPANY
from knowledge.owners import folder_of

LONGEST_NAME = 120
_STRANGE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069/\\\\]")


class DocumentRefused(Refused):
    """A file can't become a document; the sentence says why."""


class Uploads:
    """The folder of what was handed in. Everything here blocks.

    Args:
        folder: of what is the company's; made when the first file comes.
        private: of the folders of everybody else (`knowledge.owners`).
        max_bytes: of one file.
        quota_bytes: of all together.
    """

    def __init__(self, folder: Path, private: Path, *, max_bytes: int, quota_bytes: int) -> None:
        self.folder = folder
        self.private = private
        self._max_bytes = max_bytes
        self._quota_bytes = quota_bytes

    def holds(self, path: Path) -> bool:
        """Whether a file was handed in, and so may be deleted by NEXUS."""
        return path.parent == self.folder or path.is_relative_to(self.private)

    def share(self, path: Path) -> Path:
        """Move a file to those of the company; its new path.

        Raises:
            DocumentRefused: the company has another file of that name.
            OSError: the folder can't be written.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self.folder / path.name
        if target.exists():
            raise DocumentRefused(f"The company has another {path.name}; send yours under another name, then share it.")
        path.rename(target)
        return target

    def keep(self, name: str, data: bytes, owner: str = COMPANY) -> Path:
        """Write a file down for its owner; its path.

        Raises:
            DocumentRefused: its name is none, its format can't be read, it is too large, or there is no room.
            OSError: the disk is full or the folder can't be written.
        """
        name = file_name(name)
        try:
            format_of(name)
        except Unreadable as error:
            raise DocumentRefused(f"{name} can't be used: {error}.") from None
        if len(data) > self._max_bytes:
            raise DocumentRefused(
                f"{name} can't be used: it is {len(data) / 1e6:.1f} MB; the limit is {self._max_bytes / 1e6:.0f} MB "
                "(knowledge.max_file_mb)."
            )
        folder = self.folder if owner == COMPANY else folder_of(self.private, owner)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = folder / name
        held = sum(path.lstat().st_size for path in self._all() if path != target)
        if held + len(data) > self._quota_bytes:
            raise DocumentRefused(
                f"There is no room for {name}: the uploads hold {held / 1e6:,.0f} MB, and the limit is "
                f"{self._quota_bytes / 1e6:,.0f} MB (knowledge.uploads_mb). Delete some, or raise it."
            )
        _write_whole(target, data)
        return target

    def _all(self) -> Iterator[Path]:
        for parent in (self.folder, *(self.private.iterdir() if self.private.is_dir() else ())):
            yield from (path for path in (parent.iterdir() if parent.is_dir() else ()) if path.is_file())


def file_name(name: str) -> str:
    """`name` as it is kept. Raises `DocumentRefused` for one that leads elsewhere or says nothing."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name or name.startswith((".", "~")) or _STRANGE.search(name):
        raise DocumentRefused(
            "The name of the file can't be used: it must have no slash, no control sign and no dot first."
        )
    path = PurePath(name)
    return path.stem[: LONGEST_NAME - len(path.suffix)].rstrip() + path.suffix


def _write_whole(target: Path, data: bytes) -> None:
    """Beside the target first, then in its place: a crash leaves the old version or the new one."""
    part = target.with_name(f".{target.name[:100]}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
