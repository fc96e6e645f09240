"""Who may do what: people, their identities at each desk, pairing codes, sessions, and the one matrix of rights.

Owner of the tables people, identities, pairing_codes and sessions. Default deny: what the matrix does not name is not
allowed. Codes are kept as SHA-256 only and redeemed once.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from company import audit
from company.clock import new_id
from company.records import Desk, Person, Role
from company.schema import identities, pairing_codes, people, sessions

CODE_HOURS = 24
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without 0, 1, I, O: a code may be typed by hand
CODE_LENGTH = 10  # 32^10 = 50 bits, one use, one day, ten tries an hour at the desk


# Asked for each message, so prepared once.
BY_ID = select(people).where(people.c.id == bindparam("person"))
IDENTIFIED = (
    select(people)
    .join(identities, identities.c.person_id == people.c.id)
    .where(identities.c.desk == bindparam("at_desk"), identities.c.external_id == bindparam("external"))
)
REVOKED_AT = select(sessions.c.revoked_at).where(
    sessions.c.person_id == bindparam("person"),
    sessions.c.desk == bindparam("at_desk"),
    sessions.c.device == bindparam("on_device"),
)


class Action(StrEnum):
    """Everything a person can ask for; each is granted to roles by `RIGHTS` alone."""

    ORDER = "order"
    SEE_STATUS = "see_status"
    SEE_OWN_COST = "see_own_cost"
    SEE_ALL_COST = "see_all_cost"
    SEE_AUDIT = "see_audit"
    STOP_OWN = "stop_own"
    STOP_ANY = "stop_any"
    ESCALATE = "escalate"
    RATE = "rate"
    SPEND = "spend"  # raise a cap
    APPROVE = "approve"  # let a tool do what can't be undone
    MANAGE_PEOPLE = "manage_people"
    KEEP_DOCUMENTS = "keep_documents"  # put documents into the library
    CHANGE_SPECS = "change_specs"  # read and change what QA demands; one's thumb down is a miss of QA


_OBSERVER = frozenset({Action.SEE_STATUS})
_MEMBER = _OBSERVER | {Action.ORDER, Action.SEE_OWN_COST, Action.STOP_OWN, Action.ESCALATE, Action.RATE}
RIGHTS: dict[Role, frozenset[Action]] = {
    Role.OBSERVER: _OBSERVER,
    Role.MEMBER: _MEMBER,
    Role.BOARD: frozenset(Action),
}


def may(person: Person, action: Action) -> bool:
    """The one authorisation question."""
    return action in RIGHTS.get(person.role, frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person seen at a desk on a device."""

    id: str
    person_id: str
    desk: Desk
    device: str
    first_seen_at: int
    last_seen_at: int
    revoked_at: int | None


def add(tx: Connection, now: int, *, name: str, role: Role, language: str, by: str) -> Person:
    """A new person."""
    person = Person(id=new_id(now), name=name, role=role, language=language)
    row = {"id": person.id, "name": name, "role": role, "language": language, "created_at": now}
    tx.execute(insert(people), [row])
    audit.record(tx, now, by, "person.added", person=person.id, role=role)
    return person


def identify(tx: Connection, now: int, person: Person, desk: Desk, external_id: str) -> None:
    """Bind a desk's id to a person; a bound id moves to the new person."""
    where = (identities.c.desk == desk) & (identities.c.external_id == external_id)
    changed = tx.execute(update(identities).where(where).values(person_id=person.id))
    if changed.rowcount == 0:
        row = {"desk": desk, "external_id": external_id, "person_id": person.id, "created_at": now}
        tx.execute(insert(identities), [row])
    audit.record(tx, now, person.id, "identity.bound", desk=desk, external_id=external_id)


def find(tx: Connection, desk: Desk, external_id: str) -> Person | None:
    """Who an id of a desk belongs to."""
    row = tx.execute(IDENTIFIED, {"at_desk": desk, "external": external_id}).first()
    return Person(id=row.id, name=row.name, role=Role(row.role), language=row.language) if row else None


def get(tx: Connection, person_id: str) -> Person | None:
    """One person by id."""
    row = tx.execute(BY_ID, {"person": person_id}).first()
    return Person(id=row.id, name=row.name, role=Role(row.role), language=row.language) if row else None


def everybody(tx: Connection) -> tuple[Person, ...]:
    """All people, in the order they came."""
    rows = tx.execute(select(people).order_by(people.c.created_at, people.c.id))
    return tuple(Person(id=r.id, name=r.name, role=Role(r.role), language=r.language) for r in rows)


def board(tx: Connection) -> Person | None:
    """The first Board member; None while the company has no owner."""
    return next((person for person in everybody(tx) if person.role is Role.BOARD), None)


