"""Projects: a name, people, and the threads in which it is in use. Who is in one reads its documents, nobody else does.

Owner of the tables projects, project_members and project_places. Functions over an open transaction; each change leaves
its fact in the record. Names are compared without case; a closed project keeps its name until it is forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, insert, select, update

from company import audit
from company.asking import Asking
from company.clock import new_id
from company.document_records import Standing
from company.records import Person
from company.schema import orders, people, project_members, project_places, projects

LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project. `closed_at` is None while it is open."""

    id: str
    name: str
    made_by: str
    created_at: int
    closed_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectLine:
    """A project for people: who is in it, and whether the reader is, decides over it, and has it in use here."""

    name: str
    members: tuple[str, ...]
    mine: bool
    decides: bool
    here: bool
    closed: bool


def key_of(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.split()).casefold()


def make(tx: Connection, now: int, name: str, by: Person) -> Project | None:
    """A project with whoever made it in it; None when there is one of that name."""
    name = " ".join(name.split())
    if by_name(tx, name) is not None:
        return None
    project = Project(id=new_id(now), name=name, made_by=by.id, created_at=now, closed_at=None)
    row = {"id": project.id, "name": name, "key": key_of(name), "made_by": by.id, "created_at": now}
    tx.execute(insert(projects), [row])
    audit.record(tx, now, by.id, "project.made", project=project.id)
    let_in(tx, now, project, by, by=by)
    return project


def by_name(tx: Connection, name: str) -> Project | None:
    """The project of that name, closed ones too."""
    return _one(tx.execute(select(projects).where(projects.c.key == key_of(name))).first())


def listed(tx: Connection) -> tuple[Project, ...]:
    """All projects by name, closed ones too."""
    return tuple(_project(row) for row in tx.execute(select(projects).order_by(projects.c.key)))


def members(tx: Connection, project_id: str) -> tuple[tuple[str, str], ...]:
    """(id, name) of who is in a project, in the order they came."""
    query = (
        select(people.c.id, people.c.name)
        .join(project_members, project_members.c.person_id == people.c.id)
        .where(project_members.c.project_id == project_id)
        .order_by(project_members.c.created_at, people.c.name)
    )
    return tuple((row.id, row.name) for row in tx.execute(query))


def is_in(tx: Connection, project_id: str, person_id: str) -> bool:
    """Whether somebody is in a project."""
    found = select(project_members.c.person_id).where(
        project_members.c.project_id == project_id, project_members.c.person_id == person_id
    )
    return tx.execute(found).first() is not None


def let_in(tx: Connection, now: int, project: Project, person: Person, *, by: Person) -> bool:
    """Somebody may read a project from here on; False when they may already."""
    if is_in(tx, project.id, person.id):
        return False
    row = {"project_id": project.id, "person_id": person.id, "added_by": by.id, "created_at": now}
    tx.execute(insert(project_members), [row])
    audit.record(tx, now, by.id, "project.member_added", project=project.id, person=person.id)
    return True


def put_out(tx: Connection, now: int, project: Project, person: Person, *, by: Person) -> bool:
    """Somebody may read a project no longer, from this commit on; False when they are not in it."""
    where = (project_members.c.project_id == project.id) & (project_members.c.person_id == person.id)
    if not tx.execute(delete(project_members).where(where)).rowcount:
        return False
    audit.record(tx, now, by.id, "project.member_removed", project=project.id, person=person.id)
    return True


def close(tx: Connection, now: int, project: Project, *, by: Person) -> bool:
    """Nobody reads it any more; its documents, people and places are kept for a while. False when it is closed."""
    is_open = (projects.c.id == project.id) & projects.c.closed_at.is_(None)
    if not tx.execute(update(projects).where(is_open).values(closed_at=now)).rowcount:
        return False
    audit.record(tx, now, by.id, "project.closed", project=project.id)
    return True


