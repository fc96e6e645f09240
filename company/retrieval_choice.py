"""How documents are looked for, as the Board chose it: the choice in force, and what a trial of others found.

The choice stands in the table `about`; each one made, and each trial, is a fact of the record. Nobody else changes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, insert, select, update

from company import audit
from company.books import to_json
from company.schema import about

CHANGED, TRIED = "retrieval.changed", "retrieval.tried"
"""The record's names of a choice and of a trial."""
_NAME = "retrieval"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalChoice:
    """What is handed on for a question.

    Attributes:
        passages: at most so many, from 1 to 10; what asks for fewer gets fewer.
        diversity: from 0 (the best, whatever they say) to below 1: how much a passage loses that says what a better one
            says (maximal marginal relevance, Carbonell and Goldstein 1998, with 1 - lambda).
        relevant: the share of a question's words, by weight, from which a passage has to do with it.
    """

    passages: int = 10
    diversity: float = 0.0
    relevant: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedQuestion:
    """A question with the documents that answer it; none: the right answer is that there is nothing."""

    question: str
    documents: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a trial of choices found. Values are from 0 to 1 (see `knowledge.tuning`).

    Attributes:
        questions: how many were asked.
        now, best: the choice in force and the best one, each with its value on all questions.
        expected_now, expected_best: the same on questions that were held out when the best was picked.
        worth: whether the gain on held-out questions is larger than its standard error.
        unknown: documents named in the questions that the library does not have.
    """

    questions: int
    now: RetrievalChoice
    best: RetrievalChoice
    value_now: float
    value_best: float
    expected_now: float
    expected_best: float
    worth: bool
    unknown: tuple[str, ...] = ()


def in_force(tx: Connection) -> RetrievalChoice:
    """The Board's choice; the usual one where there is none."""
    found = tx.scalar(select(about.c.value).where(about.c.name == _NAME))
    return RetrievalChoice(**json.loads(found)) if found is not None else RetrievalChoice()


def choose(tx: Connection, now: int, choice: RetrievalChoice, *, by: str) -> None:
    """Put a choice in force, with its fact."""
    before, value = in_force(tx), to_json(asdict(choice))
    if tx.execute(update(about).where(about.c.name == _NAME).values(value=value)).rowcount == 0:
        tx.execute(insert(about), [{"name": _NAME, "value": value}])
    audit.record(tx, now, by, CHANGED, before=asdict(before), after=asdict(choice))


def record_trial(tx: Connection, now: int, trial: Trial, *, by: str) -> None:
    """A trial leaves its figures, whatever becomes of it."""
    audit.record(
        tx, now, by, TRIED, questions=trial.questions, now=asdict(trial.now), best=asdict(trial.best),
        value_now=_rounded(trial.value_now), value_best=_rounded(trial.value_best),
        expected_now=_rounded(trial.expected_now), expected_best=_rounded(trial.expected_best), worth=trial.worth,
    )  # fmt: skip


def _rounded(value: float) -> str:
    return f"{value:.4f}"
