"""The block `SUIVI` at the end of an answer for a program: the sections that a later message may point at.

    SUIVI
    [S1] Budget
    [S2] Schools
    ...

The keyword is never translated; four to eight sections, each a line, nothing behind them. An answer with fewer sections
has no block; of more than eight the first eight are named. The numbers are those of `company.outlines`, so "S2" in the
same thread means the section that the block names. People get buttons instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from company.outlines import TITLE, outline_of

KEYWORD = "SUIVI"
LEAST, MOST = 4, 8

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_LINE = re.compile(r"\[S(\d)\] (\S.*)$")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Sectioned:
    """An answer without its block, and the titles that the block named; () when there was none."""

    text: str
    titles: tuple[str, ...] = ()


def for_program(answer: str) -> str:
    """An answer with the block of its sections, if it has enough; a block that it brought itself is left out."""
    text = read_block(answer).text
    return with_block(text, [section.title for section in outline_of(text)])


def with_block(text: str, titles: Sequence[str]) -> str:
    """`text` with a block of these titles at its end; as it is with fewer than `LEAST` that say something.

    A code block that was left open is closed first: nothing of the block is ever code.
    """
    clean = [_title(title) for title in titles[:MOST]]
    if len(clean) < LEAST or not all(clean):
        return text
    fence = _open_fence(text.split("\n"))
    body = text.rstrip() + (f"\n{fence}" if fence else "")
    lines = [f"[S{number}] {title}" for number, title in enumerate(clean, 1)]
    return "\n".join((*((body, "") if body else ()), KEYWORD, *lines))


def read_block(text: str) -> Sectioned:
    """The answer and the titles of the block at its very end; a block in code, or with text behind it, is none."""
    lines = text.rstrip().split("\n")
    for count in range(min(MOST, len(lines) - 1), LEAST - 1, -1):
        if lines[-count - 1].rstrip("\r") != KEYWORD:
            continue
        found = [_LINE.match(line.rstrip("\r")) for line in lines[-count:]]
        titles = [one[2] for number, one in enumerate(found, 1) if one is not None and int(one[1]) == number]
        if len(titles) == count and not _open_fence(lines[: -count - 1]):
            return Sectioned("\n".join(lines[: -count - 1]).rstrip(), tuple(titles))
    return Sectioned(text)


def _title(title: str) -> str:
    """A title on one line, without what could end the line."""
    plain = " ".join(_UNFIT.sub(" ", title).split())
    return plain if len(plain) <= TITLE else f"{plain[: TITLE - 1].rstrip()}…"


def _open_fence(lines: Sequence[str]) -> str:
    """The fence that closes the code block which these lines leave open; "" when they leave none.

    As CommonMark 0.31 says, section 4.5: it is closed by at least as many of the same signs and nothing else.
    """
    fence = ""
    for line in lines:
        found = _FENCE.match(line.rstrip("\r"))
        if found is None:
            continue
        if not fence:
            fence = found[1] if found[1][0] == "~" or "`" not in found[2] else ""
        elif found[1].startswith(fence) and not found[2].strip():
            fence = ""
    return fence
