"""Layer 5, citations: every [n] leads to a stored passage that says what the sentence claims.

Compared after Unicode normalisation (NFKC) with quotes, dashes, white space and Markdown emphasis made alike. Numbers
are compared as numbers: "1,234.50", "1.234,50" and "1234.5" are one; "2024-05-03" is 2024, 5 and 3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from company.records import Citation, Finding, Kind
from qa.case import Case
from qa.layers import derived, names
from qa.layers.dates import dates_of, months_of
from qa.layers.figures import NUMBER, in_figures, numbers, spellings
from qa.layers.phrases import NOT_IN_DOCUMENTS
from qa.layers.worked_out import without_worked_out
from qa.prose import letters, sentences

_LIST_NUMBER = re.compile(r"^\s*(?:[-*+•]\s*|#{1,6}\s*)?\d{1,2}[.)]\s")
_ALIKE = str.maketrans(
    {**dict.fromkeys("“”„«»‟＂", '"'), **dict.fromkeys("‘’‚‛`´", "'"), **dict.fromkeys("‐‑‒–—―−", "-"), "…": "..."}
)
_DROPPED = re.compile(r"[*_\u00ad\u200b\u200c\u200d\ufeff]+")
_CLAIM_LETTERS = 60
_MOST = 6


def check(case: Case) -> tuple[Finding, ...]:
    """Everything about sources."""
    if not case.citations:
        return tuple(_uncited(case))
    by_marker = {citation.marker: citation for citation in case.citations}
    found = [*_markers(case, by_marker), *_quotes(case), *_figures(case, by_marker), *names.check(case, by_marker)]
    return tuple(found[:_MOST])


def alike(text: str) -> str:
    """`text` in the form in which quotations are compared."""
    text = unicodedata.normalize("NFKC", text.translate(_ALIKE))
    return " ".join(_DROPPED.sub("", text).casefold().split())


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="citations", code=code, message=message)


def _uncited(case: Case) -> Iterator[Finding]:
    if case.kind is not Kind.DOCUMENTS:
        return
    text = case.prose.plain
    for label in dict.fromkeys(names.labels(text)):
        yield _finding(
            "citation-unknown", f"[{label}] leads to no source. Cite a passage that was found, or take it out."
        )
        return
    if letters(text) >= _CLAIM_LETTERS and not NOT_IN_DOCUMENTS.search(text):
        yield _finding(
            "citation-missing",
            "The question is about the documents and the answer names no source. Cite passages as [1], [2], "
            "or say that it is not in the documents.",
        )


def _markers(case: Case, by_marker: dict[int, Citation]) -> Iterator[Finding]:
    used = dict.fromkeys(names.labels(case.prose.plain))
    for label in used:
        if label not in by_marker:
            yield _finding(
                "citation-unknown", f"[{label}] leads to no source. Cite a passage that was found, or take it out."
            )
    if case.kind is Kind.DOCUMENTS and not used and not NOT_IN_DOCUMENTS.search(case.prose.plain):
        yield _finding(
            "citation-unmarked", "The sources are not marked in the text. Put [1], [2] after what they prove."
        )


def _quotes(case: Case) -> Iterator[Finding]:
    for citation in case.citations:
        passage = case.passages.get(citation.passage_id)
        if passage is None:
            yield _finding(
                "citation-gone",
                f"The passage behind [{citation.marker}] ({citation.document}) is not stored. Use another.",
            )
        elif not citation.quote.strip():
            yield _finding(
                "quote-missing", f"[{citation.marker}] has no quotation. Quote the words that carry the claim."
            )
        elif not _occurs(citation.quote, passage.text):
            yield _finding(
                "quote-wrong",
                f"The quotation of [{citation.marker}] is not in {citation.document}. Quote it word for word.",
            )


def _occurs(quote: str, text: str) -> bool:
    """Whether the parts of `quote` between ellipses occur in `text`, in their order."""
    text, at = alike(text), 0
    parts = [part.strip(" \"'") for part in re.split(r"\[?\.{3}\]?", alike(quote))]
    for part in filter(None, parts):
        place = text.find(part, at)
        if place < 0:
            return False
        at = place + len(part)
    return any(parts)


def _figures(case: Case, by_marker: dict[int, Citation]) -> Iterator[Finding]:
    asked = numbers(case.request)
    for sentence in sentences(case.prose.plain):
        sources = [by_marker[label] for label in names.labels(sentence) if label in by_marker]
        texts = [passage.text for source in sources if (passage := case.passages.get(source.passage_id))]
        if not texts or len(texts) < len(sources):
            continue
        place = " \n ".join([*texts, *(source.place + " " + source.document for source in sources)])
        claim = _without_months(_LIST_NUMBER.sub("", names.MARKER.sub(" ", sentence)), months_of(place))
        claim = derived.without_derived(claim, f"{place} \n {case.request}", case.language)
        claim = without_worked_out(claim, f"{place} \n {case.request}")
        claimed: dict[str, set[str]] = {match.group(): spellings(match.group()) for match in NUMBER.finditer(claim)}
        known = numbers(place) | asked
        wrong = [shown for shown, spellings in claimed.items() if not spellings & known]
        wrong = wrong or list(dict.fromkeys(derived.moved(claim, f"{in_figures(place)} \n {case.request}")))
        if wrong:
            labels = ", ".join(f"[{source.marker}]" for source in sources)
            yield _finding(
                "figure-wrong",
                f"{', '.join(wrong)} is not in the passage behind {labels}. Check it against the source.",
            )


def _without_months(claim: str, known: set[int]) -> str:
    """Dates in figures ("2026-05-03") without their month where the passage names it, in words or not."""
    for day in dates_of(claim):
        for year, month, number in day.readings:
            if month in known and any(sign in day.text for sign in "-/.年"):
                claim = claim.replace(day.text, f"{year or ''} {number}")
    return claim
