"""Text into tokens: folded words and single Han characters with their places, and the estimate of model tokens.

The terms of the index (`company.language.tokens`) are another thing: they have no places, split identifiers and pair
Han characters, which would be wrong for the phrases of a lexicon. Letters are folded the same way in both.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from company.language.tokens import CJK, HAN

_WORD = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+|\d+")
_CJK = re.compile(f"[{CJK}]")
_BYTES_PER_TOKEN = 4
_CJK_PER_TOKEN = 1.5


@dataclass(frozen=True, slots=True)
class Token:
    """One folded word, number or Han character; `start` and `end` are places in the folded text."""

    text: str
    start: int
    end: int

    @property
    def is_han(self) -> bool:
        """True for a single Han character."""
        return "\u3400" <= self.text <= "\u9fff"


def tokenise(folded: str) -> list[Token]:
    """The tokens of a text that went through `company.language.tokens.fold`."""
    return [Token(match.group(), match.start(), match.end()) for match in _WORD.finditer(folded)]


def split(folded: str) -> list[str]:
    """The tokens of a folded text without their places, at half the cost."""
    return _WORD.findall(folded)


def estimate_tokens(text: str) -> int:
    """About how many model tokens a text is: UTF-8 bytes / 4, and two for three CJK characters.

    An estimate for limits that need no tokenizer; what a call really used is the provider's own count.
    """
    rest, cjk = _CJK.subn("", text)
    size = len(rest) if rest.isascii() else len(rest.encode("utf-8", "surrogatepass"))
    return math.ceil(size / _BYTES_PER_TOKEN + cjk / _CJK_PER_TOKEN)


def clip(text: str, limit: int) -> str:
    """The beginning of a text that fits into `limit` estimated tokens, cut at a word where there is one."""
    if estimate_tokens(text) <= limit:
        return text
    low, high = 0, min(len(text), limit * _BYTES_PER_TOKEN)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if estimate_tokens(text[:middle]) < limit else (low, middle - 1)
    kept = text[:low]
    space = kept.rfind(" ")
    return (kept[:space] if space > low * 0.6 else kept).rstrip() + "…" if kept else ""
