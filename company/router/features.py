"""What can be read off a message: which phrases it holds, where, and its outward form. No decision is taken here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from company.language.tokens import fold
from company.records import DataBlock
from company.router.lexicon import Hit, Lexicon
from company.router.tokens import Token, tokenise

_HEAD = 2400  # characters of a long message that are looked at: what is asked stands at its beginning
_TAIL = 600  # ... or at its end
_FENCE = re.compile(r"```|^ {4}\S", re.MULTILINE)
_QUOTED = re.compile('["“«„「『‘]([^"“”«»„「」『』]{2,})["”»“」』’]')
_BREAK = re.compile(r":\s|：|\s[-–—]\s|\n|```")
_CODE_MARKS = re.compile(  # every run is bounded: Chinese has no spaces, so a "word" may be as long as the message
    r"\bdef \w{1,60}\s*\(|\bfunction\b.{0,80}\(|=>|\w\(\)|\w\.\w{1,40}\(|;\s*$|[A-Za-z](?:Error|Exception)\b"
    r"|\bSELECT\b.{1,300}\bFROM\b|#include|\bfor [A-Za-z_]{1,30} in\b|\bimport [A-Za-z_]|\bclass [A-Z]"
    r"|\breturn\b.{0,80}[;)]|\bC\+\+|\bC#|\w\.(?:py|js|ts|go|rs|java|sh|sql|c|cpp|php)\b"
    r"|\bwhile\b.{1,80}:|\b[a-z]\w{0,20} = [\w\[{(]|\bprint\(|\b[a-z]{3,30}[A-Z][a-z]{2,}|\bO\([\w ]{1,20}\)"
    r"|</?[A-Za-z]{1,20}>|\b[a-z]{1,30}_[a-z_]{1,30}\(|\b[a-z]{1,30}[A-Z]\w{1,30}\(",
    re.MULTILINE,
)
_DOCUMENT_FILE = re.compile(r"[\w-]\.(?:pdf|docx?|odt|rtf|txt|md|xlsx?|ods|pptx?|eml)\b", re.IGNORECASE)
_ARITHMETIC = re.compile(r"[\s\d.,()+\-*/×÷·^%=:?？]+")
_OPERATION = re.compile(r"\d\s*[-+*/×÷^:%]\s*\(?\d")
_DATE = re.compile(r"\d{1,4}([-/.:])\d{1,2}(?:\1\d{1,4})?(?!\s*[*+=])")
_PERCENT = re.compile(r"\d\s*%")
_NUMBER = re.compile(r"\d+(?:[.,\s]\d{3})*(?:[.,]\d+)?")
_ITEMS = re.compile(r"[,;，；、]|(?:^|\n)\s*(?:[-*•]|\d+[.)])\s")
_QUESTIONS = re.compile(r"[?？]+")
_HAN_PER_WORD = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """One message as the router sees it. `asked` counts labels in the instruction, `given` those in the rest."""

    text: str  # the looked-at part, as written
    tokens: tuple[Token, ...]
    hits: tuple[Hit, ...]
    asked: Counter[str]
    given: Counter[str]
    head: frozenset[str]  # labels among the first words
    words: float  # length in words; a Han character counts as 1 / 1.6 of one
    payload_words: float  # of the text that came with the instruction
    chars: int  # of the whole message
    block_chars: int  # of forwarded and quoted texts
    questions: int
    items: int  # commas and list marks: how many things are asked for
    numbers: int
    code_marks: int
    fenced: bool
    names_file: bool
    arithmetic: bool  # nothing but figures and signs
    operation: bool  # "2+2" somewhere in a short message that holds no date
    percent: bool


def read(lexicon: Lexicon, text: str, blocks: Sequence[DataBlock]) -> Features:
    """Features of the person's own words; of `blocks` only the size, because they may not steer anything.

    Cost is bounded: of a long text the first 2,400 and the last 600 characters are looked at.
    """
    seen = text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    instruction, payload = split(seen)
    tokens = tokenise(fold(instruction))
    hits = lexicon.scan(tokens)
    given_tokens = tokenise(fold(payload))
    given_hits = lexicon.scan(given_tokens)
    payload_words = length_in_words(given_tokens)
    return Features(
        text=seen,
        tokens=tuple(tokens),
        hits=tuple(hits),
        asked=count_labels(hits),
        given=count_labels(given_hits),
        head=frozenset(label for hit in hits if hit.start <= 2 for label, _ in hit.labels),
        words=length_in_words(tokens) + payload_words + (len(text) - len(seen)) / 6,
        payload_words=payload_words,
        chars=len(text),
        block_chars=sum(len(block.text) for block in blocks),
        questions=len(_QUESTIONS.findall(seen)),
        items=len(_ITEMS.findall(seen)),
        numbers=len(_NUMBER.findall(seen)),
        code_marks=len(_CODE_MARKS.findall(seen)),
        fenced=bool(_FENCE.search(seen)),
        names_file=bool(_DOCUMENT_FILE.search(seen)),
        arithmetic=bool(_ARITHMETIC.fullmatch(seen) and _OPERATION.search(seen)),
        operation=bool(_OPERATION.search(seen) and not _DATE.search(seen)),
        percent=bool(_PERCENT.search(seen)),
    )


def split(text: str) -> tuple[str, str]:
    """What is asked, and the text it is asked about: after the first colon, dash or line, and what stands in quotes.

    "Translate into German: see you" -> ("Translate into German", "see you"). Without such a break all is asked.
    """
    found = next(
        (match for match in _BREAK.finditer(text[:400]) if len(match.string[: match.start()].strip()) >= 2), None
    )
    asked, rest = (text, "") if found is None else (text[: found.start()], text[found.start() :])
    quotes = _QUOTED.findall(asked)
    bare = _QUOTED.sub(" ", asked)
    if quotes and any(character.isalpha() for character in bare):
        return bare, "\n".join((*quotes, rest))
    return asked, rest


def count_labels(hits: Sequence[Hit]) -> Counter[str]:
    """How many separate places carry each label; overlapping phrases of one label count once."""
    ends: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for hit in hits:
        for label in {label for label, _ in hit.labels}:
            if hit.start >= ends.get(label, 0):
                counts[label] += 1
            ends[label] = max(hit.end, ends.get(label, 0))
    return counts


def length_in_words(tokens: Sequence[Token]) -> float:
    """Words, with a Han character counted as 1 / 1.6 of one."""
    han = sum(token.is_han for token in tokens)
    return len(tokens) - han + han / _HAN_PER_WORD
