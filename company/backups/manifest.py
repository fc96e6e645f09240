"""The list of a backup: which files there were, and which objects each is made of, in order."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from company.errors import ObjectLost
from company.objects import Tree

PART = 2**20
"""Files are kept in parts of this many bytes: a book of which one page changed costs one part, not all of it again."""


class What(StrEnum):
    """What a file of a backup is."""

    BOOKS = "books"
    STAND_IN = "stand-in"
    DUMP = "dump"
    FILE = "file"
    SETTINGS = "settings"
    KEY = "key"


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise ValueError("it leads out of its folder")
    return path


def _of_hex(key: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise ValueError("it is no name of an object")
    return key


Key = Annotated[str, AfterValidator(_of_hex)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Kept(_Record):
    """One file: where it belongs below the data folder, and the objects that make it up."""

    path: Annotated[str, AfterValidator(_inside)]
    what: What
    tree: Tree
    size: int = Field(ge=0)
    modified_ms: int
    parts: tuple[Key, ...]


class Manifest(_Record):
    """A backup. Its name is the SHA-256 of its own JSON, so it can't be changed unnoticed either."""

    form: Literal[1] = 1
    at: int
    company: str
    version: str
    files: tuple[Kept, ...]

    @property
    def size(self) -> int:
        """What it restores to, bytes."""
        return sum(one.size for one in self.files)


def read_manifest(data: bytes) -> Manifest:
    """The list that was kept as an object.

    Raises:
        ObjectLost: it is no list of this form.
    """
    try:
        return Manifest.model_validate_json(data)
    except ValidationError:
        raise ObjectLost("The list of that backup is not one that this NEXUS reads; update NEXUS.") from None
