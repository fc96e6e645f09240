"""Names and months of a cited sentence occur in the passage that it cites (a part of the layer of citations).

A name is a run of capitalised words, or one capitalised word after a preposition ("in Potsdam"); German
capitalises every noun, so there only runs count. Compared by their beginnings where names are inflected. A passage in
another language or script is passed over: names are translated too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from company.records import Citation, Finding
from qa.case import Case
from qa.language import is_other
from qa.layers.dates import MONTH_NAMES, WEEKDAY_NAMES, months_of
from qa.layers.derived import without_derived
from qa.prose import sentences, word_set

MARKER = re.compile(r"(?<![!^])\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\](?![(:])")
"""A citation in the text: [1] or [1, 2]."""

_UPPER = r"[A-ZÀ-ÖØ-ÞŠŽŁА-ЯЁ]"
_NAME = rf"{_UPPER}[a-zà-öø-ÿšžłа-яё'’]+(?:-{_UPPER}?[\w'’]+)?"
_RUN = re.compile(rf"(?<![\w-]){_NAME}(?:\s(?:(?:de|van|von|der|den|da|di|du|la|le|bin|al|del|&)\s)?{_NAME})+")
_INSIDE = re.compile(
    r"\b(?:in|at|from|by|with|near|for|to|à|en|par|chez|avec|de|por|con|a|в|из|от|с|со|у|к|для|da|di|per)\s"
    rf"({_NAME})"
)
_LEAD = re.compile(r"^\s*(?:[-*+•]\s*|\d{1,2}[.)]\s|#{1,6}\s)?[^:\n]{0,40}:\s")
_GERMAN = frozenset({"de"})
_UNINFLECTED = frozenset({"en", "fr", "es", "it", "pt"})
_NO_NAMES = frozenset({"zh", "ja", "ko", "ar", "he", "th", "hi"})
_FEWEST = 4  # letters of a word that is compared
_COMMON = word_set(
    "internet euro euros dollar dollars board annex appendix section chapter article figure table page note english "
    "french "
    "german spanish russian chinese italian european american british monsieur madame herrn frau señor señora mister "
    "agreement contract lease policy company department office manual handbook report association committee council "
    "street "
    "road avenue city state government university school hospital bank insurance group team service support customer "
    "management finance resources sales marketing annual general meeting terms conditions privacy notice guide user "
    "owner "
    "tenant landlord buyer seller party parties employer employee contrat bail société règlement assemblée générale "
    "contrato empresa reglamento договор компания правила appendix schedule clause paragraph part chapter "
    "doctor professor prof sunday board's nexus annexe article google microsoft markdown python telegram"
)
_DETERMINERS = word_set(
    "der die das den dem des ein eine einen einem einer ihr ihre unser unsere mein meine dein deine the a an this "
    "that "
    "these our your my le la les un une des el los las una il lo gli i uno o os as um uma"
)


def labels(text: str) -> list[int]:
    """The numbers of all citations in `text`, in order."""
    found: list[int] = []
    for match in MARKER.finditer(text):
        found += [int(label) for label in match[1].split(",")]
    return found


def check(case: Case, by_marker: Mapping[int, Citation]) -> Iterator[Finding]:
    """Names and months that no cited passage of their sentence holds."""
    for sentence in sentences(case.prose.plain):
        sources = [by_marker[label] for label in labels(sentence) if label in by_marker]
        passages = [passage for source in sources if (passage := case.passages.get(source.passage_id))]
        if not passages or len(passages) < len(sources):
            continue
        claim = MARKER.sub(" ", sentence)
        known = " \n ".join(
            [
                case.request,
                *(f"{one.text} {one.document} {one.place}" for one in passages),
                *(one.quote for one in sources),
            ]
        )
        shown = ", ".join(f"[{source.marker}]" for source in dict.fromkeys(sources))
        own = without_derived(claim, known, case.language)
        months = months_of(own) - months_of(known) if months_of(known) else set()
        if months:
            yield _finding("date-wrong", f"The month of a date is not the one in the passage behind {shown}. Check it.")
        wrong = list(dict.fromkeys(_strange(claim, known, case.language)))
        if wrong and not is_other(" ".join(one.text for one in passages), case.language):
            yield _finding(
                "name-wrong",
                f"{', '.join(wrong[:3])} is not in the passage behind {shown}. Check it against the source.",
            )


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="citations", code=code, message=message)


def _strange(claim: str, known: str, language: str) -> Iterator[str]:
    """The words of names in `claim` that `known` does not hold."""
    if language in _NO_NAMES:
        return
    bare = _LEAD.sub(lambda match: " " * len(match.group()), claim)
    words: list[str] = []
    for match in _RUN.finditer(bare):
        parts = match.group().split()
        at_start = not bare[: match.start()].strip(" *_>-•\"'“„«")
        if parts[0].lower() not in _DETERMINERS:
            capital_only = (
                at_start or language in _GERMAN
            ) and "&" not in parts  # every sentence and German noun has one
            words += parts[1:] if capital_only else parts
    if language not in _GERMAN:
        words += _INSIDE.findall(bare)
    flat = _flat(known)
    known_words = frozenset(re.findall(r"\w+", flat)) if language in _UNINFLECTED else None
    cyrillic = any("а" <= sign <= "я" for sign in flat)
    for word in (part for name in words for part in name.split("-") if part[:1].isupper()):  # "London-based"
        plain = _flat(word)
        if len(plain) < _FEWEST or plain in _COMMON or plain in MONTH_NAMES or plain in WEEKDAY_NAMES:
            continue
        if ("а" <= plain[0] <= "я") != cyrillic and not (cyrillic and any("a" <= sign <= "z" for sign in flat)):
            continue
        if not _is_there(plain, flat, known_words):
            yield word


def _is_there(plain: str, flat: str, known_words: frozenset[str] | None) -> bool:
    """Whether a passage holds a name; `known_words` of it where names are not inflected: then endings count."""
    if known_words is None:
        return plain[: max(_FEWEST, len(plain) - 2)] in flat
    bare = re.sub(r"['’]s?$", "", plain)
    return bare in flat or any(bare[:end] in known_words for end in (-1, -2) if len(bare) + end >= _FEWEST)


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))
