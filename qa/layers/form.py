"""Layer 1, format: JSON and its schema, Markdown that renders, a whole answer in the language asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from company.records import Finding, Kind, Tier
from qa.case import Case
from qa.jsonshape import violations
from qa.language import asked_language, is_other
from qa.prose import blank, letters, word_set, words

_MOST = 5  # findings of one sort
_FEWEST_LETTERS = 80
_FEWEST_HAN = 30
_ANY_LANGUAGE = frozenset({Kind.TRANSLATION, Kind.EXTRACTION, Kind.CODE})
_LANGUAGE_NAMES = re.compile(
    r"\b(?:english|french|german|spanish|russian|chinese|italian|portuguese|japanese|dutch|mandarin|latin"
    r"|anglais|français|allemand|espagnol|russe|chinois|italien"
    r"|englisch\w*|französisch\w*|deutsch\w*|spanisch\w*|russisch\w*|chinesisch\w*|italienisch\w*"
    r"|inglés|francés|alemán|español|ruso|chino|italiano"
    r"|(?:по-|на\s+)?(?:английск|французск|немецк|испанск|русск|китайск|итальянск)\w*"
    r"|translat\w*|tradui\w*|tradu[cz]\w*|übersetz\w*|перевед\w*|перевод\w*)\b"
    r"|[英法德俄中日西][语文]|西班牙语|翻译",
    re.IGNORECASE,
)
_ENGLISH_NAMES = {
    "en": "English", "fr": "French", "de": "German", "es": "Spanish", "ru": "Russian", "zh": "Chinese", "it": "Italian",
    "pt": "Portuguese", "nl": "Dutch", "ja": "Japanese", "ko": "Korean", "uk": "Ukrainian", "pl": "Polish",
}  # fmt: skip
_ROW = re.compile(r"^\s*\|?.*\|.*$")
_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_CELL_BAR = re.compile(r"(?<!\\)\|")
_NEVER_LAST = word_set(
    "the a an and or because le les des du et ou der die das den dem ein eine einen und oder weil "
    "el los las del y o и или который что"
)
_SELDOM_LAST = word_set(
    "of to with for by in on at from that which is are was were de avec pour dans que qui est sont une "
    "mit für von zu im ist sind dass con para por en que es son una в на с для это по от к из не"
)
_LAST_WORD = re.compile(r"(?<=\s)([^\W\d_]+)$")
_BLOCK_LINE = re.compile(r"^\s*(?:[-*+•#>|]|\d+[.)]|\[\d|```|~~~|\*\*|__)")
_SENTENCE_INSIDE = re.compile(r"[.!?]\s+[A-ZÀ-ÞА-ЯЁ]")


def check(case: Case) -> tuple[Finding, ...]:
    """Everything about the shape of the answer."""
    if not case.text.strip() and not (case.spec.kind is None and case.spec.format.min_length == 0):
        return (_finding("empty", "The answer is empty. Write the answer."),)
    found = list(_lengths(case))
    rules = case.spec.format
    if rules.type == "json":
        found += _json(case)
    elif rules.type == "markdown":
        found += _markdown(case)
    if rules.pattern and rules.pattern not in case.pattern_hits:
        found.append(_finding("pattern-missing", f"The answer must match the pattern {rules.pattern!r} and does not."))
    if rules.check_language:
        found += _language(case)
    return tuple(found)


def as_json(text: str) -> Any:
    """The JSON value that `text` is, also inside one fence. Raises `ValueError`."""
    stripped = text.strip()
    if stripped.startswith("```") and stripped.endswith("```") and stripped.count("```") == 2:
        stripped = stripped[3:-3].partition("\n")[2]
    try:
        return json.loads(stripped)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def table_blocks(text: str) -> Iterator[list[tuple[int, str]]]:
    """Each Markdown table of `text` as its lines with their numbers: a header, a rule, rows."""
    lines = text.split("\n")
    index = 1
    while index < len(lines):
        header = lines[index - 1]
        if "|" in header and _RULE.match(lines[index]) and "-" in lines[index] and "|" in lines[index]:
            end = index + 1
            while end < len(lines) and _ROW.match(lines[end]):
                end += 1
            yield [(number + 1, lines[number]) for number in range(index - 1, end)]
            index = end
        index += 1


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="format", code=code, message=message)


def _lengths(case: Case) -> Iterator[Finding]:
    rules, length = case.spec.format, len(case.text.strip())
    if length < rules.min_length:
        yield _finding("too-short", f"The answer has {length} characters; at least {rules.min_length} are needed.")
    if rules.max_length is not None and length > rules.max_length:
        yield _finding("too-long", f"The answer has {length} characters; at most {rules.max_length} are allowed.")
    if rules.max_words is not None and (number := words(case.prose.outside)) > rules.max_words:
        yield _finding("too-long", f"The answer has {number} words; at most {rules.max_words} are allowed. Shorten it.")


def _json(case: Case) -> Iterator[Finding]:
    try:
        value = as_json(case.text)
    except ValueError as error:
        yield _finding("not-json", f"The answer must be JSON and nothing else, and it is not: {error}.")
        return
    rules = case.spec.format
    for item in value if isinstance(value, list) else [value]:
        if rules.required_keys and not isinstance(item, dict):
            yield _finding("not-an-object", "The answer must be a JSON object with named fields.")
            return
        for key in rules.required_keys:
            if key not in item:
                yield _finding("key-missing", f"The JSON has no field {key!r}. Add it.")
    if rules.json_schema is not None:
        for number, (path, wrong) in enumerate(violations(value, rules.json_schema)):
            if number == _MOST:
                return
            yield _finding("schema", f"In the JSON, {path} {wrong}.")


def _markdown(case: Case) -> Iterator[Finding]:
    for fence in case.prose.fences:
        if not fence.closed:
            yield _finding(
                "fence-open", f"The code block that begins on line {fence.line} is never closed. Close it with ```."
            )
    for number, finding in enumerate(_tables(case.prose.outside)):
        if number == _MOST:
            break
        yield finding
    if _is_cut_off(case):
        tail = " ".join(case.text.split())[-40:]
        yield _finding("cut-off", f"The answer stops in the middle, after “{tail}”. Finish it, or say it shorter.")


def _tables(text: str) -> Iterator[Finding]:
    for block in table_blocks(text):
        width = _cells(block[0][1])
        if _cells(block[1][1]) != width:
            yield _finding(
                "table-broken",
                f"The table on line {block[0][0]} has {width} headings but {_cells(block[1][1])} columns in the line "
                "below them. Make them equal.",
            )
            continue
        for number, line in block[2:]:
            if _cells(line) != width:
                yield _finding(
                    "table-broken",
                    f"The table row on line {number} has {_cells(line)} cells; the heading has {width}.",
                )


def _cells(line: str) -> int:
    # A bar inside inline code would still end a cell in GFM, so inline code needs no exception.
    stripped = line.strip().removeprefix("|")
    if stripped.endswith("|") and not stripped.endswith("\\|"):
        stripped = stripped[:-1]
    return len(_CELL_BAR.findall(stripped)) + 1


def _is_cut_off(case: Case) -> bool:
    text = case.text.rstrip()
    last = text.rsplit("\n", 1)[-1].strip()
    if letters(text) < _FEWEST_LETTERS or not case.prose.outside.rstrip().endswith(last[-1:]):
        return False  # short, or it ends with a code block
    if last.startswith("|") or last.endswith(("`", "|")):
        return False
    match = _LAST_WORD.search(last)
    if match and match[1] in (_NEVER_LAST if _BLOCK_LINE.match(last) else _NEVER_LAST | _SELDOM_LAST):
        return True
    if (last[-1] in "([{«“„‚—–" and not _closes(last)) or (last[-1] in ",:：，、" and len(last) > 40):
        return True
    if not match or _BLOCK_LINE.match(last) or case.kind in (Kind.WRITING, Kind.TRANSLATION):
        return False
    # A last paragraph of several sentences whose last one has no end.
    return len(last) > 100 and bool(_SENTENCE_INSIDE.search(last)) and len(re.split(r"[.!?…]\s+", last)[-1].split()) > 3


def _closes(line: str) -> bool:
    """Whether the mark at its end closes a quotation, as in „German“ and »Danish«."""
    return ("„" in line[:-1] and line[-1] == "“") or ("»" in line[:-1] and line[-1] == "«")


def _named(language: str) -> str:
    return _ENGLISH_NAMES.get(language, repr(language))


def _asked_language(case: Case, wanted: str) -> Iterator[Finding]:
    text = case.prose.plain
    if letters(text) >= (_FEWEST_HAN if any("一" <= sign <= "鿿" for sign in text) else _FEWEST_LETTERS):
        other = is_other(text, wanted)
        if other:
            yield _finding(
                "language",
                f"The request asks for {_named(wanted)}; the answer is written in {_named(other)}. "
                f"Write it in {_named(wanted)}.",
            )


def _language(case: Case) -> Iterator[Finding]:
    if case.tier is Tier.CLERK:
        return  # the Clerk answers in the words of the documents
    wanted = asked_language(case.request) if case.kind is not Kind.CODE else None
    if wanted is not None:
        yield from _asked_language(case, wanted)
        return
    if not case.language or case.kind in _ANY_LANGUAGE:
        return
    if _LANGUAGE_NAMES.search(case.request):
        return  # another language may have been asked for
    text = case.prose.spoken
    for citation in case.citations:
        if citation.quote:
            text = text.replace(citation.quote, " ")
    text = blank(re.compile(r"^\s*\|.*$", re.MULTILINE), text)
    if letters(text) < (_FEWEST_HAN if any("一" <= sign <= "鿿" for sign in text) else _FEWEST_LETTERS):
        return
    other = is_other(text, case.language)
    if other:
        yield _finding(
            "language",
            f"The answer is written in {_named(other)}; the person reads {_named(case.language)}. "
            f"Write it in {_named(case.language)}.",
        )
