"""What is kept of earlier answers: which order answered, under what, and what was learnt. Owner of its two tables.

No words lie here. Question and answer are those of the order, so whatever becomes of them there holds here too: an
answer that was not delivered, was labelled or got a thumb down is never found.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from operator import mul

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from company import cache_hits
from company.attempts import citations_of
from company.books import to_json
from company.clock import new_id
from company.earlier.questions import Question
from company.earlier.threshold import NEAR, Seen
from company.records import Deliverable, State, Tier, WorkOrder
from company.schema import attempts, cache_evidence, earlier_answers, orders, receipts

Vector = Sequence[float]
EVIDENCE_MS = 90 * 86_400_000
MOST_EVIDENCE = 2_000
_SEEN_OF_ONE = 24
_e, _o = earlier_answers.c, orders.c
_FINDABLE = (  # asked for each order, and put together once: that takes longer than to ask
    select(earlier_answers, orders.c.answer)
    .join(orders, _o.id == _e.order_id)
    .where(_e.person_id == bindparam("person_id"), _e.reader_id == bindparam("reader_id"))
    .where(_e.library == bindparam("library"), _e.state == bindparam("state"))
    .where(_e.made_by.in_(bindparam("made_by", expanding=True)), _e.answered_at >= bindparam("since"))
    .where(_o.state == State.DELIVERED, _o.rating >= 0, _o.label == "", _o.answer != "")
    .where(_o.person_id == bindparam("person_id"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What must be as it was for an earlier answer to be found. `made_by` names who may have given it."""

    person_id: str
    reader_id: str
    library: str
    state: str
    made_by: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An earlier answer near a question; `similarity` is 1.0 for the same words."""

    id: str
    order_id: str
    similarity: float
    same_words: bool
    deliverable: Deliverable  # `earlier_at` is when it was given
    seen: Seen


def find(
    tx: Connection, key: Key, question: Question, *, model: str, vector: Vector | None, since: int
) -> tuple[Kept, ...]:
    """The nearest earlier answer, and the next, best first. Without a vector only the same words are found.

    Blocks: some 15 microseconds for each vector that is compared.
    """
    same, near = [], []
    wanted = array("f", vector) if vector is not None else None
    asked = {
        "person_id": key.person_id, "reader_id": key.reader_id, "library": key.library, "state": key.state,
        "made_by": list(key.made_by), "since": since,
    }  # fmt: skip
    for row in tx.execute(_FINDABLE, asked):
        if row.wording == question.wording:
            same.append((1.0, row))
        elif wanted is not None and row.model == model and row.fixed == question.fixed:
            cosine = _cosine(wanted, row.vector)
            if cosine >= NEAR:
                near.append((cosine, row))
    best = sorted(same or near, key=lambda one: (-one[0], -one[1].answered_at))[:2]
    return tuple(_kept(tx, row, cosine, bool(same)) for cosine, row in best)


def _kept(tx: Connection, row: Row[tuple[object, ...]], similarity: float, same_words: bool) -> Kept:
    made = json.loads(row.made)
    deliverable = Deliverable(
        text=row.answer, employee=made["employee"], title=made["title"], tier=Tier(made["tier"]), model=made["model"],
        citations=citations_of(tx, row.order_id), earlier_at=row.answered_at,
    )  # fmt: skip
    return Kept(
        id=row.id, order_id=row.order_id, similarity=similarity, same_words=same_words, deliverable=deliverable,
        seen=_seen(tx, row.id),
    )  # fmt: skip


def _seen(tx: Connection, entry: str) -> Seen:
    c = cache_evidence.c
    rows = tx.execute(
        select(c.similarity_ppm, c.right).where(c.entry == entry).order_by(c.id.desc()).limit(_SEEN_OF_ONE)
    )
    return [(row.similarity_ppm / 1_000_000, bool(row.right)) for row in rows]


def keep(
    tx: Connection, now: int, order: WorkOrder, deliverable: Deliverable, key: Key, made_by: str, question: Question, *,
    model: str, vector: Vector | None, most: int,
) -> str:  # fmt: skip
    """Keep an order's answer, and drop what its reader's documents have outlived, and the oldest beyond `most`."""
    mine = (_e.person_id == key.person_id) & (_e.reader_id == key.reader_id)
    tx.execute(delete(earlier_answers).where(mine, _e.library != key.library))
    again = mine & (_e.wording == question.wording) & (_e.state == key.state)
    tx.execute(delete(earlier_answers).where(again))  # asked anew: the newest answer is the one to give
    entry = new_id(now)
    row = {
        "id": entry, "order_id": order.id, "person_id": key.person_id, "reader_id": key.reader_id,
        "library": key.library, "state": key.state, "made_by": made_by, "made": _made(deliverable),
        "wording": question.wording, "fixed": question.fixed, "model": model if vector is not None else "",
        "vector": _normal(vector) if vector is not None else b"", "answered_at": now,
    }  # fmt: skip
    tx.execute(insert(earlier_answers), [row])
    whose = select(_e.id).where(_e.person_id == key.person_id).order_by(_e.answered_at.desc(), _e.id.desc())
    beyond = list(tx.scalars(whose.offset(most)))
    if beyond:
        tx.execute(delete(earlier_answers).where(_e.id.in_(beyond)))
    return entry


def renew(tx: Connection, now: int, entry: str, order: WorkOrder, deliverable: Deliverable, made_by: str) -> None:
    """Another order gave the same answer just now: from here on it is that order's."""
    made = {"order_id": order.id, "made": _made(deliverable), "made_by": made_by, "answered_at": now}
    tx.execute(update(earlier_answers).where(_e.id == entry).values(**made))


