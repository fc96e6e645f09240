"""The employee's own test before QA: what the request asks for, extracted by rules, told to whoever does it.

The points stand under the request, so they cost a few tokens and no turn. For a complex order the settings may ask for
one more turn, in which the employee holds its answer against them. What came of it is kept with the attempt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from company.language.asks import WANTS_CODE, WANTS_JSON, WANTS_TABLE, asked_count, is_run, most_words, numbered
from company.records import Difficulty, Job, Kind

HOLDS = "OK"
"""What an employee answers when its answer holds."""
_FENCE = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})[^\n]*\n(.*?)^[ \t>]*(?:`{3,}|~{3,})[ \t]*$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$", re.MULTILINE)
_ITEM = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)、]|#{1,6}\s|\*\*|\|)\s*\S", re.MULTILINE)
_WORD = re.compile(r"[぀-ヿ一-鿿]|[^\W_぀-ヿ一-鿿]+(?:['’-][^\W_]+)*")
_GIVEN = frozenset({Kind.TRANSLATION, Kind.EXTRACTION})  # their requests hold texts of others, which ask for things too


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that the answer must be. `holds` tells by rules; it errs towards yes: QA looks more closely."""

    code: str
    words: str
    holds: Callable[[str], bool]


def points(job: Job) -> tuple[Point, ...]:
    """What the request asks for that can be counted or seen."""
    request, kind = job.order.text, job.assignment.kind
    found: list[Point] = []
    labels = numbered(request, inline=True)
    if is_run(labels) and "?" in request.replace("？", "?"):
        found.append(Point("questions", f"each of the {len(labels)} numbered questions is answered, under its number",
                           lambda text: not numbered(text) or set(labels) <= set(numbered(text))))  # fmt: skip
    if kind not in _GIVEN and kind is not Kind.CODE and (asked := asked_count(request)) is not None:
        number = asked[0]
        found.append(Point("count", f"there are {number} of what was asked for",
                           lambda text: not _ITEM.search(text) or len(_ITEM.findall(text)) >= number))  # fmt: skip
    if kind is not Kind.CODE and WANTS_JSON.search(request):
        found.append(Point("json", "it is valid JSON", _has_json))
    if kind is not Kind.CODE and WANTS_TABLE.search(request):
        found.append(Point("table", "it has a Markdown table", lambda text: bool(_TABLE.search(text))))
    if kind is Kind.CODE and WANTS_CODE.search(request):
        found.append(Point("code", "the code stands in a fenced block", lambda text: "```" in text or "~~~" in text))
    if kind not in _GIVEN and kind is not Kind.CODE and (most := most_words(request)) is not None:
        found.append(Point("words", f"it has at most {most} words", lambda text: len(_WORD.findall(text)) <= most))
    return tuple(found)


def in_the_briefing(found: tuple[Point, ...]) -> str:
    """The points as they stand under the request; "" without any."""
    if not found:
        return ""
    return "Before you give the answer, see that:\n" + "\n".join(f"- {point.words}" for point in found)


def wants_a_turn(job: Job, mode: str) -> bool:
    """Whether the employee looks at its answer once more."""
    return mode == "turn" and job.assignment.difficulty is Difficulty.COMPLEX


def question(found: tuple[Point, ...]) -> str:
    """What is asked in the turn of its own."""
    lines = ["- every part of the request is dealt with", "- nothing in it contradicts the request or the material"]
    lines += [f"- {point.words}" for point in found]
    return (
        "Hold your answer against the request, point by point:\n" + "\n".join(lines) + f"\nIf all of it holds, answer "
        f"with {HOLDS} and nothing else. Otherwise give the whole answer again, mended, without a word about this."
    )


def held(found: tuple[Point, ...], text: str, *, mended: bool | None = None) -> tuple[str, ...]:
    """What came of it, for the record: each point with "holds" or "fails", and the turn of its own if there was one."""
    said = [f"{point.code}: {'holds' if point.holds(text) else 'fails'}" for point in found]
    if mended is not None:
        said.append("second look: mended" if mended else "second look: held")
    return tuple(said)


def _has_json(text: str) -> bool:
    for part in (text, *_FENCE.findall(text)):
        try:
            if isinstance(json.loads(part), dict | list):
                return True
        except (ValueError, RecursionError):
            continue
    return False
