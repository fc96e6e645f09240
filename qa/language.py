"""Which language a text is written in: by script, then by its commonest words.

It is asked only "is this surely another language than the one wanted?", so it answers None whenever it is in doubt.
The word lists are the most frequent function words of each language, chosen so that few are shared.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 6000  # letters further on do not change the answer

_SCRIPTS = {
    "LATIN": "latin",
    "CYRILLIC": "cyrillic",
    "CJK": "han",
    "HIRAGANA": "kana",
    "KATAKANA": "kana",
    "HANGUL": "hangul",
    "ARABIC": "arabic",
    "HEBREW": "hebrew",
    "GREEK": "greek",
    "DEVANAGARI": "devanagari",
    "THAI": "thai",
}
_SCRIPT_OF = {
    **dict.fromkeys(
        ("en", "fr", "de", "es", "it", "pt", "nl", "pl", "cs", "sv", "da", "fi", "tr", "ro", "hu"), "latin"
    ),
    **dict.fromkeys(("ru", "uk", "bg", "be"), "cyrillic"),
    "zh": "han",
    "ja": "kana",
    "ko": "hangul",
    "ar": "arabic",
    "fa": "arabic",
    "he": "hebrew",
    "el": "greek",
    "hi": "devanagari",
    "th": "thai",
}
_OWN_SCRIPT = {"han": "zh", "kana": "ja", "hangul": "ko", "hebrew": "he", "greek": "el", "thai": "th"}

_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and of to is are that this with for you your it be not have has was were will can which from they "
        "their would there what when if or as by an but we he she i how each more than into been should does",
        "fr": "le la les des du un une et est sont que qui dans pour avec sur pas plus vous votre ce cette ces il "
        "elle "
        "nous par au aux ne se mais ou être ont fait leur si comme sans c'est l d j qu n s",
        "de": "der die das und ist sind ein eine einen einem einer nicht mit für auf von zu den dem des sich wird "
        "werden auch sie ich wir es im am als aus bei nach wie oder aber kann haben hat dass ihr wenn nur",
        "es": "el los las una y es son que en por para con del al no se su sus más pero como lo este esta estos está "
        "muy también puede hay o si ya cuando cada usted tiene sin sobre ser desde entre",
        "it": "il gli di che è sono una con per del della delle dei nel nella non più anche come questo questa si ma "
        "alla alle ha hanno può essere tra se dal dalla quando ogni",
        "pt": "os um uma e é são que em para com do da dos das no na nos nas não mais mas como seu sua por ao você "
        "também pode está foi ser isso quando cada",
        "nl": "het een en van is zijn dat die met voor op te niet aan ook als maar er om naar bij kan wordt worden "
        "uit "
        "deze dit je wij hij ze hebben heeft of nog wel",
    }.items()
}


def is_other(text: str, wanted: str) -> str | None:
    """The language of `text` (ISO 639-1) when it is surely not `wanted`, else None."""
    wanted = wanted.lower()[:2]
    script_wanted = _SCRIPT_OF.get(wanted)
    if script_wanted is None:
        return None
    script, share = _script(text)
    if script is None or share < 0.75:
        return None
    if script != script_wanted:
        return _name_of(script, text) if not {script, script_wanted} <= {"han", "kana"} else None
    if script == "latin" and wanted in _WORDS:
        return _other_latin(text, wanted)
    return None


def _name_of(script: str, text: str) -> str | None:
    if script == "latin":
        scores = _scores(text)
        best = max(scores, key=lambda language: scores[language])
        return best if scores[best] >= 0.15 else None
    if script == "cyrillic":
        return "ru"
    return _OWN_SCRIPT.get(script)


def _other_latin(text: str, wanted: str) -> str | None:
    scores = _scores(text)
    best = max(scores, key=lambda language: scores[language])
    if best == wanted or scores[best] < 0.2:
        return None
    return best if scores[best] >= 2.2 * scores[wanted] + 0.02 else None


def _scores(text: str) -> dict[str, float]:
    """The share of words of `text` that are function words of each language; 0 for fewer than 12 words."""
    words = [word.lower() for word in _WORD.findall(text[:_SAMPLE])]
    if len(words) < 12:
        return dict.fromkeys(_WORDS, 0.0)
    return {language: sum(word in known for word in words) / len(words) for language, known in _WORDS.items()}


def _script(text: str) -> tuple[str | None, float]:
    """The commonest script among the letters of `text`, and its share of them. A Han sign weighs like two letters."""
    counts: Counter[str] = Counter()
    for sign, times in Counter(text[:_SAMPLE]).items():
        if not sign.isalpha():
            continue
        script = "latin" if sign.isascii() else _SCRIPTS.get(unicodedata.name(sign, "").split(" ")[0].split("-")[0])
        if script:
            counts[script] += times * (2 if script in ("han", "kana") else 1)
    if counts["kana"] * 10 > counts["han"]:
        counts["kana"] += counts.pop("han", 0)
    if not counts:
        return None, 0.0
    best, number = counts.most_common(1)[0]
    return best, number / counts.total()


_NAMES: dict[str, str] = {
    "en": r"english|anglais|englisch\w*|inglés|inglese|inglês|английск\w*|英语|英文",
    "fr": r"french|français|französisch\w*|francés|francese|francês|французск\w*|法语|法文",
    "de": r"german|allemand|deutsch\w*|alemán|tedesco|alemão|немецк\w*|德语|德文",
    "es": r"spanish|espagnol|spanisch\w*|español|castellano|spagnolo|espanhol|испанск\w*|西班牙语|西班牙文",
    "ru": r"russian|russe|russisch\w*|ruso|russo|русск\w*|俄语|俄文",
    "zh": r"(?:mandarin )?chinese|mandarin|chinois|chinesisch\w*|chino|cinese|chinês|китайск\w*|中文|汉语",
    "it": r"italian|italien|italienisch\w*|italiano|итальянск\w*|意大利语",
    "pt": r"portuguese|portugais|portugiesisch\w*|portugués|portoghese|português|португальск\w*|葡萄牙语",
    "nl": r"dutch|néerlandais|niederländisch\w*|neerlandés|olandese|holandês|голландск\w*|荷兰语",
    "ja": r"japanese|japonais|japanisch\w*|japonés|giapponese|japonês|японск\w*|日语|日文",
}
_ASKED = re.compile(
    r"(?:\b(?:in|into|to|en|auf|ins|zu|al|em|para o)\s|\b(?:по-|на\s)|(?:用|成|为))(?:the |l['’]|le |el |das )?"
    r"(?:plain |simple |good |einfachem |gutem )?(?:"
    + "|".join(f"(?P<{code}>{names})" for code, names in _NAMES.items())
    + r")(?![^\W一-鿿])",
    re.IGNORECASE,
)
_ANSWERED = re.compile(
    r"\b(?:translat\w*|answer|reply|respond|write|draft|compose|summari[sz]e|explain|describe|tradui\w*|répond\w*|"
    r"écri\w*|rédige\w*|"
    r"résume\w*|explique\w*|übersetz\w*|antworte\w*|schreib\w*|verfass\w*|fasse|erklär\w*|beschreib\w*|traduc\w*|"
    r"traduz\w*|respond\w*|"
    r"contesta\w*|escrib\w*|redacta\w*|resum\w*|explica\w*|rispond\w*|scriv\w*|spiega\w*|перевед\w*|перевести|"
    r"ответ\w*|напиши\w*|"
    r"объясни\w*|расскажи\w*|опиши\w*)\b|翻译|回答|回复|写|解释|译",
    re.IGNORECASE,
)


def asked_language(request: str) -> str | None:
    """The language (ISO 639-1) that a request wants its answer or translation in; None when it does not say, or "
    "two."""
    if not _ANSWERED.search(request):
        return None
    head = request[:300]
    found = {match.lastgroup for match in _ASKED.finditer(head)}
    return found.pop() if len(found) == 1 else None
