"""Light stemming: "deliveries" and "delivery" become one term. Input is lower case without accents (see `tokens.fold`).

Sources: English is Porter's algorithm (M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980)
after a short list of irregular forms.
French, German and Spanish follow the idea of J. Savoy, "Light stemming approaches for the French, Portuguese, German
and Hungarian languages" (SAC 2006): strip number, gender and the commonest endings only. Russian follows the endings of
the Snowball stemmer (snowballstem.org/algorithms/russian/stemmer.html) without its derivational step.
"""

from __future__ import annotations

import re
from functools import lru_cache

LATIN = ("en", "fr", "de", "es")
"""The languages that share the Latin script: a query word is looked for under the stem of each."""

_IRREGULAR_FORMS = (
    "begin began begun|buy bought|pay paid|keep kept|leave left|sell sold|send sent|spend spent|lend lent|build built|"
    "teach taught|bring brought|think thought|catch caught|find found|hold held|stand stood|meet met|lose lost|win won|"
    "write wrote written|drive drove driven|take took taken|give gave given|choose chose chosen|speak spoke spoken|"
    "break broke broken|wear wore worn|hang hung|lie lay lain|sleep slept|feel felt|make made|grow grew grown|"
    "know knew known|draw drew drawn|fly flew flown|eat ate eaten|fall fell fallen|rise rose risen|run ran|sing sang|"
    "child children|man men|woman women|foot feet|tooth teeth|mouse mice|person people"
)
IRREGULAR = {form: forms.split()[0] for forms in _IRREGULAR_FORMS.split("|") for form in forms.split()[1:]}

_RUNS = re.compile(r"v+c+")


def _shape(word: str) -> str:
    """The word as consonants and vowels, "c" and "v" per letter; y is a vowel after a consonant (Porter 1980)."""
    shape: list[str] = []
    for place, letter in enumerate(word):
        vowel = letter in "aeiou" or (letter == "y" and place > 0 and shape[place - 1] == "c")
        shape.append("v" if vowel else "c")
    return "".join(shape)


def _measure(stem: str) -> int:
    """Porter's m: the number of vowel-consonant sequences."""
    return len(_RUNS.findall(_shape(stem)))


def _short(stem: str) -> bool:
    """Porter's *o: ends consonant, vowel, consonant, the last not w, x or y."""
    return _shape(stem)[-3:] == "cvc" and stem[-1] not in "wxy"


_STEP_2 = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("abli", "able"),
    ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"),
    ("ator", "ate"), ("alism", "al"), ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"),
    ("iviti", "ive"), ("biliti", "ble"),
)  # fmt: skip
_STEP_3 = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", ""),
)  # fmt: skip
_STEP_4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion",
    "al", "er", "ic", "ou",
)  # fmt: skip


def _replace(word: str, rules: tuple[tuple[str, str], ...]) -> str:
    for ending, instead in rules:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            return stem + instead if _measure(stem) > 0 else word
    return word


def _plural(word: str) -> str:
    if word.endswith("sses") or word.endswith("ies"):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        stem = word[: -len(ending)]
        if word.endswith(ending) and "v" in _shape(stem):
            if stem.endswith(("at", "bl", "iz")):
                return stem + "e"
            if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "aeioulsz":
                return stem[:-1]
            return stem + "e" if _measure(stem) == 1 and _short(stem) else stem
    return word


def _derived(word: str) -> str:
    for ending in _STEP_4:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            fits = _measure(stem) > 1 and (ending != "ion" or stem.endswith(("s", "t")))
            return stem if fits else word
    return word


def _english(word: str) -> str:
    word = IRREGULAR.get(word, word)
    word = _past(_plural(word))
    if word.endswith("y") and "v" in _shape(word[:-1]):
        word = word[:-1] + "i"
    word = _derived(_replace(_replace(word, _STEP_2), _STEP_3))
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


