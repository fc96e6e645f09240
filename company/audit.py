"""The tamper-evident record: a hash chain of facts, written in the same transaction as the change each one tells of.

Row n holds `hash = HMAC-SHA256(key, canonical(number, at, actor, fact, order, payload) || previous hash)`. An edit, a
deletion or a reordering breaks the chain; a cut tail is found against an anchor: the tip as it was told to a place
outside the database. The key lies outside the database too. After Schneier & Kelsey, "Secure Audit Logs to Support
Computer Forensics" (1999), with HMAC (RFC 2104) and anchors in place of their evolving key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, Row, func, insert, select

from company.books import AUDIT_KEY, AUDITED, TIP, to_json
from company.records import Json
from company.schema import about, anchors, audit

GENESIS = hashlib.sha256(b"nexus audit chain, version 1").digest()
PAGE = 1000
NEWEST = select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
APPEND = insert(audit)
_FINGERPRINT = select(about.c.value).where(about.c.name == "audit_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the record."""

    number: int
    at: int
    actor: str
    fact: str
    order_id: str
    payload: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The tip of the chain as it was told to a place outside the database."""

    number: int
    hash: str
    at: int
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a walk over the whole chain found."""

    entries: int
    tip: str
    sound: bool
    problem: str = ""  # one sentence that names the first row that does not fit
    anchors: int = 0
    last_anchor: Anchor | None = None


def record(tx: Connection, now: int, actor: str, fact: str, /, *, order_id: str = "", **payload: object) -> int:
    """Append one fact in the past tense ("order.accepted") and return its number.

    Must be called inside `Books.write`; the chain's key rides on the connection.
    """
    last = tx.info.get(TIP) or _tip_row(tx)
    number, previous = last[0] + 1, last[1]
    text = to_json(payload)
    digest = _digest(tx.info[AUDIT_KEY], number, now, actor, fact, order_id, text, previous)
    row = {
        "number": number, "at": now, "actor": actor, "fact": fact, "order_id": order_id, "payload": text,
        "previous": previous, "hash": digest,
    }  # fmt: skip
    tx.execute(APPEND, [row])
    tx.info[AUDITED], tx.info[TIP] = number, (number, digest)
    return number


def verify(tx: Connection, witnesses: tuple[Anchor, ...] = ()) -> Verification:
    """Walk the chain from its first row and hold it against every anchor.

    Args:
        tx: a transaction over the books.
        witnesses: anchors read from outside the database (the anchor file); those in the table are added.
    """
    key: bytes = tx.info[AUDIT_KEY]
    known: dict[int, list[Anchor]] = {}
    for anchor in (*witnesses, *_anchors(tx)):
        known.setdefault(anchor.number, []).append(anchor)
    number, previous, problem, confirmed, last = 0, GENESIS, "", 0, None
    for row in _rows(tx):
        problem = _misfit(key, row, number + 1, previous)
        if problem:
            break
        number, previous = row.number, bytes(row.hash)
        for anchor in known.pop(number, ()):
            if anchor.hash != previous.hex():
                problem = f"row {number} differs from the anchor told to {anchor.place}"
                break
            confirmed += 1
            last = anchor if last is None or anchor.at >= last.at else last
        if problem:
            break
    if not problem and known:
        missing = max(known)
        problem = f"rows after {number} are gone: {known[missing][0].place} was told of row {missing}"
    return Verification(
        entries=number, tip=previous.hex(), sound=not problem, problem=problem, anchors=confirmed, last_anchor=last
    )


def key_fits(tx: Connection) -> bool:
    """Whether the record of these books was made with this transaction's key; a record without a row fits every key.

    The books hold a fingerprint of their key, so that an altered row is told from another key.
    """
    known = tx.scalar(_FINGERPRINT)
    if known is not None:
        return hmac.compare_digest(known, _fingerprint(tx))
    first = next(_rows(tx), None)
    return first is None or not _misfit(tx.info[AUDIT_KEY], first, 1, GENESIS)


def knows_its_key(tx: Connection) -> bool:
    """Whether a fingerprint is in the books."""
    return tx.scalar(_FINGERPRINT) is not None


