"""Layer 2, completeness: nothing left open, nothing left out, nothing refused or promised instead of done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from company.records import Finding, Kind
from qa.case import Case
from qa.layers import phrases
from qa.layers.asked import unmet
from qa.prose import letters

_OPENING = 300  # characters in which an answer that refuses says so
_REFUSAL_LETTERS = 500  # longer ones do some of the work
_TEXTS_FOR_OTHERS = frozenset({Kind.WRITING, Kind.TRANSLATION, Kind.EXTRACTION, Kind.CODE})
_GAPS = frozenset({"[insert ...]", "[your ...]", "[placeholder]"})
_SURE_TODO = re.compile(r"TODO:|[\[(<]TODO")
_ROMAN = re.compile(
    r"\b(?:roman|römisch\w*|romains?|romanos?|римск\w*|super bowl|louis|ludwig|luis)\b|罗马", re.IGNORECASE
)
_REPLACE = re.compile(
    r"\b(?:replac\w*|substitut\w*|swap|remplac\w*|ersetz\w*|reempla\w*|sustitu\w*|замен\w*)\b|替换", re.IGNORECASE
)


def check(case: Case) -> tuple[Finding, ...]:
    """Everything about whether the work is whole."""
    found = list(_substrings(case))
    if case.spec.security.enabled and case.spec.security.check_placeholders:
        found += _placeholders(case)
    if case.spec.completeness.check_refusals:
        found += _refusals(case)
    if case.spec.completeness.answers_question and not any(finding.code == "refusal" for finding in found):
        found += unmet(case)
    return tuple(found)


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="completeness", code=code, message=message)


def _substrings(case: Case) -> Iterator[Finding]:
    rules = case.spec.completeness
    for wanted in rules.required_substrings:
        if wanted not in case.text:
            yield _finding("required-missing", f"The answer must contain {wanted!r} and does not.")
    own_words = case.prose.spoken if case.spec.format.type == "markdown" else case.text
    for unwanted in rules.forbidden_substrings:
        if unwanted in own_words:
            yield _finding("forbidden-found", f"The answer must not contain {unwanted!r}. Take it out.")


def _placeholders(case: Case) -> Iterator[Finding]:
    request = case.request.lower()
    text = case.prose.spoken if case.spec.format.type == "markdown" else case.text
    for name, pattern in phrases.PLACEHOLDERS:
        match = pattern.search(text)
        if match is None or _is_wanted(name, match, text, case, request):
            continue
        shown = " ".join(match.group().split())[:60]
        yield _finding(
            "placeholder", f"“{shown}” is a placeholder ({name}). Put the real thing there, or say it is not known."
        )
    if case.kind is Kind.CODE and not _speaks_of_todo(request):
        for fence in case.prose.fences:
            match = phrases.CODE_PLACEHOLDER.search(fence.body)
            if match:
                line = fence.line + fence.body.count("\n", 0, match.start()) + 1
                shown = " ".join(match.group().split())
                yield _finding(
                    "placeholder", f"The code on line {line} says “{shown}” instead of doing it. Write it out."
                )
                return


def _speaks_of_todo(request: str) -> bool:
    return any(word in request for word in ("todo", "to-do", "fixme", "skeleton", "scaffold", "gerüst", "stub"))


def _is_wanted(name: str, match: re.Match[str], text: str, case: Case, request: str) -> bool:
    """Whether a placeholder belongs there: the request speaks of it, asks for a template, or it is another word."""
    begin = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    line = text[begin : end if end >= 0 else len(text)]
    if name in ("TODO", "FIXME"):
        spanish = name == "TODO" and case.language in ("es", "pt", "it") and not _SURE_TODO.search(line)
        return spanish or _speaks_of_todo(request)
    if name in _GAPS:
        letter = name == "[your ...]" and (case.kind is Kind.WRITING or bool(phrases.LETTER.search(case.request)))
        return letter or bool(_REPLACE.search(line) or phrases.ABOUT_TEMPLATES.search(case.request))
    if name == "XXX" and _ROMAN.search(text):
        return True
    return match.group().lower() in request or (name in ("TBD", "XXX", "lorem ipsum") and name.lower() in request)


def _refusals(case: Case) -> Iterator[Finding]:
    if case.kind in _TEXTS_FOR_OTHERS and letters(case.text) > 200:
        return  # such a text may say these words to somebody else
    match = phrases.REFUSAL.search(case.prose.spoken[:_OPENING])
    if (
        match
        and not phrases.REFUSAL.search(case.request)
        and letters(case.text) < _REFUSAL_LETTERS
        and not _is_about_documents(case)
    ):
        yield _finding("refusal", f"The answer says that the work was not done (“{match.group().strip()}”).")
    if case.kind in _TEXTS_FOR_OTHERS:
        return
    said = case.prose.spoken.lower()
    promise = any(hint in said for hint in phrases.PROMISE_HINTS) and phrases.PROMISE.search(case.prose.spoken)
    if promise:
        yield _finding(
            "empty-promise",
            f"“{promise.group().strip()}”: nothing follows after this answer and no file goes with it. "
            "Do the work now, or say plainly what can't be done.",
        )


def _is_about_documents(case: Case) -> bool:
    return case.kind is Kind.DOCUMENTS and bool(phrases.NOT_IN_DOCUMENTS.search(case.prose.plain))
