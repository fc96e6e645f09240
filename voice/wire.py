"""What the company asks a listening child, and what it makes of its answer.

The child has read a stranger's file, so nothing that it says is trusted further than its shape.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from company.speech_records import Why
from voice.phrases import PHRASES
from voice.rule import Hypotheses, Phones

What = Literal["measure", "grammar", "whisper"]
MOST_BYTES = 1_000_000
"""Of a child's answer: an hour of speech is a tenth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is done with a recording, and what it may take.

    Attributes:
        model: folder of the Whisper model.
        language: two letters, or "".
        seconds, memory_mb: as `company.shut_in.Bounds`.
    """

    what: What
    longest_s: int
    seconds: float
    memory_mb: int
    model: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A child's answer, checked. `why` is None when it listened."""

    why: Why | None = None
    detail: str = ""
    seconds: float = 0.0
    hypotheses: Hypotheses | None = None
    text: str = ""
    language: str = ""


def refusal(error: str) -> dict[str, Any]:
    """Why a recording can't be listened to: the name of the error."""
    return {"refused": error}


def read_answer(data: bytes) -> Answer:
    """The answer of a child that ended well, or that did not."""
    try:
        said = json.loads(data)
        if "refused" in said:
            return _refused(str(said["refused"])[:100])
        hypotheses = _hypotheses(said) if "phrase" in said else None
        return Answer(
            seconds=float(said["seconds"]), hypotheses=hypotheses, text=str(said.get("text", "")),
            language=str(said.get("language", ""))[:2],
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Answer(why=Why.UNREADABLE, detail="the process that listened ended in the middle")


def _refused(error: str) -> Answer:
    if error == "TooLong":
        return Answer(why=Why.TOO_LONG)
    if error == "Undecodable":
        return Answer(why=Why.UNREADABLE)
    return Answer(why=Why.FAILED, detail=error)


def _hypotheses(said: Mapping[str, Any]) -> Hypotheses:
    known = {phrase: _phones(phones) for phrase, phones in said["all_phones"].items() if phrase in PHRASES}
    return Hypotheses(
        phrase=str(said["phrase"])[:200], phones=_phones(said["phones"]), speech_s=float(said["speech_s"]),
        free_phones=_phones(said["free_phones"]), all_phones=known,
    )  # fmt: skip


def _phones(said: list[Any]) -> Phones:
    return tuple(str(phone)[:4] for phone in said[:1000])
