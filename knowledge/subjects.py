"""What a passage is about, and what it mentions: the edges of a graph that is never built.

A passage is about its innermost heading, the name of its file, and what its first words name ("Juno Bakery is ...").
Another passage that says such a name points at it. So a question that needs two documents is followed from the passage
that answers its first half to the one about whatever that passage names (`knowledge.following`). No model is needed.
Names are folded words with single spaces.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from company.language.stopwords import ASKING, FUNCTION
from company.language.tokens import fold, is_cjk, raw_words

LONGEST = 6
"""Words of a name at most; the longest titles that people quote in a sentence."""
_MOST = 250  # words of a text that are looked through
_ASIDE = re.compile(r"\s*[(\[（][^)\]）]*[)\]）]\s*")
_NAME = r"[A-ZÀ-ÞА-ЯЁ][\w'’.-]*"
_JOINT = r"(?:of|the|de|la|du|von|van|der|di|da|and|y|et|und|&)"
_LEAD = re.compile(
    rf"\W*((?:The |Der |Die |Das |Le |La |El )?{_NAME}(?:\s+(?:{_JOINT}\s+){{0,2}}(?:{_NAME}|\d+)){{1,5}})"
)
_COMMON = frozenset().union(*FUNCTION.values(), *ASKING.values())


def subjects(document: str, headings: tuple[str, ...], text: str) -> set[str]:
    """The names that a passage is about: its heading's and file's, and the first words when they are a name of several.

    One word that a text begins with is mostly no name ("Although"), so it is none here.
    """
    stem = re.sub(r"[-_]+", " ", document.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    lead = _LEAD.match(text.lstrip("#*_>- \t\n")[:200])
    raw = [stem, *headings[-1:]]
    raw += [_ASIDE.sub(" ", one) for one in raw]
    names = {name for name in map(normal, raw) if _is_name(name)}
    first = normal(lead.group(1)).split(" ") if lead else []
    while first and first[0] in _COMMON:
        first = first[1:]
    return names | {" ".join(first)} if len(first) > 1 else names


def normal(text: str) -> str:
    """Folded words with single spaces; possessives and punctuation are gone."""
    return " ".join(fold(word) for word in raw_words(text))


def named_in(text: str, *, capitals: bool) -> list[tuple[str, int]]:
    """Everything in a text that might be a name: (name, place of its first word in the text).

    With `capitals`, only what begins with a capital letter or a digit: in a passage, not in a question, where people
    write as they like.
    """
    return names_among(raw_words(text)[:_MOST], capitals=capitals)


def names_among(written: Sequence[str], *, capitals: bool) -> list[tuple[str, int]]:
    """`named_in` for words that were cut apart before; of the first `_MOST`."""
    written = written[:_MOST]
    words = [fold(word) for word in written]
    says = [word not in _COMMON for word in words]
    found: list[tuple[str, int]] = []
    for place, (name, first) in enumerate(zip(words, written, strict=True)):
        if capitals and (not says[place] or first[0].islower()):
            continue
        if says[place] and _is_one(name):
            found.append((name, place))
        for last, more in enumerate(words[place + 1 : place + LONGEST], place + 1):
            name = f"{name} {more}"
            if says[last]:
                found.append((name, place))
    return found


def _is_one(word: str) -> bool:
    return (len(word) >= 4 or is_cjk(word)) and not word.isdigit()


def _is_name(name: str) -> bool:
    words = name.split(" ")
    if not name or len(words) > LONGEST or all(word in _COMMON or word.isdigit() for word in words):
        return False
    return len(words) > 1 or len(name) >= 4 or is_cjk(name)


def outermost(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Those names that are not inside a longer one that was found too."""
    kept: list[tuple[str, int]] = []
    for name, place in sorted(found, key=lambda one: -len(one[0].split(" "))):
        end = place + len(name.split(" "))
        if not any(other <= place and end <= other + len(longer.split(" ")) for longer, other in kept):
            kept.append((name, place))
    return sorted(kept, key=lambda one: one[1])
