"""What a short message points at in an earlier answer: "S2", "point B", "the second one", "2-й", "the last one".

Only a message that says nothing beside its pointer (and words like "please", "more about") points: "what does section 2
of the contract say?" asks for something else. Our own label S2 may stand in a longer sentence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from company.language.stopwords import words as word_list
from company.language.tokens import fold

LONGEST = 200  # characters; what is longer explains itself
LAST = -1

_NOUNS = (
    r"(?:sections?|parts?|points?|items?|numbers?|no|paragraphs?|options?|steps?|chapters?|parties?|paragraphe|etape|numero|"
    r"abschnitts?|teils?|punkte?s?|nummer|nr|schritte?s?|absatz|seccion|partes?|puntos?|apartado|opcion|paso|"
    r"раздел\w*|пункт\w*|част\w*|номер\w*|вариант\w*|шаг\w*|абзац\w*)"
)
_ONES = r"(?:ones?|un|une|uno|una)"
_WORDS: dict[int, str] = {
    1: r"first|premiere?|erste[rnsm]?|primer[oa]?|перв\w+",
    2: r"second|deuxieme|seconde|zweite[rnsm]?|segund[oa]|втор\w+",
    3: r"third|troisieme|dritte[rnsm]?|tercer[oa]?|треть\w+|трети\w*",
    4: r"fourth|quatrieme|vierte[rnsm]?|cuart[oa]|четверт\w+",
    5: r"fifth|cinquieme|funfte[rnsm]?|quint[oa]|пят(?:ы\w+|ая|ое|ую|ом|ого)",
    6: r"sixth|sixieme|sechste[rnsm]?|sext[oa]|шест(?:о\w+|ая|ое|ую)",
    7: r"seventh|septieme|siebte[rnsm]?|septim[oa]|седьм\w+",
    8: r"eighth|huitieme|achte[rnsm]?|octav[oa]|восьмо\w*|восьмая|восьмую",
    9: r"ninth|neuvieme|neunte[rnsm]?|noven[oa]|девят(?:ы\w+|ая|ое|ую|ом|ого)",
    10: r"tenth|dixieme|zehnte[rnsm]?|decim[oa]|десят(?:ы\w+|ая|ое|ую|ом|ого)",
    LAST: r"last|final|derniere?|letzte[rnsm]?|ultim[oa]|последн\w+",
}
_HAN_DIGITS = {character: number for number, character in enumerate("一二三四五六七八九十", 1)}
_ENDING = r"(?:st|nd|rd|th|er|re|ere|e|eme|ieme|te[rnsm]?|\.?[oa]|-?(?:и|ои|ыи|я|ая|го|ого|му|м|ом|ю|ую|е|ое))"


def _group(number: int) -> str:
    return "last" if number == LAST else f"n{number}"


_LABEL = re.compile(r"\[?\bs\s?(\d{1,2})\b\]?")
_NAMED = re.compile(rf"\b{_NOUNS}\.?\s*(?:no\.?|nr\.?|№|#)?\s*(\d{{1,2}}|[a-hабвгде])\b(?!\.\d)")
_COUNTED = re.compile(rf"\b(\d{{1,2}})(?:{_ENDING}\b(?:\s+(?:{_NOUNS}|{_ONES})\b)?|\.\s+{_NOUNS}\b)")
_SPOKEN = re.compile(
    rf"\b(?:{'|'.join(f'(?P<{_group(number)}>{words})' for number, words in _WORDS.items())})\b"
    rf"(?:\s+(?:{_NOUNS}|{_ONES})\b)?"
)
_HAN = re.compile(
    r"第\s?(\d{1,2}|[一二三四五六七八九十])\s?(?:个|点|部分|节|项|条|段|章|步)?|(最后)一?(?:个|点|部分|节|项|条|段|章|步)?"
)

_FILL = word_list(
    "the of on about a an to me us please can could would you i want need know like tell explain expand detail "
    "details detailed elaborate more develop describe go into give deeper deep dive further again what is does "
    "mean and it that this show say continue with for let s in your answer above le la les l de du des d sur au "
    "aux moi il te vous plait peux tu pouvez je veux voudrais detaille detailler detaillez developpe developper "
    "developpez explique expliquer expliquez precise preciser plus en dis davantage encore c est quoi que veut "
    "dire ca cela et donne approfondis approfondir celui celle ci m m'en der die das den dem des ein eine mir "
    "uns bitte kannst konnen sie du ich mochte erklare erklaren erlautere naher genauer ausfuhrlich "
    "ausfuhrlicher mehr zu zum zur uber von was ist heisst bedeutet und auf gehe geh vertiefe noch dazu dies "
    "dieses davon el los las lo del sobre al por favor puedes podria quiero explica explicame explique detalla "
    "detallame desarrolla mas profundidad es significa y dime cuentame amplia detalles eso esto пожалуиста мне "
    "про о об обо на по подробнее подробно детальнее расскажи расскажите объясни объясните раскрои разверни "
    "поясни еще больше что такое значит это этом этого и можно хочу детали из в"
)
_MORE = word_list(
    "explain expand detail details elaborate more develop deeper further explique expliquer detaille detailler "
    "detaillez developpe developper developpez precise plus davantage approfondis approfondir erklare erklaren "
    "erlautere genauer naher ausfuhrlicher mehr vertiefe explica explicame detalla detallame desarrolla mas "
    "amplia подробнее подробно детальнее объясни раскрои разверни поясни"
)
_THAT = word_list("that this it ca cela celui celle das dies dieses dazu davon eso esto это этом этого")
_HAN_FILL = re.compile(
    "请|麻烦|详细|具体|深入|说说|讲讲|谈谈|说明|说|讲|解释|展开|更多|多|一下|一点|关于|有关|的|那个|这个|那|这|它|我|想|了解|知道|再|介绍|给|呢|吧"
)
_HAN_MORE = re.compile("详细|具体|深入|展开|解释|更多|多说|再说|细说")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_LEFT_OVER = re.compile(r"[^\W_]")


class PointerKind(StrEnum):
    """How a message points."""

    LABEL = "label"  # S2: our own
    MARK = "mark"  # "point B", "section 2": what the section calls itself, else its place
    PLACE = "place"  # "the second one", "the last one"
    THAT = "that"  # "detail that": at nothing in particular


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """What is pointed at. `value`: "2", "B", "-1" for the last; "" for THAT."""

    kind: PointerKind
    value: str = ""


def pointer_in(message: str) -> Pointer | None:
    """The pointer of a message, or None when it says something by itself."""
    text = fold(message.strip()).replace("’", "'")
    if not text or len(text) > LONGEST:
        return None
    if found := _LABEL.search(text):
        return Pointer(kind=PointerKind.LABEL, value=str(int(found.group(1))))
    for pattern in (_NAMED, _COUNTED, _SPOKEN, _HAN):
        found = pattern.search(text)
        if found is not None and _says_nothing_else(text[: found.start()] + " " + text[found.end() :]):
            return _pointer(pattern, found)
    return Pointer(kind=PointerKind.THAT) if _only_that(text) else None


def _pointer(pattern: re.Pattern[str], found: re.Match[str]) -> Pointer:
    if pattern is _NAMED:
        value = found.group(1).upper()
        return Pointer(kind=PointerKind.MARK, value=_latin(value))
    if pattern is _COUNTED:
        return Pointer(kind=PointerKind.PLACE, value=found.group(1))
    if pattern is _HAN:
        number = found.group(1)
        value = str(LAST) if number is None else str(_HAN_DIGITS.get(number, number))
        return Pointer(kind=PointerKind.PLACE, value=value)
    name = found.lastgroup or "n1"
    return Pointer(kind=PointerKind.PLACE, value=str(LAST) if name == "last" else name[1:])


def _latin(mark: str) -> str:
    """ "Б" is the second letter where people count in Cyrillic."""
    return "ABCDEF"["АБВГДЕ".index(mark)] if mark in "АБВГДЕ" and mark not in "ABCDEF" else mark


def _says_nothing_else(rest: str) -> bool:
    rest = _HAN_FILL.sub(" ", rest)
    words = [part for word in _WORD.findall(rest) for part in word.split("'")]
    return all(word in _FILL for word in words)


def _only_that(text: str) -> bool:
    han = _HAN_FILL.sub(" ", text)
    if han != text:
        return bool(_HAN_MORE.search(text)) and not _LEFT_OVER.search(han)
    words = {part for word in _WORD.findall(text) for part in word.split("'")}
    return 0 < len(words) <= 10 and words <= _FILL and bool(words & _MORE) and (bool(words & _THAT) or len(words) <= 4)
