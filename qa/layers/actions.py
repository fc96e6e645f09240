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
from qa.layers import told as reports
from qa.layers.deeds import (
    CLAIMS,
    CONDITION,
    FOR_OTHERS,
    HERE,
    ON_PAPER,
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
from qa.prose import letters

_MOST = 3
_SOMEBODY_ELSES = frozenset({Kind.WRITING, Kind.TRANSLATION, Kind.EXTRACTION})
_BY_OTHERS = re.compile(
    r"\s(?:by|through the|via the|until|von|vom|par|por|da)\s(?!me\b|us\b|mir\b|uns\b|moi\b|mí\b)", re.IGNORECASE
)
_ON_PAPER = frozenset({Deed.SAVED, Deed.SCHEDULED, Deed.CHANGED, Deed.DELETED})  # done in a text just as well
_BARE_LETTERS = 60  # of an answer that is nothing but "Done!" and a courtesy
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
    """A condition stands before it; it is about the answer itself or a text; a report that is a question, a denial,
    under a condition, or of somebody else's deed."""
    behind = sentence[match.end() :]
    if report and (sentence.rstrip(" *_)").endswith(("?", "？")) or reports.DENIED.search(sentence[: match.end()])):
        return True
    if deed in _ON_PAPER and (HERE.search(sentence[match.start() :]) or ON_PAPER.search(sentence)):
        return True
    if deed is Deed.SAVED and report and behind.strip(" *_") in (":", "："):
        return True  # what follows is where it was put
    return bool(CONDITION.search(sentence[: match.start()])) or (
        report and bool(CONDITION.search(behind) or _BY_OTHERS.match(behind))
    )


def _claims(case: Case) -> Iterator[tuple[Deed, str]]:
    """(what is claimed, in which words), each deed once."""
    wanted = bool(WANTED.search(case.request) or ORDER.search(case.request))
    for_others = bool(FOR_OTHERS.search(case.request))
    is_order = bool(ORDER.search(case.request))
    asked_to_act = not for_others and bool(reports.ASKED_TO_ACT.search(case.request))
    has_code = bool(case.prose.fences)
    seen: set[Deed] = set()
    for piece in case.prose.pieces:
        sentence = piece.text
        own = bool(piece.words & SPEAKER) and (not for_others or case.kind is Kind.CODE)
        told = wanted and not for_others and bool(piece.words & REPORTED)
        tables = (
            (CLAIMS, own), (REPORTS, told), (ORDERED_REPORTS, told and is_order), (reports.TOLD, asked_to_act)
        )  # fmt: skip
        for patterns, meant in tables:
            for deed, pattern in patterns if meant else ():
                match = None if deed in seen else pattern.search(sentence)
                if match is None or not _names_somebody_asked_for(match, case.request):
                    continue
                if _is_no_claim(sentence, match, deed, report=patterns is not CLAIMS):
                    continue
                if deed in (Deed.CHANGED, Deed.SAVED) and has_code and case.kind is Kind.CODE:
                    continue  # the changed file is the code that follows
                seen.add(deed)
                yield deed, " ".join(match.group().split())[:80]
    if asked_to_act and not seen and _is_bare(case):
        yield Deed.DONE, case.prose.pieces[0].text[:80]


def _is_bare(case: Case) -> bool:
    """Whether the answer says that it is done, and nothing else but a question or a courtesy."""
    said = [piece.text for piece in case.prose.pieces]
    if not 1 <= len(said) <= 2 or letters(case.text) > _BARE_LETTERS or not reports.BARE.match(said[0]):
        return False
    return len(said) == 1 or bool(reports.COURTESY.search(said[1]))


def _names_somebody_asked_for(match: re.Match[str], request: str) -> bool:
    """ "Tom has been informed": whoever is named in a report is named in the request; else it is told of the world."""
    return all(name.lower() in request.lower() for name in match.groupdict().values() if name)
