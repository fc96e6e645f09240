"""Whose a document is, and who may read it. Said as text: "company", "person:<id>", "group:<desk>:<chat>".

An owner is where the file lies, so it survives the index, which can be built again: what was handed in by somebody lies
in a folder of theirs beside the uploads. Who asks is a *reader*: a person by their id, or a group as a whole
(`company.records.ConversationKey.reader`), which may read nothing of its members'.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from company.document_records import Whose
from company.records import GROUP
from knowledge.engine import COMPANY

PERSON = "person:"


def owner_of(reader: str) -> str:
    """Whose a document is that this reader hands in."""
    if not reader:
        return COMPANY
    return reader if reader.startswith(GROUP) else PERSON + reader


def readable_by(reader: str) -> frozenset[str]:
    """Whose documents this reader may read: their own and the company's."""
    return frozenset({COMPANY, owner_of(reader)})


def whose(owner: str) -> Whose:
    """The same for people."""
    if owner == COMPANY:
        return Whose.COMPANY
    return Whose.GROUP if owner.startswith(GROUP) else Whose.PERSON


def folder_of(private: Path, owner: str) -> Path:
    """Where the files of an owner lie: one folder, whatever the owner is called."""
    return private / quote(owner, safe="")


def owner_in(private: Path, path: Path) -> str:
    """Whose the file at `path` is; the company's unless it lies below `private`."""
    return unquote(path.relative_to(private).parts[0]) if path.is_relative_to(private) else COMPANY