def reopen(tx: Connection, now: int, project: Project, *, by: Person) -> bool:
    """A closed project is read again by who was in it; False when it is open."""
    is_closed = (projects.c.id == project.id) & projects.c.closed_at.is_not(None)
    if not tx.execute(update(projects).where(is_closed).values(closed_at=None)).rowcount:
        return False
    audit.record(tx, now, by.id, "project.reopened", project=project.id)
    return True


def closed_before(tx: Connection, at: int, limit: int) -> tuple[Project, ...]:
    """Projects that were closed before a moment, the longest closed first."""
    query = select(projects).where(projects.c.closed_at < at).order_by(projects.c.closed_at).limit(limit)
    return tuple(_project(row) for row in tx.execute(query))


def doom(tx: Connection, project_id: str) -> bool:
    """A closed project can't be opened again: its people, places and name go. Its documents go next, then `forget`."""
    is_closed = (projects.c.id == project_id) & projects.c.closed_at.is_not(None)
    if not tx.execute(update(projects).where(is_closed).values(key=_grave(project_id))).rowcount:
        return False
    for table in (project_members, project_places):
        tx.execute(delete(table).where(table.c.project_id == project_id))
    return True


def forget(tx: Connection, now: int, project_id: str, *, by: str) -> None:
    """A doomed project is no more."""
    doomed = (projects.c.id == project_id) & (projects.c.key == _grave(project_id))
    if tx.execute(delete(projects).where(doomed)).rowcount:
        audit.record(tx, now, by, "project.forgotten", project=project_id)


def use(tx: Connection, now: int, place: str, project: Project, *, by: Person) -> None:
    """A thread is a project's from here on: what is sent there is its, and it is searched first."""
    tx.execute(delete(project_places).where(project_places.c.place == place))
    row = {"place": place, "project_id": project.id, "tied_by": by.id, "created_at": now}
    tx.execute(insert(project_places), [row])
    audit.record(tx, now, by.id, "project.in_use", project=project.id, place=place)


def leave(tx: Connection, now: int, place: str, *, by: Person) -> bool:
    """A thread is no project's any more; False when it was none's."""
    row = tx.execute(select(project_places.c.project_id).where(project_places.c.place == place)).first()
    if row is None:
        return False
    tx.execute(delete(project_places).where(project_places.c.place == place))
    audit.record(tx, now, by.id, "project.out_of_use", project=row.project_id, place=place)
    return True


def standing(tx: Connection, asking: Asking) -> Standing:
    """Which projects may be read by who asks, here and now: open ones that they are in; in a group the one in use."""
    if not asking.person_id:
        return Standing()
    query = (
        select(projects.c.id, projects.c.name, project_places.c.place)
        .join(project_members, project_members.c.project_id == projects.c.id)
        .outerjoin(
            project_places, (project_places.c.project_id == projects.c.id) & (project_places.c.place == asking.place)
        )
        .where(project_members.c.person_id == asking.person_id, projects.c.closed_at.is_(None))
    )
    rows = tx.execute(query).all()
    here = next((row.id for row in rows if row.place is not None), "")
    return Standing(projects={row.id: row.name for row in rows if not asking.group or row.id == here}, here=here)


def withheld(tx: Connection, numbers: Collection[int], asking: Asking) -> frozenset[int]:
    """Of orders by their numbers, those whose answers rest on a project that may not be read by who asks now."""
    readable = standing(tx, asking).projects
    query = select(orders.c.number, orders.c.citations).where(
        orders.c.number.in_(sorted(numbers)), orders.c.citations != ""
    )
    return frozenset(
        row.number
        for row in tx.execute(query)
        for owner in (one.get("owner", "") for one in json.loads(row.citations))
        if owner.startswith("project:") and owner.partition(":")[2] not in readable
    )


def _grave(project_id: str) -> str:
    """The key of a doomed project: no name is compared as one with two blanks."""
    return f"  {project_id}"


def _one(row: Row[tuple[object, ...]] | None) -> Project | None:
    return None if row is None else _project(row)


def _project(row: Row[tuple[object, ...]]) -> Project:
    return Project(id=row.id, name=row.name, made_by=row.made_by, created_at=row.created_at, closed_at=row.closed_at)
