"""The outline of an answer: its sections in order, [S1], [S2], ..., so that a later message can point at one.

Read off the Markdown that was delivered, whenever it is needed: the answer in the books stays the only truth.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST = 20
LEAST = 2
"""One section alone is no structure."""
TITLE = 80  # characters

_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.+?)\s*#*$")
_BOLD_LINE = re.compile(r" {0,3}(?:\*\*|__)(.{2,100}?)(?:\*\*|__)\s*:?$")
_NUMBERED = re.compile(r" {0,2}(\d{1,2}|[A-Ha-h])[.)]\s+(.+)$")
_BULLET = re.compile(r" {0,1}[-*+•]\s+(.+)$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_OWN_MARK = re.compile(r"(?:(\d{1,2})(?:[.):]|\s[-–—])|([A-H])[.):])\s+(?=\S)")
_LEADING_BOLD = re.compile(r"(?:\*\*|__)(.+?)(?:\*\*|__)")
_FIRST_PART = re.compile(r"(.{3,}?)(?::\s|\s[-–—]\s|[.!?。！？：](?:\s|$)|$)")
_DECORATION = re.compile(r"[*_`]+|\[(?:\d+|S\d+)\]|(?<=\])\([^)]*\)|[\[\]]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of an answer. `number` counts from 1; `mark` is its own "2" or "B", if it has one."""

    number: int
    mark: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _Start:
    line: int
    level: int
    mark: str
    title: str


def outline_of(answer: str) -> tuple[Section, ...]:
    """The sections of an answer: its headings, else its bold lines, else the items of its list; () when it has none."""
    lines = answer.splitlines()
    prose = list(_prose(lines))
    for starts in (_headings(prose), _bold_lines(prose), _items(prose, _NUMBERED), _items(prose, _BULLET)):
        if len(starts) >= LEAST:
            return tuple(
                Section(number=number, mark=start.mark, title=start.title, text=_text(lines, starts, number))
                for number, start in enumerate(starts[:MOST], 1)
            )
    return ()


def _prose(lines: Sequence[str]) -> list[tuple[int, str]]:
    """The lines outside of code, with their places."""
    kept, fenced = [], False
    for place, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            kept.append((place, line))
    return kept


def _headings(prose: Sequence[tuple[int, str]]) -> list[_Start]:
    """The headings of the highest level that has two."""
    found = [
        _start(place, match.group(2), level=len(match.group(1)))
        for place, line in prose
        if (match := _HEADING.match(line))
    ]
    levels = sorted({start.level for start in found})
    level = next((level for level in levels if sum(start.level == level for start in found) >= LEAST), 0)
    return [start for start in found if start.level == level]


def _bold_lines(prose: Sequence[tuple[int, str]]) -> list[_Start]:
    return [_start(place, match.group(1)) for place, line in prose if (match := _BOLD_LINE.match(line))]


def _items(prose: Sequence[tuple[int, str]], pattern: re.Pattern[str]) -> list[_Start]:
    found = []
    for place, line in prose:
        if match := pattern.match(line):
            mark = match.group(1).upper() if pattern is _NUMBERED else ""
            found.append(_start(place, match.group(match.lastindex or 1), mark=mark))
    return found


def _start(place: int, words: str, *, level: int = 0, mark: str = "") -> _Start:
    if not mark and (own := _OWN_MARK.match(words)):
        mark = own.group(1) or own.group(2)
        words = words[own.end() :]
    bold = _LEADING_BOLD.match(words)
    title = bold.group(1) if bold else words
    if not level and not bold and (first := _FIRST_PART.match(title)):
        title = first.group(1)
    title = " ".join(_DECORATION.sub("", title).split()).rstrip(":：")
    return _Start(place, level, mark, title if len(title) <= TITLE else f"{title[: TITLE - 1].rstrip()}…")


def _text(lines: Sequence[str], starts: Sequence[_Start], number: int) -> str:
    end = starts[number].line if number < len(starts) else len(lines)
    return "\n".join(lines[starts[number - 1].line : end]).strip()