def adopt_key(tx: Connection) -> None:
    """Leave the fingerprint of this transaction's key in the books, once. `key_fits` came before."""
    if not knows_its_key(tx):
        tx.execute(insert(about), [{"name": "audit_key", "value": _fingerprint(tx)}])


def _fingerprint(tx: Connection) -> str:
    key: bytes = tx.info[AUDIT_KEY]
    return hmac.digest(key, b"nexus audit key, fingerprint 1", "sha256").hex()


def tip(tx: Connection) -> tuple[int, str]:
    """The number and hash (hex) of the newest row; (0, genesis) while there is none."""
    number, digest = _tip_row(tx)
    return number, digest.hex()


def _tip_row(tx: Connection) -> tuple[int, bytes]:
    row = tx.execute(NEWEST).first()
    return (row.number, bytes(row.hash)) if row else (0, GENESIS)


def anchored(tx: Connection, anchor: Anchor) -> None:
    """Remember that the tip was told to a place; telling the same row twice changes nothing."""
    known = select(anchors.c.number).where(anchors.c.number == anchor.number, anchors.c.place == anchor.place)
    if tx.execute(known).first() is None:
        values = {"number": anchor.number, "place": anchor.place, "hash": anchor.hash, "at": anchor.at}
        tx.execute(insert(anchors), [values])


def entries(
    tx: Connection, *, limit: int = 20, fact: str = "", order_id: str = "", actor: str = "",
    after: int | None = None, facts: frozenset[str] = frozenset(),
) -> tuple[Entry, ...]:  # fmt: skip
    """The newest rows that fit, oldest first; with `after`, the first `limit` rows above that number instead."""
    query = select(audit).limit(limit)
    if fact:
        query = query.where(audit.c.fact.startswith(fact, autoescape=True))
    if facts:
        query = query.where(audit.c.fact.in_(sorted(facts)))
    if order_id:
        query = query.where(audit.c.order_id == order_id)
    if actor:
        query = query.where(audit.c.actor == actor)
    if after is not None:
        query = query.where(audit.c.number > after).order_by(audit.c.number)
        return tuple(_entry(row) for row in tx.execute(query))
    return tuple(reversed([_entry(row) for row in tx.execute(query.order_by(audit.c.number.desc()))]))


def count_since(tx: Connection, at: int, facts: frozenset[str]) -> dict[str, int]:
    """How often each of these facts was written since `at` (milliseconds); those that were not are left out."""
    query = select(audit.c.fact, func.count()).where(audit.c.at >= at, audit.c.fact.in_(sorted(facts)))
    return {row[0]: row[1] for row in tx.execute(query.group_by(audit.c.fact).order_by(audit.c.fact))}


def count(tx: Connection) -> int:
    """How many rows the record has."""
    return tx.scalar(select(func.count()).select_from(audit)) or 0


def _rows(tx: Connection) -> Iterator[Row[tuple[object, ...]]]:
    after = 0
    while True:
        page = tx.execute(select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(PAGE)).all()
        yield from page
        if len(page) < PAGE:
            return
        after = page[-1].number


def _misfit(key: bytes, row: Row[tuple[object, ...]], expected: int, previous: bytes) -> str:
    if row.number != expected:
        return f"row {expected} is missing"
    if bytes(row.previous) != previous:
        return f"row {row.number} does not follow row {row.number - 1}"
    digest = _digest(key, row.number, row.at, row.actor, row.fact, row.order_id, row.payload, previous)
    return "" if hmac.compare_digest(digest, bytes(row.hash)) else f"row {row.number} was changed"


def _digest(
    key: bytes, number: int, at: int, actor: str, fact: str, order_id: str, payload: str, previous: bytes
) -> bytes:
    body = to_json([number, at, actor, fact, order_id, payload]).encode()
    return hmac.digest(key, previous + body, "sha256")


def _anchors(tx: Connection) -> tuple[Anchor, ...]:
    rows = tx.execute(select(anchors).order_by(anchors.c.at))
    return tuple(Anchor(number=row.number, hash=row.hash, at=row.at, place=row.place) for row in rows)


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
        number=row.number, at=row.at, actor=row.actor, fact=row.fact, order_id=row.order_id,
        payload=json.loads(row.payload),
    )  # fmt: skip
