"""Whose a document is, and who may read it. Said as text: "company", "person:<id>", "group:<desk>:<chat>",
"project:<id>".

An owner is where the file lies, so it survives the index, which can be built again: what was handed in by somebody lies
in a folder of theirs beside the uploads. Who asks is a *reader* (`company.asking`): a person, or a group as a whole,
which may read nothing of its members'. Who is in which project is asked of the books at every look-up
(`company.document_records.Standing`), so that whoever was put out reads nothing from that moment on.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, unquote

from company.asking import Asking
from company.document_records import Standing, Whose
from company.records import GROUP
from knowledge.engine import COMPANY

PERSON = "person:"
PROJECT = "project:"
NOWHERE = Standing()
"""In no project."""


def owner_of(reader: str, standing: Standing = NOWHERE) -> str:
    """Whose a document is that this reader hands in: the project's in use there, else their own."""
    if standing.here:
        return PROJECT + standing.here
    asking = Asking.parse(reader)
    if asking.group:
        return asking.group
    return PERSON + asking.person_id if asking.person_id else COMPANY


def readable_by(reader: str, standing: Standing = NOWHERE) -> frozenset[str]:
    """Whose documents this reader may read: their own, the company's, and those of the projects that they stand in."""
    return frozenset({COMPANY, owner_of(reader), *(PROJECT + one for one in standing.projects)})


def nearest_first(reader: str, standing: Standing = NOWHERE) -> tuple[str, ...]:
    """The same as a name is looked for: in the project in use, among one's own, in other projects, the company's."""
    first = dict.fromkeys((owner_of(reader, standing), owner_of(reader)))
    rest = sorted(readable_by(reader, standing) - first.keys() - {COMPANY})
    return (*(one for one in first if one != COMPANY), *rest, COMPANY)


def project_of(owner: str, standing: Standing) -> str:
    """The name of the project that an owner is; "" where it is none."""
    return standing.projects.get(owner.removeprefix(PROJECT), "") if owner.startswith(PROJECT) else ""


def whose(owner: str) -> Whose:
    """The same for people."""
    if owner == COMPANY:
        return Whose.COMPANY
    if owner.startswith(PROJECT):
        return Whose.PROJECT
    return Whose.GROUP if owner.startswith(GROUP) else Whose.PERSON


def folder_of(private: Path, owner: str) -> Path:
    """Where the files of an owner lie: one folder, whatever the owner is called."""
    return private / quote(owner, safe="")


def owner_in(private: Path, path: Path) -> str:
    """Whose the file at `path` is; the company's unless it lies below `private`."""
    return unquote(path.relative_to(private).parts[0]) if path.is_relative_to(private) else COMPANY
