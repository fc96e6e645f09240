"""What a request asks for that can be counted: numbered questions, "five ideas", JSON, a table, code.

Everything here is conservative: it speaks only when the answer has the form that lets it be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from company.language.asks import WANTS_CODE, WANTS_JSON, WANTS_TABLE, asked_count, is_run, most_words, numbered
from company.records import Finding, Kind
from qa.case import Case
from qa.layers.form import as_json, table_blocks
from qa.prose import letters, words

_BULLET = re.compile(r"^ {0,1}[-*+•][ \t]+\S", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6})[ \t]+\S", re.MULTILINE)
_BOLD_LEAD = re.compile(r"^\*\*[^*\n]+\*\*", re.MULTILINE)
_LIST_LINE = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)、])[ \t]*\S.*$", re.MULTILINE)
_FEWEST_WORDS = 5  # "in at most 3 words" counts what is a word too finely
_GENEROUS = 1.1  # people count words in more ways than one
_INDENTED_CODE = re.compile(r"^(?: {4}|\t)\S", re.MULTILINE)


def unmet(case: Case) -> Iterator[Finding]:
    """What was asked for in a countable way and is not there."""
    if not case.request:
        return
    yield from _numbered(case)
    yield from _count(case)
    yield from _forms(case)
    yield from _length(case)


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="completeness", code=code, message=message)


def _numbered(case: Case) -> Iterator[Finding]:
    wanted = numbered(case.request, inline=True)
    if not is_run(wanted) or "?" not in case.request.replace("？", "?"):
        return
    answered = numbered(case.prose.outside)
    if not answered or answered[0] != wanted[0] or answered != sorted(set(answered), key=answered.index):
        return
    missing = [label for label in wanted if label not in answered]
    if missing and len(missing) < len(wanted):
        yield _finding(
            "question-unanswered",
            f"Of {len(wanted)} questions, number {', '.join(missing)} has no answer. Answer each.",
        )


def _count(case: Case) -> Iterator[Finding]:
    asked = asked_count(case.request)
    if asked is None or case.kind in (Kind.CODE, Kind.TRANSLATION):
        return
    number, word = asked
    text = case.prose.outside
    listed = _LIST_LINE.findall(text)
    if len(listed) < 2 or letters("".join(listed)) < 0.4 * letters(text):
        return
    most = max(_item_counts(text))
    if most < number:
        yield _finding("count-short", f"The request asks for {word} ({number}); the answer lists {most}. Add the rest.")


def _item_counts(text: str) -> list[int]:
    levels = [len(match) for match in _HEADING.findall(text)]
    tables = [len(block) - 2 for block in table_blocks(text)]
    return [
        len(numbered(text)),
        len(_BULLET.findall(text)),
        len(_BOLD_LEAD.findall(text)),
        len(_LIST_LINE.findall(text)) if not (_BULLET.search(text) or numbered(text)) else 0,
        *(levels.count(level) for level in set(levels)),
        *tables,
    ]


def _forms(case: Case) -> Iterator[Finding]:
    if case.kind is not Kind.CODE and WANTS_JSON.search(case.request) and not _has_json(case):
        yield _finding(
            "json-missing", "The request asks for JSON and the answer holds none that can be read. Give valid JSON."
        )
    if case.kind is not Kind.CODE and WANTS_TABLE.search(case.request) and not _has_table(case):
        yield _finding("table-missing", "The request asks for a table and the answer has none. Give a Markdown table.")
    if case.kind is Kind.CODE and WANTS_CODE.search(case.request) and not _has_code(case):
        yield _finding("code-missing", "The request asks for code and the answer has none. Give it in a fenced block.")


def _length(case: Case) -> Iterator[Finding]:
    most = most_words(case.request)
    if most is None or case.kind in (Kind.CODE, Kind.TRANSLATION, Kind.EXTRACTION):
        return
    number = words(case.prose.outside)
    if most >= _FEWEST_WORDS and number > most * _GENEROUS + 1:
        yield _finding("words-over", f"The request allows {most} words; the answer has {number}. Shorten it.")


def _has_json(case: Case) -> bool:
    for text in (case.text, *(fence.body for fence in case.prose.fences)):
        try:
            if isinstance(as_json(text), dict | list):
                return True
        except ValueError:
            continue
    return False


def _has_table(case: Case) -> bool:
    if any(True for _ in table_blocks(case.text)):
        return True
    return "<table" in case.text.lower() or any(fence.body.count("\n") > 0 for fence in case.prose.fences)


def _has_code(case: Case) -> bool:
    return bool(case.prose.fences) or "`" in case.text or bool(_INDENTED_CODE.search(case.text))
