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
from dataclasses import dataclass
from pathlib import Path, PurePath

from company.config_documents import QuotaSettings
from company.document_records import Whose
from company.errors import Refused
from knowledge.converting.kinds import format_of
from knowledge.converting.records import Unreadable
from knowledge.engine import COMPANY
from knowledge.owners import folder_of, whose

LONGEST_NAME = 120
MAKE_ROOM = "Delete some (/knowledge delete NAME), or raise it."
_HOLDERS = {
    Whose.PERSON: "your documents", Whose.GROUP: "this group's documents", Whose.PROJECT: "this project's documents",
    Whose.COMPANY: "the company's documents",
}  # fmt: skip
_STRANGE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069/\\\\]")


class DocumentRefused(Refused):
    """A file can't become a document; the sentence says why."""


class NoRoom(DocumentRefused):
    """A quota is used up. `limit` is the setting that names it."""

    def __init__(self, sentence: str, limit: str) -> None:
        super().__init__(sentence)
        self.limit = limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file that was written down; `replaces`: there was one of that name."""

    path: Path
    replaces: bool


@dataclass(frozen=True, slots=True)
class Used:
    """What lies somewhere: files and their bytes."""

    documents: int
    size: int


class Uploads:
    """The folder of what was handed in. Everything here blocks.

    Args:
        folder: of what is the company's; made when the first file comes.
        private: of the folders of everybody else (`knowledge.owners`).
        max_bytes: of one file.
        quota_bytes: of all together.
        quotas: of each owner, and how many.
    """

    def __init__(
        self, folder: Path, private: Path, *, max_bytes: int, quota_bytes: int, quotas: QuotaSettings | None = None
    ) -> None:
        self.folder = folder
        self.private = private
        self._max_bytes = max_bytes
        self._quota_bytes = quota_bytes
        self._quotas = quotas or QuotaSettings()

    def holds(self, path: Path) -> bool:
        """Whether a file was handed in, and so may be deleted by NEXUS."""
        return path.parent == self.folder or path.is_relative_to(self.private)

    def folder_of(self, owner: str) -> Path:
        """Where the files of an owner lie."""
        return self.folder if owner == COMPANY else folder_of(self.private, owner)

    def share(self, path: Path, owner: str) -> Path:
        """Move a file to those of another owner; its new path.

        Raises:
            DocumentRefused: that one has another file of that name, or no room.
            OSError: the folder can't be written.
        """
        target = self.folder_of(owner) / path.name
        if target.exists():
            whose = "The company" if owner == COMPANY else "The project"
            raise DocumentRefused(f"{whose} has another {path.name}; send yours under another name, then share it.")
        self._need_room(target, path.stat().st_size, owner, moved=True)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(target)
        return target

    def keep(self, name: str, data: bytes, owner: str = COMPANY) -> Kept:
        """Write a file down for its owner. The one thread that writes calls this, so nobody passes a quota meanwhile.

        Raises:
            DocumentRefused: its name is none, its format can't be read, it is too large, there is no room (`NoRoom`).
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
        target = self.folder_of(owner) / name
        self._need_room(target, len(data), owner)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replaces = target.exists()
        _write_whole(target, data)
        return Kept(path=target, replaces=replaces)

    # -- quotas -------------------------------------------------------------------------------------------------------

    def used(self, owner: str | None = None, *, without: Path | None = None) -> Used:
        """What an owner has handed in, or everybody together."""
        folders = self._folders() if owner is None else (self.folder_of(owner),)
        sizes = [path.lstat().st_size for folder in folders for path in _files(folder) if path != without]
        return Used(len(sizes), sum(sizes))

    def most(self, owner: str | None = None) -> Used:
        """What an owner, or everybody together, may hand in; 0 is no limit."""
        quotas = self._quotas
        if owner is None:
            return Used(quotas.documents, self._quota_bytes)
        limits = {
            Whose.PERSON: (quotas.person_documents, quotas.person_mb),
            Whose.GROUP: (quotas.group_documents, quotas.group_mb),
            Whose.PROJECT: (quotas.project_documents, quotas.project_mb),
            Whose.COMPANY: (0, 0.0),
        }
        documents, megabytes = limits[whose(owner)]
        return Used(documents, int(megabytes * 1_000_000))

    def _need_room(self, target: Path, size: int, owner: str, *, moved: bool = False) -> None:
        """Raises `NoRoom`, with what is used and how room is made. What is moved counts for all together already."""
        kind = whose(owner).value
        looks: list[tuple[str | None, str, str, str]] = [
            (owner, _HOLDERS[whose(owner)], f"quotas.{kind}_mb", f"quotas.{kind}_documents")
        ]
        if not moved:
            looks.append((None, "the uploads", "knowledge.uploads_mb", "quotas.documents"))
        for holder, named, of_bytes, of_documents in looks:
            used, most = self.used(holder, without=target), self.most(holder)
            if most.size and used.size + size > most.size:
                raise NoRoom(
                    f"There is no room for {target.name}: {named} hold {_mb(used.size)} MB, and the limit is "
                    f"{_mb(most.size)} MB ({of_bytes}). {MAKE_ROOM}", of_bytes,
                )  # fmt: skip
            if most.documents and used.documents >= most.documents:
                raise NoRoom(
                    f"There is no room for {target.name}: {named} hold {used.documents:,} documents, and the limit is "
                    f"{most.documents:,} ({of_documents}). {MAKE_ROOM}", of_documents,
                )  # fmt: skip

    def _folders(self) -> Iterator[Path]:
        yield self.folder
        yield from self.private.iterdir() if self.private.is_dir() else ()


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f}".removesuffix(".0")


def _files(folder: Path) -> Iterator[Path]:
    """Documents of one folder; what is hidden is half written."""
    yield from (
        path for path in (folder.iterdir() if folder.is_dir() else ()) if path.is_file() and path.name[0] != "."
    )


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
