"""Where documents come from: who handed each in, how, when, how far it may be trusted. Owner of the table documents.

Functions over an open transaction. Each deed leaves its fact in the record, with the document's name under the key of
the record, so that the record of a deleted document does not tell what it was called: see `seal`.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, tuple_, update

from company import audit
from company.asking import Asking
from company.books import AUDIT_KEY
from company.document_records import Brought, Origin, Trust, Way
from company.records import Role
from company.schema import documents, people

BY_COMPANY = "company"
"""The actor of deeds that nobody in particular did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that was done to a document: `owner` and `name` as they were before, `reader` did it."""

    owner: str
    name: str
    reader: str

    @property
    def actor(self) -> str:
        """Who it was, for the record."""
        return Asking.parse(self.reader).person_id or BY_COMPANY


def seal(tx: Connection, owner: str, name: str) -> str:
    """What stands for a name in the record: equal for equal names of an owner, and no way back without the key."""
    key: bytes = tx.info[AUDIT_KEY]
    return hmac.digest(key, f"document\0{owner}\0{name}".encode(), "sha256").hex()[:16]


def kept(tx: Connection, now: int, brought: Brought) -> None:
    """A document came in, or a new version of it."""
    asking = Asking.parse(brought.reader)
    there = _is(brought.owner, brought.name)
    known = tx.execute(select(documents.c.name).where(there)).first() is not None
    tx.execute(delete(documents).where(there))
    row = {
        "owner": brought.owner, "name": brought.name, "person_id": asking.person_id, "way": brought.way,
        "trust": _trust(tx, asking, brought), "size": brought.size, "brought_at": now,
    }  # fmt: skip
    tx.execute(insert(documents), [row])
    audit.record(
        tx, now, asking.person_id or BY_COMPANY, "document.replaced" if known or brought.replaces else "document.kept",
        document=seal(tx, brought.owner, brought.name), owner=brought.owner, way=brought.way, bytes=brought.size,
    )  # fmt: skip


def renamed(tx: Connection, owner: str, name: str, to: str) -> None:
    """The library calls a document otherwise than its file is called: another has that name."""
    tx.execute(delete(documents).where(_is(owner, to)))
    tx.execute(update(documents).where(_is(owner, name)).values(name=to))


def shared(tx: Connection, now: int, deed: Deed, *, to: str, name: str) -> None:
    """A document has another owner. Who brought it, when and how stays."""
    tx.execute(delete(documents).where(_is(to, name)))
    tx.execute(update(documents).where(_is(deed.owner, deed.name)).values(owner=to, name=name))
    audit.record(
        tx, now, deed.actor, "document.shared", document=seal(tx, deed.owner, deed.name), owner=deed.owner, to=to
    )


def deleted(tx: Connection, now: int, deed: Deed) -> None:
    """A document is deleted."""
    tx.execute(delete(documents).where(_is(deed.owner, deed.name)))
    audit.record(tx, now, deed.actor, "document.deleted", document=seal(tx, deed.owner, deed.name), owner=deed.owner)


def forget_owner(tx: Connection, owner: str) -> None:
    """An owner is no more, and its documents with it."""
    tx.execute(delete(documents).where(documents.c.owner == owner))


def refused(tx: Connection, now: int, deed: Deed, *, limit: str) -> None:
    """A document was not taken: `limit` names the quota that is used up."""
    audit.record(
        tx, now, deed.actor, "document.refused", document=seal(tx, deed.owner, deed.name), owner=deed.owner, limit=limit
    )


def origins(tx: Connection, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Origin]:
    """(owner, name) -> where it comes from, as far as that is known."""
    query = (
        select(documents, people.c.name.label("person"))
        .outerjoin(people, people.c.id == documents.c.person_id)
        .where(tuple_(documents.c.owner, documents.c.name).in_(sorted(wanted)))
    )
    return {
        (row.owner, row.name): Origin(
            person=row.person or "", way=Way(row.way), trust=Trust(row.trust), at=row.brought_at
        )
        for row in tx.execute(query)
    }


def _trust(tx: Connection, asking: Asking, brought: Brought) -> Trust:
    if brought.foreign:
        return Trust.FOREIGN
    role = tx.scalar(select(people.c.role).where(people.c.id == asking.person_id))
    return Trust.BOARD if role == Role.BOARD or (role is None and brought.way is Way.COMMAND) else Trust.MEMBER


def _is(owner: str, name: str) -> ColumnElement[bool]:
    return (documents.c.owner == owner) & (documents.c.name == name)
