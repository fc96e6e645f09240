"""Where sentences end, in Markdown and plain text of the six languages; each is an exact piece of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from company.language.stopwords import words

_ABBREVIATIONS = words(
    "mr mrs ms dr prof st no nr vs etc e.g i.e fig eq al inc ltd co corp dept approx ca bzw z.b d.h u.a usw ggf "
    "evtl "
    "inkl zzgl str tel abb m mme mlle p ex art av env sr sra ud uds pag núm num ej г гг т.е т.д т.п ул д кв стр "
    "руб тыс "
    "млн им см jan feb mar apr jun jul aug sep sept oct nov dec min max"
)
_END = re.compile(r"[.!?…]+[\"'”’»)\]*_]*(?=\s)|[。!?;][”’」』)]*|\n\s*\n|\n(?=\s*(?:[-*+•]\s|\d+[.)]\s|#|\||>))")
_LAST_WORD = re.compile(r"([\w.]+)\.$")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text: `text[start:end]`, without surrounding white space."""

    start: int
    end: int


def sentences(text: str) -> list[Span]:
    """The sentences of `text` in order. List items and table rows are sentences of their own."""
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match.start() < start or _is_abbreviation(text, start, match):
            continue
        _add(spans, text, start, match.end())
        start = match.end()
    _add(spans, text, start, len(text))
    return spans


def _is_abbreviation(text: str, start: int, match: re.Match[str]) -> bool:
    if match.group() != ".":
        return False
    last = _LAST_WORD.search(text, start, match.end())
    if last is None:
        return False
    word = last.group(1).casefold()
    tail = text[match.end() : match.end() + 20]
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha()):
        return True
    # "am 3. Mai", "1. Schritt": a number with a dot goes on when a small letter or a month follows on the same line
    return word.isdigit() and len(word) <= 2 and not tail.startswith("\n") and tail.lstrip()[:1].isalpha()


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if any(c.isalnum() for c in stripped):
        begin = start + piece.index(stripped)
        spans.append(Span(begin, begin + len(stripped)))
