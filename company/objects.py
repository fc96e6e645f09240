"""Objects: bytes kept under their own SHA-256, in three trees, on this machine or on an S3 server (`company.s3`).

What an object is called is what it says, so nothing is kept twice, nothing is overwritten, and damage is noticed
whenever an object is read. One writer at a time: whoever writes holds the lock of the data folder's backups.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets as randomness
import shutil
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from company.errors import NoRoom, ObjectLost, ObjectsError

KEY = re.compile(r"[0-9a-f]{64}")
UNFINISHED = ".unfinished"


class Tree(StrEnum):
    """What objects are for: people's files, what NEXUS itself made or was told, and the lists that name both."""

    UPLOADS = "uploads"
    ARTEFACTS = "artefacts"
    BACKUPS = "backups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object that is kept. `fresh`: it was not there before this call."""

    key: str
    size: int
    fresh: bool = False


class Objects(Protocol):
    """Bytes by their SHA-256."""

    async def put(self, tree: Tree, data: bytes) -> Stored:
        """Keep `data`, whole or not at all; free when it is there already.

        Raises:
            NoRoom: the quota would be exceeded; nothing was kept.
            ObjectsError: the place can't be written or reached.
        """
        ...

    async def get(self, tree: Tree, key: str) -> bytes:
        """The bytes.

        Raises:
            ObjectLost: there is no such object, or it is not what it was.
            ObjectsError: the place can't be read or reached.
        """
        ...

    async def delete(self, tree: Tree, key: str) -> None:
        """Let go of an object; one that is not there is no fault."""
        ...

    async def stored(self, tree: Tree) -> tuple[Stored, ...]:
        """Every object of a tree, by key."""
        ...

    async def total(self) -> int:
        """What all trees take, bytes."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def key_of(data: bytes) -> str:
    """The name under which `data` is kept."""
    return hashlib.sha256(data).hexdigest()


def checked_key(key: str) -> str:
    """`key`, if it is one: it becomes part of a path.

    Raises:
        ObjectsError: it is none.
    """
    if not KEY.fullmatch(key):
        raise ObjectsError("That is no name of an object: 64 hexadecimal digits in small letters are.")
    return key


def checked_room(used: int, size: int, quota: int) -> None:
    """Raises `NoRoom` when `size` bytes more do not fit into `quota` (0: no limit)."""
    if quota and used + size > quota:
        raise NoRoom(
            f"Backups have used {used / 1e9:.2f} of {quota / 1e9:.2f} GB and need more; raise [backup] quota_gb, or "
            "keep fewer with [backup] keep. What was kept before is whole."
        )


class LocalObjects:
    """Objects in a folder: `<folder>/<tree>/<first two digits>/<key>`, files of mode 0600 in folders of mode 0700.

    Args:
        folder: where; made when something is first put.
        quota: the most that all trees may take, bytes; 0: no limit.
    """

    def __init__(self, folder: Path, *, quota: int = 0) -> None:
        self._folder = folder
        self._quota = quota
        self._used: int | None = None

    async def put(self, tree: Tree, data: bytes) -> Stored:
        """See `Objects`. One that is there is read again, and replaced if it was damaged."""
        return await asyncio.to_thread(self._put, tree, data)

    async def get(self, tree: Tree, key: str) -> bytes:
        """See `Objects`."""
        return await asyncio.to_thread(self._get, tree, checked_key(key))

    async def delete(self, tree: Tree, key: str) -> None:
        """See `Objects`."""
        await asyncio.to_thread(self._delete, tree, checked_key(key))

    async def stored(self, tree: Tree) -> tuple[Stored, ...]:
        """See `Objects`."""
        return await asyncio.to_thread(self._stored, tree)

    async def total(self) -> int:
        """See `Objects`."""
        return await asyncio.to_thread(self._total)

    async def close(self) -> None:
        """Nothing is held."""

    def _path(self, tree: Tree, key: str) -> Path:
        return self._folder / tree.value / key[:2] / key

    def _put(self, tree: Tree, data: bytes) -> Stored:
        key = key_of(data)
        path = self._path(tree, key)
        try:
            there = path.stat().st_size if path.is_file() else -1
            if there >= 0 and key_of(path.read_bytes()) == key:
                return Stored(key=key, size=len(data))
            used = self._begin()
            checked_room(used, len(data) - max(there, 0), self._quota)
            self._write(path, data)
        except OSError as error:
            raise ObjectsError(_unwritable(self._folder, error)) from None
        self._used = used + len(data) - max(there, 0)
        return Stored(key=key, size=len(data), fresh=True)

    def _begin(self) -> int:
        """What is used; at the first time, what a killed process left half written goes."""
        if self._used is None:
            shutil.rmtree(self._folder / UNFINISHED, ignore_errors=True)
            _make_private(self._folder)
            self._used = self._total()
        return self._used

    def _write(self, path: Path, data: bytes) -> None:
        """Whole under its name or not at all, through a power cut too: the data first, then the name of it."""
        unfinished = self._folder / UNFINISHED
        for folder in (unfinished, path.parent.parent, path.parent):
            _make_private(folder)
        fresh = unfinished / randomness.token_hex(8)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        _sync(path.parent)

    def _get(self, tree: Tree, key: str) -> bytes:
        try:
            data = self._path(tree, key).read_bytes()
        except FileNotFoundError:
            raise ObjectLost(f"The object {key[:12]} of {tree.value} is gone from {self._folder}.") from None
        except OSError as error:
            raise ObjectLost(f"The object {key[:12]} of {tree.value} can't be read ({error.strerror}).") from None
        if key_of(data) != key:
            raise ObjectLost(f"The object {key[:12]} of {tree.value} in {self._folder} is damaged.")
        return data

    def _delete(self, tree: Tree, key: str) -> None:
        path = self._path(tree, key)
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return
        except OSError as error:
            raise ObjectsError(_unwritable(self._folder, error)) from None
        if self._used is not None:
            self._used -= size

    def _stored(self, tree: Tree) -> tuple[Stored, ...]:
        try:
            files = [path for path in (self._folder / tree.value).glob("??/*") if KEY.fullmatch(path.name)]
            return tuple(Stored(key=path.name, size=path.stat().st_size) for path in sorted(files))
        except OSError as error:
            raise ObjectsError(f"The folder {self._folder} can't be read ({error.strerror}).") from None

    def _total(self) -> int:
        return sum(one.size for tree in Tree for one in self._stored(tree))


def _make_private(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> str:
    what = error.strerror or error
    return f"The folder {folder} can't be written ({what}); make room, mend its rights, or set [backup] folder."
