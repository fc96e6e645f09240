"""Layer 8, actions: who says "I saved it", "it was sent", "the tests pass" has a tool's receipt of this order for it.

The loudest complaint about assistants is that they say "done" and it isn't. A claim counts when a tool that can do such
a thing ended well in this order (its receipt is signed, in the books). A tool that is unknown here may have done
anything and counts for every claim. Texts that somebody else will say (a letter, a joke, a translation) claim nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from company.records import Finding, Kind, Tier
from company.tool_uses import ToolUse
from qa.case import Case
from qa.layers.deeds import (
    CLAIMS,
    CONDITION,
    FOR_OTHERS,
    HERE,
    ORDER,
    ORDERED_REPORTS,
    READING,
    REPORTED,
    REPORTS,
    SPEAKER,
    TOOLS,
    WANTED,
    Deed,
)

_MOST = 3
_SOMEBODY_ELSES = frozenset({Kind.WRITING, Kind.TRANSLATION, Kind.EXTRACTION})
_BY_OTHERS = re.compile(r"\s(?:by|von|vom|par|por|da)\s(?!me\b|us\b|mir\b|uns\b|moi\b|mí\b)", re.IGNORECASE)
_ON_PAPER = frozenset({Deed.SAVED, Deed.SCHEDULED, Deed.CHANGED, Deed.DELETED})  # done in a text just as well
_WORD = re.compile(r"[a-z]+")


def check(case: Case) -> tuple[Finding, ...]:
    """Claims of deeds without a receipt; a note where a claim is made and nobody knows what tools did."""
    if not case.spec.facts.check_actions or case.tier in (None, Tier.CLERK) or case.kind in _SOMEBODY_ELSES:
        return ()
    claimed = dict(_claims(case))
    if not claimed:
        return ()
    if case.tool_uses is None:
        words = next(iter(claimed.values()))
        return (_finding("claim-unchecked", f"“{words}” could not be held against the record of tools."),)
    found = [
        _finding(
            "claim-without-receipt",
            f"“{words}”: no tool of this order did that (nothing was {deed.value}). Do it with a tool, or say plainly "
            "that it was not done.",
        )
        for deed, words in claimed.items()
        if not any(supports(use, deed) for use in case.tool_uses)
    ]
    return tuple(found[:_MOST])


def supports(use: ToolUse, deed: Deed) -> bool:
    """Whether a use of a tool can be what a claim speaks of: it ended well, and its name says that it does such "
    "things."""
    if use.state != "done" or not use.genuine:
        return False
    words = set(_WORD.findall(use.tool.lower()))
    if words & TOOLS[deed]:
        return True
    known = READING.union(*TOOLS.values())
    return not words & known


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="actions", code=code, message=message)


def _is_no_claim(sentence: str, match: re.Match[str], deed: Deed, *, report: bool) -> bool:
    """A condition stands before it; it is about the answer itself; behind a report a condition or somebody else."""
    behind = sentence[match.end() :]
    if deed in _ON_PAPER and HERE.search(sentence[match.start() :]):
        return True
    return bool(CONDITION.search(sentence[: match.start()])) or (
        report and bool(CONDITION.search(behind) or _BY_OTHERS.match(behind))
    )


def _claims(case: Case) -> Iterator[tuple[Deed, str]]:
    """(what is claimed, in which words), each deed once."""
    wanted = bool(WANTED.search(case.request) or ORDER.search(case.request))
    for_others = bool(FOR_OTHERS.search(case.request))
    is_order = bool(ORDER.search(case.request))
    has_code = bool(case.prose.fences)
    seen: set[Deed] = set()
    for piece in case.prose.pieces:
        sentence = piece.text
        own = bool(piece.words & SPEAKER) and (not for_others or case.kind is Kind.CODE)
        told = wanted and bool(piece.words & REPORTED)
        for patterns, meant in ((CLAIMS, own), (REPORTS, told), (ORDERED_REPORTS, told and is_order)):
            for deed, pattern in patterns if meant else ():
                match = None if deed in seen else pattern.search(sentence)
                if match is None or _is_no_claim(sentence, match, deed, report=patterns is not CLAIMS):
                    continue
                if deed in (Deed.CHANGED, Deed.SAVED) and has_code and case.kind is Kind.CODE:
                    continue  # the changed file is the code that follows
                seen.add(deed)
                yield deed, " ".join(match.group().split())[:80]