def observe(tx: Connection, now: int, kept: Kept, model: str, *, right: bool) -> None:
    """Whether an earlier answer was right for a question that near."""
    _note(tx, now, kept.id, model, kept.similarity, right=right)


def _note(tx: Connection, now: int, entry: str, model: str, similarity: float, *, right: bool) -> None:
    row = {
        "id": new_id(now), "entry": entry, "model": model, "similarity_ppm": round(similarity * 1_000_000),
        "right": int(right), "created_at": now,
    }  # fmt: skip
    tx.execute(insert(cache_evidence), [row])


def evidence(tx: Connection, model: str) -> list[list[tuple[float, bool]]]:
    """The newest observations, those of each kept question together. Nobody's words, nobody's name."""
    c, found = cache_evidence.c, dict[str, list[tuple[float, bool]]]()
    newest = select(c.entry, c.similarity_ppm, c.right).where(c.model == model).order_by(c.id.desc())
    for row in tx.execute(newest.limit(MOST_EVIDENCE)):
        found.setdefault(row.entry, []).append((row.similarity_ppm / 1_000_000, bool(row.right)))
    return [one[:_SEEN_OF_ONE] for one in found.values()]


def disliked(tx: Connection, now: int, order_id: str) -> None:
    """An answer got a thumb down: it is not given again, and where it was an earlier one, that was wrong for this."""
    tx.execute(delete(earlier_answers).where(_e.order_id == order_id))
    hit = cache_hits.of_order(tx, order_id)
    if hit is not None:
        refute(tx, now, hit)


def refute(tx: Connection, now: int, hit: cache_hits.Hit) -> None:
    """What was given again turned out wrong: noted, and never given again."""
    model = tx.scalar(select(_e.model).where(_e.id == hit.entry))
    if model and hit.similarity < 1.0:
        _note(tx, now, hit.entry, model, hit.similarity, right=False)
    tx.execute(delete(earlier_answers).where(_e.id == hit.entry))


def used_tools(tx: Connection, order_id: str) -> bool:
    """Whether a tool was used in any attempt at an order."""
    used = select(func.count()).select_from(receipts.join(attempts, attempts.c.id == receipts.c.attempt_id))
    return bool(tx.scalar(used.where(attempts.c.order_id == order_id)))


def forget_all(tx: Connection) -> None:
    """A document is about to be deleted: which answers were made of it can't be told."""
    tx.execute(delete(earlier_answers))


def forget_person(tx: Connection, person_id: str) -> None:
    """Somebody's session was ended: nothing that was answered before is given to them again."""
    tx.execute(delete(earlier_answers).where(_e.person_id == person_id))


def forget_old(tx: Connection, now: int, keep_ms: int) -> int:
    """Drop what is too old to be given again, and observations of long ago; how many answers there were."""
    tx.execute(delete(cache_evidence).where(cache_evidence.c.created_at < now - EVIDENCE_MS))
    return tx.execute(delete(earlier_answers).where(_e.answered_at < now - keep_ms)).rowcount


def _made(deliverable: Deliverable) -> str:
    made = {
        "employee": deliverable.employee, "title": deliverable.title, "tier": deliverable.tier,
        "model": deliverable.model,
    }  # fmt: skip
    return to_json(made)


def _normal(vector: Vector) -> bytes:
    """float32, of length 1, little-endian (as every machine that NEXUS runs on has it)."""
    length = sqrt(sum(value * value for value in vector)) or 1.0
    return array("f", [value / length for value in vector]).tobytes()


def _cosine(one: array[float], stored: bytes) -> float:
    other = array("f")
    other.frombytes(stored)
    if len(other) != len(one):
        return 0.0
    length = sqrt(sum(map(mul, one, one))) or 1.0
    return float(sum(map(mul, one, other))) / length
