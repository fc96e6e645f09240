"""Which language a short message is in: script first, then function words, known phrases and letter marks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from company.router.lexicon import Hit, Lexicon, languages_of
from company.router.tokens import Token

_SCRIPTS = (  # checked in this order; Japanese and Korean texts hold Han characters too
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
)
_LATIN = re.compile(r"[a-z\u00c0-\u024f]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_UKRAINIAN = re.compile("[іїєґ]")
_HAN = re.compile("[\u3400-\u9fff]")
_LETTERS = (  # letters and endings that mark one language: (language, weight of each, pattern)
    ("es", 1.5, re.compile("[ñ¿¡]")),
    ("es", 0.4, re.compile(r"(?:ci[oó]n|dad|mente|ando|iendo|ado|illo)\b|\w[áíóú]\w|[áéíóú]\b")),
    ("de", 1.5, re.compile("[ßäöü]")),
    ("de", 0.4, re.compile(r"sch|(?:ung|keit|lich|heit|ieren|chen)\b|\b(?:ge|ver)\w{4,}t\b")),
    ("fr", 1.5, re.compile("[çœèêàùîôû]|\\b(?:qu|l|d|c|j|n|s)['’]")),
    ("fr", 0.4, re.compile(r"eau|aux\b|oir|eur|(?:ment|ez|ois|ait|ique)\b")),
    ("en", 0.4, re.compile(r"th|wh|sh|ght|ck|(?:ing|ed|tion|ly|ness)\b|\w'(?:s|t|re|m|ll)\b")),
    ("pt", 1.5, re.compile("[ãõ]|ções")),
    ("it", 0.5, re.compile(r"zione\b|gli|cch|(?:iamo|tà)\b")),
    ("nl", 0.5, re.compile(r"ij|aa|(?:oe|ui)\w|heid\b")),
)
_ENOUGH = 0.75
_NO_VOICE = "s"  # it's, s'il, geht's, and our own label S2, which anybody taps or types
_ONLY_STOPWORDS = frozenset({"it", "pt", "nl"})


def detect(
    lexicon: Lexicon, text: str, tokens: Sequence[Token], hits: Sequence[Hit], *, margin: float = 0.0
) -> str | None:
    """The ISO 639-1 code of the language, or None when the message does not say.

    `tokens` and `hits` are those of `text` after `fold`. Latin and Cyrillic letters are weighed by number, so
    that one foreign product name does not change the language; Han needs only a third, being denser. Between languages
    in Latin letters the best must lead by `margin`.
    """
    lowered = text.casefold()
    for language, pattern in _SCRIPTS:
        if len(pattern.findall(lowered)) * 4 >= sum(token.end - token.start for token in tokens) > 0:
            return language
    latin, cyrillic, han = (len(pattern.findall(lowered)) for pattern in (_LATIN, _CYRILLIC, _HAN))
    if han and han * 3 >= max(latin, cyrillic):
        return "zh"
    if cyrillic and cyrillic * 2 >= latin:
        return "uk" if _UKRAINIAN.search(lowered) else "ru"
    return _latin(lexicon, lowered, tokens, hits, margin) if latin else None


def _latin(lexicon: Lexicon, lowered: str, tokens: Sequence[Token], hits: Sequence[Hit], margin: float) -> str | None:
    scores: defaultdict[str, float] = defaultdict(float)
    for token in tokens:
        if token.text == _NO_VOICE:
            continue
        languages = lexicon.stop.get(token.text, ())
        for language in languages:
            scores[language] += 1 / len(languages)
    for hit in hits:
        if all(token.text == _NO_VOICE for token in tokens[hit.start : hit.end]):
            continue
        languages = tuple(tongue for tongue in languages_of(hit) if tongue not in ("ru", "zh"))
        for language in languages:
            scores[language] += 0.7 * (hit.end - hit.start) / len(languages)
    for language, weight, pattern in _LETTERS:
        scores[language] += weight * min(len(pattern.findall(lowered)), 6)
    for language in _ONLY_STOPWORDS:  # fewer lists speak for them, and their words are everybody's: be sure
        scores[language] -= 0.5
    first, second = sorted((*((scores[name], name) for name in scores), (0.0, ""), (0.0, "")), reverse=True)[:2]
    return first[1] if first[0] >= _ENOUGH and first[0] - second[0] >= margin else None
