"""Chat memory by the product's own path: each turn is an exchange, with its speaker and moment, in its index."""

from __future__ import annotations

import itertools
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.retrieval_sets import Entry, TestSet, recall
from company.exchanges import sitting_of
from company.memory_records import Said
from company.records import ConversationKey, Desk
from knowledge.engine import Scope
from knowledge.index import Index
from knowledge.sayings import recalled, sheets
from knowledge.search import Search

DEPTH = 10
WHEN = "%I:%M %p on %d %B, %Y"  # "1:56 pm on 8 May, 2023", as the set writes it
ZONE = ZoneInfo("UTC")


def in_memory(tested: TestSet, *, quick: bool = False) -> float:
    """R@10 of a set whose entries are turns of talks, each asked within its talk."""
    with tempfile.TemporaryDirectory() as work:
        index = Index(Path(work) / "memory.db")
        index.open()
        ids: dict[int, str] = {}
        for group, turns in itertools.groupby(tested.entries, key=lambda one: one.group):
            _take_in(index, group, list(turns), ids)
        search = Search(index)
        found = 0.0
        questions = tested.questions[:: 5 if quick else 1]
        for question in questions:
            scope = Scope(owners=frozenset({f"person:{question.within}"}))
            hits = search.find(question.text, DEPTH, scope)
            found += recall([ids[recalled(one.hit).number] for one in hits], question.grades, DEPTH)
        index.close()
    return found / len(questions)


def _take_in(index: Index, group: str, turns: list[Entry], ids: dict[int, str]) -> None:
    talk, thread = group.split("/")[0], re.sub(r"\W", "-", group)
    at = int(datetime.strptime(turns[0].title, WHEN).replace(tzinfo=UTC).timestamp() * 1000)
    said = []
    for turn in turns:
        number = len(ids) + 1
        ids[number] = turn.id
        who, _, words = turn.text.partition(": ")
        where = ConversationKey(desk=Desk.TELEGRAM, chat=talk)
        said.append(
            Said(
                number=number, conversation_id=thread, conversation=where, person_id=talk, person=who,
                question=words, answer="", at=at,
            )
        )  # fmt: skip
    for sitting, some in itertools.groupby(said, key=lambda one: sitting_of(thread, one.at, one.number)):
        for sheet in sheets(sitting, list(some), company="NEXUS", zone=ZONE, books="", upto=0, now=0):
            index.replace(sheet.row, sheet.turns, sheet.language)
