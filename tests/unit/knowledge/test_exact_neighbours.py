"""The vectors nearest to a question are the nearest ones: held against a plain search through all 5,000 of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import sqrt
from pathlib import Path

import pytest

from knowledge.engine import EVERYWHERE, Engine, Point, Scope
from tests.unit.knowledge.qdrant_server import QdrantServer
from tests.unit.knowledge.test_engines import engine_of, server

__all__ = ["server"]

MANY, DIMENSIONS, QUESTIONS, NEAREST = 5000, 48, 25, 10
OURS = Scope(owners=frozenset({"company", "person:ann"}))


def vectors(chance: random.Random, count: int) -> list[list[float]]:
    """Of length one and in forty clumps, as texts about forty subjects are: neighbours are close to one another."""
    middles = [[chance.gauss(0, 1) for _ in range(DIMENSIONS)] for _ in range(40)]
    made = []
    for _ in range(count):
        raw = [x + chance.gauss(0, 0.6) for x in chance.choice(middles)]
        length = sqrt(sum(x * x for x in raw))
        made.append([x / length for x in raw])
    return made


def owner_of(number: int) -> str:
    return ("company", "person:ann", "person:ben")[number % 3]


def nearest(known: Sequence[Sequence[float]], question: Sequence[float], scope: Scope) -> set[int]:
    """By looking at every one."""
    of = scope.owners
    scored = [
        (sum(a * b for a, b in zip(vector, question, strict=True)), number)
        for number, vector in enumerate(known, 1)
        if of is None or owner_of(number) in of
    ]
    return {number for _, number in sorted(scored, reverse=True)[:NEAREST]}


def recall(engine: Engine, known: Sequence[Sequence[float]], questions: Sequence[list[float]], scope: Scope) -> float:
    hits = 0
    for question in questions:
        found = {one.number for one in engine.meanings(question, "m", scope, NEAREST)}
        hits += len(found & nearest(known, question, scope))
    return hits / (NEAREST * len(questions))


@pytest.mark.parametrize("kind", ["edge", "qdrant"])
def test_of_the_ten_nearest_of_five_thousand_at_least_99_in_100_are_found(
    tmp_path: Path, server: QdrantServer, kind: str
) -> None:
    chance = random.Random(7)
    known, questions = vectors(chance, MANY), vectors(chance, QUESTIONS)
    engine = engine_of(tmp_path, kind, server)
    assert engine is not None
    engine.open(DIMENSIONS)
    for start in range(0, MANY, 500):
        engine.put(
            [
                Point(
                    number=number, words={f"w{number % 97}": 1.0}, owner=owner_of(number), collection="", time=0,
                    meaning=known[number - 1], model="m",
                )
                for number in range(start + 1, start + 501)
            ]
        )  # fmt: skip
    assert len(engine.numbers()) == MANY
    assert recall(engine, known, questions, EVERYWHERE) >= 0.99
    assert recall(engine, known, questions, OURS) >= 0.99, "a filter inside the query costs nothing of it"
    engine.close()