_FRENCH = (
    ("issements", ""), ("issement", ""), ("atrices", "at"), ("atrice", "at"), ("ateurs", "at"), ("ateur", "at"),
    ("ations", "at"), ("ation", "at"), ("ements", ""), ("ement", ""), ("aisons", ""), ("aison", ""), ("euses", "eu"),
    ("euse", "eu"), ("eaux", "eau"), ("aux", "al"), ("ives", "if"), ("ive", "if"), ("ites", "it"), ("ite", "it"),
)  # fmt: skip
_FRENCH_LAST = ("eraient", "erait", "erons", "erez", "eront", "aient", "ait", "ons", "ent", "ees", "ez", "er", "ee",
                "es", "s", "x", "e", "i")  # fmt: skip


def _french(word: str) -> str:
    for ending, instead in _FRENCH:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + instead
            break
    word = _strip(word, _FRENCH_LAST, 4)
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


_GERMAN = (
    ("erinnen", "innen", "ungen", "heiten", "keiten", "ung", "erin", "ern", "em", "en", "er", "es", "e", "s", "n"),
    ("est", "st", "er", "en", "te", "t", "e"),
)


def _german(word: str) -> str:
    word = _strip(word, _GERMAN[0], 4)
    return _strip(word, _GERMAN[1], 4)


_SPANISH = (
    "amientos", "imientos", "amiento", "imiento", "aciones", "iciones", "uciones", "acion", "icion", "ucion", "adores",
    "adoras", "ador", "adora", "mente", "aremos", "eremos", "iremos", "abamos", "ieron", "aron", "aban", "amos", "emos",
    "imos", "ando", "iendo", "ados", "adas", "idos", "idas", "ado", "ada", "ido", "ida", "aba", "arse", "ar", "er",
    "ir", "es", "as", "os", "an", "en", "a", "o", "e", "s",
)  # fmt: skip


def _spanish(word: str) -> str:
    if word.endswith("ces") and len(word) > 4:
        return word[:-3] + "z"
    return _strip(word, _SPANISH, 3)


_RUSSIAN = tuple(
    tuple(sorted(group.split(), key=len, reverse=True))
    for group in (
        "ившись ывшись вшись ивши ывши вши ся сь",
        "ее ие ые ое ими ыми еи ии ыи ои ем им ым ом его ого ему ому их ых ую юю ая яя ою ею",
        "ила ыла ена еите уите ите или ыли еи уи ил ыл им ым ен ило ыло ено ят ует уют ит ыт ены ить ыть ишь ую ю "
        "ла на ете иите ли и л ем н ло но ет ают яют ают ны ть ешь нно ать ять али ал ала ает",
        "а ев ов ие ье е иями ями ами еи ии и ием ем ам ом о у ах иях ях ы ь ию ью ю ия ья я ям",
    )
)


def _russian(word: str) -> str:
    vowel = re.search("[аеиоуыэюя]", word)
    if vowel is None or len(word) < 4:
        return word
    keep = max(vowel.end(), 3)
    reflexive, adjective, verb, noun = _RUSSIAN
    word = _strip(word, reflexive, keep)
    for group in (adjective, verb, noun):
        shorter = _strip(word, group, keep)
        if shorter != word:
            word = shorter
            break
    word = word[:-1] if word.endswith("и") and len(word) > keep else word
    word = word[:-1] if word.endswith("нн") else word
    return word[:-1] if word.endswith("ь") else word


def _strip(word: str, endings: tuple[str, ...], keep: int) -> str:
    """Without the first of `endings` that fits and leaves at least `keep` letters."""
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            return word[: -len(ending)]
    return word


_STEMMERS = {"en": _english, "fr": _french, "de": _german, "es": _spanish, "ru": _russian}


@lru_cache(maxsize=65536)
def stem(word: str, language: str) -> str:
    """The stem of a folded word; the word itself when it is short, has a digit, or the language has no rules."""
    rules = _STEMMERS.get(language)
    if rules is None or len(word) < 3 or not word.isalpha():
        return word
    return rules(word)