def addresses(tx: Connection, desk: Desk, *, role: Role | None = None, person_id: str | None = None) -> tuple[str, ...]:
    """The desk's ids of everybody (with that role), or of one person, whose session there was not ended."""
    ended = exists().where(
        sessions.c.person_id == identities.c.person_id, sessions.c.desk == desk,
        sessions.c.device == identities.c.external_id, sessions.c.revoked_at.is_not(None),
    )  # fmt: skip
    query = (
        select(identities.c.external_id)
        .join(people, people.c.id == identities.c.person_id)
        .where(identities.c.desk == desk, ~ended)
        .order_by(identities.c.created_at)
    )
    if role is not None:
        query = query.where(people.c.role == role)
    if person_id is not None:
        query = query.where(people.c.id == person_id)
    return tuple(tx.scalars(query))


def set_language(tx: Connection, now: int, person: Person, language: str) -> Person:
    """The language a person wants."""
    tx.execute(update(people).where(people.c.id == person.id).values(language=language))
    audit.record(tx, now, person.id, "person.language_changed", language=language)
    return Person(id=person.id, name=person.name, role=person.role, language=language)


def issue_code(tx: Connection, now: int, role: Role, *, by: str) -> str:
    """A one-time code that makes its redeemer a person of this role; good for a day. Only its hash is kept."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    row = {"code_hash": _hash(code), "role": role, "expires_at": now + CODE_HOURS * 3_600_000}
    tx.execute(insert(pairing_codes), [row])
    audit.record(tx, now, by, "code.issued", role=role)
    return code


def redeem(
    tx: Connection, now: int, desk: Desk, external_id: str, code: str, *, name: str, language: str
) -> Person | None:
    """Turn a code into a person; None when it is wrong, used or expired.

    The first Board code claims the owner that `nexus` made for the console, so that chat and console are one person.
    """
    fresh = (pairing_codes.c.code_hash == _hash(code)) & pairing_codes.c.used_at.is_(None)
    row = tx.execute(select(pairing_codes).where(fresh, pairing_codes.c.expires_at > now)).first()
    if row is None:
        audit.record(tx, now, f"{desk}:{external_id}", "code.refused")
        return None
    tx.execute(update(pairing_codes).where(fresh).values(used_at=now))
    role = Role(row.role)
    person = find(tx, desk, external_id) or (_unpaired_owner(tx, desk) if role is Role.BOARD else None)
    if person is None:
        person = add(tx, now, name=name, role=role, language=language, by=f"{desk}:{external_id}")
    else:
        role = min(role, person.role, key=list(Role).index)  # a code never takes a right away
        tx.execute(update(people).where(people.c.id == person.id).values(name=name, language=language, role=role))
        person = Person(id=person.id, name=name, role=role, language=language)
    identify(tx, now, person, desk, external_id)
    again = (sessions.c.person_id == person.id) & (sessions.c.desk == desk) & (sessions.c.device == external_id)
    tx.execute(
        update(sessions).where(again).values(revoked_at=None)
    )  # the Board gave out the code: it lets them back in
    return person


def _unpaired_owner(tx: Connection, desk: Desk) -> Person | None:
    owner = board(tx)
    if owner is None:
        return None
    query = select(identities.c.person_id).where(identities.c.desk == desk, identities.c.person_id == owner.id)
    return None if tx.execute(query).first() else owner


def _hash(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


def seen(tx: Connection, now: int, person: Person, desk: Desk, device: str) -> bool:
    """Note a session as seen; False when the Board has revoked it."""
    where = (sessions.c.person_id == person.id) & (sessions.c.desk == desk) & (sessions.c.device == device)
    row = tx.execute(select(sessions.c.revoked_at).where(where)).first()
    if row is None:
        values = {
            "id": new_id(now), "person_id": person.id, "desk": desk, "device": device, "first_seen_at": now,
            "last_seen_at": now,
        }  # fmt: skip
        tx.execute(insert(sessions), [values])
        return True
    if row.revoked_at is not None:
        return False
    tx.execute(update(sessions).where(where).values(last_seen_at=now))
    return True


def revoked(tx: Connection, person: Person, desk: Desk, device: str) -> bool:
    """Whether the Board has ended this session."""
    return tx.scalar(REVOKED_AT, {"person": person.id, "at_desk": desk, "on_device": device}) is not None


def session_list(tx: Connection) -> tuple[Session, ...]:
    """All sessions, the latest seen first."""
    rows = tx.execute(select(sessions).order_by(sessions.c.last_seen_at.desc()))
    return tuple(
        Session(
            id=row.id, person_id=row.person_id, desk=Desk(row.desk), device=row.device,
            first_seen_at=row.first_seen_at, last_seen_at=row.last_seen_at, revoked_at=row.revoked_at,
        )
        for row in rows
    )  # fmt: skip


def revoke(tx: Connection, now: int, session_id: str, *, by: str) -> bool:
    """End a session; False when there is none of that id."""
    where = (sessions.c.id == session_id) & sessions.c.revoked_at.is_(None)
    ended = tx.execute(update(sessions).where(where).values(revoked_at=now)).rowcount
    if ended:
        audit.record(tx, now, by, "session.revoked", session=session_id)
    return bool(ended)


def count(tx: Connection) -> int:
    """How many people the company knows."""
    return tx.scalar(select(func.count()).select_from(people)) or 0
