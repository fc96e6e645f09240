"""How QA reads a Markdown answer: which part is code, which is quoted, which is the employee's own words.

Views keep the length and the line breaks of the text: what is masked becomes spaces, so that a position in a view is
a position in the text. Fences follow CommonMark 0.31 section 4.5, but may be indented any depth (models nest them in
lists).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_INLINE = re.compile(r"(?<!`)(`{1,3})(?!`)([^`\n]+)\1(?!`)")
_BLOCKQUOTE = re.compile(r"^[ \t]{0,3}>.*$", re.MULTILINE)
_QUOTES = (
    re.compile(r'"[^"\n]{1,300}"'),
    re.compile(r"“[^”“\n]{1,300}[”“]"),
    re.compile(r"„[^“”\n]{1,300}[“”]"),
    re.compile(r"«[^»\n]{1,300}»"),
    re.compile(r"‘[^’\n]{1,300}’"),
    re.compile(r"「[^」\n]{1,300}」"),
)
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\")\]]+")
_SENTENCE_END = re.compile(
    r"(?<=[.!?…])(?<!\sг\.)(?<!\b(?:i\.e|e\.g|z\.B|d\.h|u\.a|т\.е)\.)(?<!\b(?:Mr|Dr|ca|vs|cf)\.)(?<!\b[zdpuт]\.)"
    r"(?<!\b(?:z\. B|d\. h|u\. a|т\. е)\.)(?<!\bp\. ex\.)"
    r"(?<!(?:Jan|Feb|Mar|Mär|Apr|Jun|Jul|Aug|Sep|Oct|Okt|Nov|Dec|"
    r"Dez)\.)[\"”»)*_]{0,3}\s+(?!\[\d)(?!(?<=\d\.\s)(?:Jan|Jän|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez))|"
    r"(?<=[。！？])(?!\s*\[\d)|\n+"
)
_WORD = re.compile(r"[一-鿿]|[^\W_一-鿿]+")
_COUNTED = re.compile(r"[぀-ヿ一-鿿]|[^\W_぀-ヿ一-鿿]+(?:['’-][^\W_]+)*")
_DIGIT = re.compile(r"\d")
_EMPHASIS = re.compile(r"[*_`|]+")
_LONGEST = 1000
_MOST = 300_000
_VISIBLE = re.compile(r"[^\n]")
_LINE = re.compile(r"[^\n]+")
_DIFF = re.compile(r"\s*(?:diff --git \S|--- \S[^\n]*\n\+\+\+ \S|Index: \S|From [0-9a-f]{40} )")
DIFFS = frozenset({"diff", "patch", "udiff", "unidiff"})
"""What a fenced diff may be called."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block. `language` is the first word of its info string in lower case; `line` counts from 1."""

    language: str
    body: str
    line: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of a very long one, with its words in lower case (each Han sign is one)."""

    text: str
    words: frozenset[str]
    has_digit: bool


@dataclass(frozen=True, slots=True)
class Prose:
    """A text and its views."""

    text: str
    fences: tuple[Fence, ...]
    outside: str  # without fenced code
    plain: str  # without fenced and inline code, and without web addresses
    spoken: str  # plain, without quotations and block quotes too
    pieces: tuple[Piece, ...]  # the sentences of `spoken`


def read(text: str) -> Prose:
    """Split `text` into its views; linear in its length. One that is nothing but a diff is a single block of code."""
    fences, outside = _without_fences(text)
    if is_diff(text):
        fences, outside = (Fence("diff", text, 0, closed=True),), blank(_LINE, text)
    plain = blank(_URL, blank(_INLINE, outside))
    spoken = blank(_BLOCKQUOTE, plain)
    for pattern in _QUOTES:
        spoken = blank(pattern, spoken)
    return Prose(text, fences, outside, plain, spoken, pieces(spoken))


def is_diff(text: str) -> bool:
    """Whether a text is nothing but a diff, by how it begins."""
    return _DIFF.match(text) is not None


def blank(pattern: re.Pattern[str], text: str) -> str:
    """`text` with each match of `pattern` turned into spaces; line breaks stay."""
    return pattern.sub(lambda match: _VISIBLE.sub(" ", match.group()), text)


def sentences(text: str) -> list[str]:
    """Sentences and lines of `text`; a trailing `[n]` belongs to the sentence before it."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part and part.strip()]


def pieces(text: str) -> tuple[Piece, ...]:
    """The sentences of `text`, cut after 1,000 characters so that no search in one of them is slow.

    Beyond 300,000 characters (no spec of the house allows so long an answer) there are none.
    """
    parts = sentences(text[:_MOST])
    return tuple(_piece(part[at : at + _LONGEST]) for part in parts for at in range(0, len(part), _LONGEST))


def _piece(text: str) -> Piece:
    return Piece(text, frozenset(_WORD.findall(text.lower())), _DIGIT.search(text) is not None)


def stands_in(text: str, given: str) -> bool:
    """Whether `given` holds `text`, white space and Markdown emphasis made alike: it is repeated, not claimed."""
    return _flat(text) in _flat(given)


def _flat(text: str) -> str:
    return " ".join(_EMPHASIS.sub("", text).split())


def word_set(text: str) -> frozenset[str]:
    """The words of `text`, which are separated by white space."""
    return frozenset(text.split())


def letters(text: str) -> int:
    """How many letters `text` has, in any script."""
    return sum(map(str.isalpha, text))


def words(text: str) -> int:
    """How many words `text` has; each Chinese or Japanese sign counts as one."""
    return sum(1 for _ in _COUNTED.finditer(text))


def _without_fences(text: str) -> tuple[tuple[Fence, ...], str]:
    fences: list[Fence] = []
    kept: list[str] = []
    body: list[str] = []
    mark, language, begun, indent = "", "", 0, 0
    for number, line in enumerate(text.split("\n"), start=1):
        match = _FENCE.match(line)
        if not mark and match:
            mark, begun, body, indent = match[1], number, [], _indent(line)
            language = (match[2].split() or [""])[0].strip("{}.,:").lower()
        elif (
            mark
            and match
            and match[1].startswith(mark)
            and not match[2].strip()
            and not (language in DIFFS and _indent(line) > indent)  # a line of context that is a fence of its own
        ):
            fences.append(Fence(language, "\n".join(body), begun, closed=True))
            mark = ""
        elif mark:
            body.append(line)
        else:
            kept.append(line)
            continue
        kept.append(" " * len(line))
    if mark:
        fences.append(Fence(language, "\n".join(body), begun, closed=False))
    return tuple(fences), "\n".join(kept)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
