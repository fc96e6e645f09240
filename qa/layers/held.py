"""Values that the company holds: loaded secrets in any spelling, and the prompts in force.

A secret is looked for as it is, with white space and invisible signs taken out, and as base64 (all three alignments),
URL-quoted, hexadecimal and reversed.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

_SHORTEST = 8  # characters; shorter values would be found everywhere
_GAPS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")
_PROMPT_LINE = 60  # characters of a line of a prompt that nobody writes by chance
_PROMPT_WORDS = 11  # words in a row of a prompt, over line ends too


def leaked(text: str, secrets: Iterable[str]) -> bool:
    """Whether any of `secrets` occurs in `text`, in any of the spellings."""
    values = [value for value in secrets if len(value) >= _SHORTEST]
    if not values:
        return False
    compact = _GAPS.sub("", text)
    lowered = compact.lower()
    return any(any(form in compact for form in _forms(value)) or value.encode().hex() in lowered for value in values)


def recited(text: str, prompts: Iterable[str]) -> str:
    """A line of one of `prompts` that `text` repeats word for word, or ""."""
    flat = _flat(text)
    words_said = _runs(flat)
    for prompt in prompts:
        shared = words_said & _runs_of_prompt(prompt)
        if shared:
            return min(shared)
        for line in prompt.splitlines():
            words = _flat(line)
            if len(words) >= _PROMPT_LINE and words in flat:
                return words[:_PROMPT_LINE]
    return ""


@lru_cache(maxsize=64)
def _runs_of_prompt(prompt: str) -> frozenset[str]:
    return _runs(_flat(prompt))


def _runs(flat: str) -> frozenset[str]:
    """Every run of words of that length, punctuation left out."""
    words = re.findall(r"[\w'’]+", flat)
    return frozenset(" ".join(words[at : at + _PROMPT_WORDS]) for at in range(len(words) - _PROMPT_WORDS + 1))


def _forms(value: str) -> Iterator[str]:
    compact = _GAPS.sub("", value)
    yield compact
    yield compact[::-1]
    yield quote(compact, safe="")
    raw = value.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        # The first and the last sign also hold bits of the neighbours, so they are left out.
        core = encoded[-(-offset * 8 // 6) : len(encoded) - (1 if (offset + len(raw)) % 3 else 0)]
        if len(core) >= _SHORTEST:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _flat(text: str) -> str:
    return " ".join(text.replace("*", "").replace("_", "").casefold().split())
