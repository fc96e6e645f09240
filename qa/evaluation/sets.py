"""A set of questions with contexts, answers and references, read from a file, evaluated, and shown as a table.

The house's own set (`house.json`) holds for each question a good answer and answers that are known to be bad; it is
what proves that the measures tell them apart. A set of yours holds `answer` alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from company.errors import ConfigError
from qa.evaluation.measures import Answered, Scores, scores

HOUSE = Path(__file__).with_name("house.json")
"""The set that comes with the house."""

GOOD = "answer"
MEASURES = ("faithfulness", "relevance", "precision", "recall")
_LONGEST = 16 * 1024 * 1024  # bytes


class Question(BaseModel):
    """One question of a set. `known_bad` names further answers to the same question by what is wrong with them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    question: str = Field(min_length=1)
    contexts: tuple[str, ...] = Field(strict=False)
    answer: str = Field(min_length=1)
    reference: str = ""
    known_bad: dict[str, str] = Field(default_factory=dict)


_QUESTIONS = TypeAdapter(tuple[Question, ...])


def read_set(path: Path) -> tuple[Question, ...]:
    """The questions of a JSON file; blocks. Raises `ConfigError` with the file and the JSON path."""
    try:
        if path.stat().st_size > _LONGEST:
            raise ConfigError(f"{path}: a set has at most {_LONGEST // 2**20} MB. Is this the right file?")
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such set. Check the path.") from error
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: the set can't be read ({error}). It must be JSON in UTF-8.") from error
    try:
        found = _QUESTIONS.validate_python(tuple(data) if isinstance(data, list) else data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        raise ConfigError(f"{path}: {place}: {first['msg'][0].lower()}{first['msg'][1:]}.") from error
    if not found:
        raise ConfigError(f"{path}: the set is empty. Add questions.")
    return found


def evaluate(questions: Sequence[Question]) -> Mapping[str, tuple[Scores, ...]]:
    """The scores of every answer, by what it is: "answer", each sort of known-bad answer, two sorts of bad contexts."""
    found: dict[str, list[Scores]] = {}
    for place, one in enumerate(questions):
        for name, answer in ((GOOD, one.answer), *one.known_bad.items()):
            found.setdefault(name, []).append(_scored(one, answer, one.contexts))
        if one.known_bad:  # the house's own: contexts of other questions are known to be useless
            others = questions[(place + 1) % len(questions)].contexts
            found.setdefault("contexts badly ranked", []).append(_scored(one, one.answer, (*others, *one.contexts)))
            found.setdefault("contexts of another question", []).append(_scored(one, one.answer, others))
    return {name: tuple(each) for name, each in found.items()}


def mean(each: Sequence[Scores], measure: str) -> float | None:
    """The mean of a measure over those to which it applies; None when there are none."""
    values = [value for one in each if (value := getattr(one, measure)) is not None]
    return sum(values) / len(values) if values else None


def save(results: Mapping[str, Sequence[Scores]], path: Path) -> None:
    """Write the means as JSON; blocks. Raises `ConfigError` when it can't."""
    means = {
        name: {"number": len(each)} | {measure: mean(each, measure) for measure in MEASURES}
        for name, each in results.items()
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(means, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: the report can't be written ({error.strerror}). Choose another place.") from error


def show(results: Mapping[str, Sequence[Scores]], console: Console) -> None:
    """Print one row per sort of answer."""
    table = Table(title="Answers from documents, 0 to 1; precision and recall are the contexts'", title_justify="left")
    table.add_column("what")
    table.add_column("number", justify="right")
    for measure in MEASURES:
        table.add_column(measure, justify="right")
    for name, each in results.items():
        cells = [_shown(mean(each, measure)) for measure in MEASURES]
        table.add_row(name, str(len(each)), *cells, style="bold" if name == GOOD else "")
    console.print(table)


def _scored(one: Question, answer: str, contexts: tuple[str, ...]) -> Scores:
    return scores(Answered(question=one.question, contexts=contexts, answer=answer, reference=one.reference))


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
