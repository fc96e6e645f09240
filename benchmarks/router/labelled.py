"""The labelled set: over 600 messages in six languages, each with kind, difficulty and language.

Guidelines for the labels
- *kind*: what the person wants to have in the end. A text that changes a given text (correct, shorten, summarise) is
  writing; figures out of a rule are calculation; a question whose answer stands in the Board's papers is documents.
- *trivial*: one fact or one small step; somebody competent answers within a minute. *normal*: one piece of work of
  some minutes, few conditions. *complex*: several steps that depend on each other, expert judgement, or much at stake
  (law, health, money beyond a household bill, acts that can't be undone).
- *language*: the language of the person's instruction, not of a text that is to be translated;
  `xx` where nobody could tell (figures only, pictures only): always counted right.

Parts, in the order they were written
- `dev` and `held`: the files named by a language, split by the first byte of SHA-256 of the message (even: dev).
  Weights and word lists were changed on errors of `dev` only; the errors of `held` were never read. But both were
  written by the author of the word lists, before them, so `held` flatters.
- `hard` and `everyday`: each was written after the router was frozen, run once, and only then read and learnt from,
  as a part of the development set. What they showed at that first run, unseen: hard (made to deceive) kind 48 %,
  difficulty 69 %; everyday kind 76 %, difficulty 77 %. They are not held out any more.
- `fresh`: written after the next freeze; its errors were never read. First run: kind 80 %, difficulty 77 %, nearly all
  errors too easy. That total led to a new calibration, chosen on the development parts alone (see
  `company.router.judge`), so its present figure is nearly, not wholly, untouched. Its messages say much the same in
  each language, so it is worth fewer than it counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from company.records import Difficulty, Kind

_FOLDER = Path(__file__).parent / "data"
_LEVEL = {"t": Difficulty.TRIVIAL, "n": Difficulty.NORMAL, "c": Difficulty.COMPLEX}


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """One message and what a person says of it."""

    text: str
    kind: Kind
    difficulty: Difficulty
    language: str
    part: str  # "dev", "held", "hard", "everyday" or "fresh"


def load() -> list[Labelled]:
    """All messages; the file's name is the language unless the line says otherwise."""
    return [_parse(line, path.stem) for path in sorted(_FOLDER.glob("*.txt")) for line in _lines(path)]


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def _parse(line: str, stem: str) -> Labelled:
    labels, _, text = line.partition(" | ")
    kind, level, *language = labels.split()
    text = text.replace("\\n", "\n")
    part = (
        stem
        if stem in ("hard", "everyday", "fresh")
        else ("dev" if hashlib.sha256(text.encode()).digest()[0] % 2 == 0 else "held")
    )
    return Labelled(
        text=text, kind=Kind(kind), difficulty=_LEVEL[level], language=language[0] if language else stem, part=part
    )
