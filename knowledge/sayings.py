"""From exchanges to passages of the memory index, and back from what was found.

A sitting (`company.exchanges`) is a document, each side of an exchange a passage or several, so that a short "yes, the
second one" is read with the turns beside it. Each begins with the moment and who said it, in figures that read alike in
every language. What they are called carries the order's number: "Ada, #41" for a person's words, else "NEXUS, answer to
#41".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from company.asking import memory_of
from company.exchanges import Sitting
from company.language.tokens import language_of
from company.memory_records import Recalled, Said
from company.records import Passage
from knowledge.readers import text_chunks
from knowledge.records import Chunk, DocumentRow, DocumentState, Hit

SIGN = "💬"
"""Before the name of what was said, where it stands beside documents."""
LONGEST = 700
"""Characters up to which what somebody said is one passage."""
MOST = 12
"""Passages of one side of an exchange; what is longer is found by its beginning."""
_PLACE = re.compile(r"(?P<who>.*), (?P<answer>answer to )?#(?P<number>\d+)$", re.DOTALL)
_HEAD = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d), ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn(Chunk):
    """A passage of what was said; `called` is its place."""

    called: str

    @property
    def place(self) -> str:
        """Who said it, and the number of the order."""
        return self.called


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sitting as the index keeps it: for one reader."""

    row: DocumentRow
    turns: tuple[Turn, ...]
    language: str


def path_of(sitting: Sitting) -> str:
    """What the paths of a sitting's sheets begin with."""
    return f"{sitting.conversation_id}/{sitting.hour}.{sitting.block}/"


def sheets(
    sitting: Sitting, said: Sequence[Said], *, company: str, zone: ZoneInfo, books: str, upto: int, now: int
) -> list[Sheet]:
    """A sitting as documents, one for each reader.

    Args:
        said: its exchanges, oldest first.
        company: who answers.
        books: which books they are from (`company.exchanges.identity`).
        upto: the number up to which the books' record was read.
    """
    by_owner: dict[str, list[Said]] = {}
    for one in said:
        by_owner.setdefault(memory_of(one.reader), []).append(one)
    return [_sheet(sitting, owner, some, company, zone, books, upto, now) for owner, some in by_owner.items()]


def _sheet(
    sitting: Sitting, owner: str, said: Sequence[Said], company: str, zone: ZoneInfo, books: str, upto: int, now: int
) -> Sheet:
    turns = tuple(turn for one in said for turn in turns_of(one, company, zone))
    day = datetime.fromtimestamp(said[0].at / 1000, zone).strftime("%Y-%m-%d")
    name = f"{path_of(sitting)}{owner}/{said[0].conversation.desk.capitalize()}, {day}"
    content = hashlib.sha256("\0".join(f"{turn.place}\0{turn.text}" for turn in turns).encode()).hexdigest()
    row = DocumentRow(
        path=name, name=name, content_hash=content, size=len(said), modified_ns=upto, checked_at=now,
        state=DocumentState.INDEXED, owner=owner, collection=books, time=said[0].at,
    )  # fmt: skip
    return Sheet(row=row, turns=turns, language=language_of("\n".join(one.question for one in said)))


def turns_of(said: Said, company: str, zone: ZoneInfo) -> list[Turn]:
    """The passages of one exchange."""
    moment = datetime.fromtimestamp(said.at / 1000, zone).strftime("%Y-%m-%d %H:%M")
    sides = (
        (said.person, f"{said.person}, #{said.number}", said.question),
        (company, f"{company}, answer to #{said.number}", said.answer),
    )
    return [
        Turn(text=f"{moment}, {' '.join(who.split())}: {piece}", line=said.number, called=" ".join(called.split()))
        for who, called, words in sides
        for piece in _pieces(words)
    ]


def _pieces(words: str) -> list[str]:
    words = words.strip()
    if len(words) <= LONGEST:
        return [words] if words else []
    return [chunk.text for chunk in text_chunks(words)[:MOST]]


def recalled(hit: Hit, coverage: float = 1.0) -> Recalled:
    """What was found, as it was said."""
    called, head = _PLACE.match(hit.place), _HEAD.match(hit.text)
    who, number = (called["who"], int(called["number"])) if called else (hit.place, 0)
    return Recalled(
        passage=Passage(
            id=hit.id, document=f"{SIGN} {hit.document.rsplit('/', 1)[-1]}", place=hit.place, text=hit.text,
            score=coverage,
        ),
        conversation_id=hit.document.split("/", 1)[0], number=number, day=head[1] if head else "",
        moment=f"{head[1]} {head[2]}" if head else "", who=who, own=called is not None and not called["answer"],
        words=hit.text[head.end() :].removeprefix(f"{who}: ") if head else hit.text, coverage=coverage,
    )  # fmt: skip
