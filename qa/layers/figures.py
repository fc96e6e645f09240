"""Figures as people write them, in one spelling: "1,234.50", "1.234,50" and "1234.5" are one, "twelve" is 12."""

from __future__ import annotations

import re

NUMBER = re.compile(r"(?<![\w.,])\d+(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d+)?(?![\d])|\d+(?:[.,]\d+)?")
"""A number as it is written, its groups included."""
_SMALL = {
    word: str(number)
    for number, words in enumerate(
        (
            "zero zéro null cero ноль 零",
            "one once un une ein eine einen einmal uno una один одна одно 一",
            "two twice deux zwei zweimal dos два две 二 两",
            "three trois drei tres три 三",
            "four quatre vier cuatro четыре 四",
            "five cinq fünf cinco пять 五",
            "six sechs seis шесть 六",
            "seven sept sieben siete семь 七",
            "eight huit acht ocho восемь 八",
            "nine neuf neun nueve девять 九",
            "ten dix zehn diez десять 十",
            "eleven onze elf once одиннадцать",
            "twelve douze zwölf doce двенадцать dozen",
        )
    )
    for word in words.split()
}
_WORD = re.compile(r"[^\W\d_]+")


def numbers(text: str) -> set[str]:
    """The numbers of `text` in one spelling, number words up to twelve included."""
    found = {_SMALL[word] for word in map(str.lower, _WORD.findall(text)) if word in _SMALL}
    found |= {_SMALL[sign] for sign in text if sign in _SMALL}
    for match in NUMBER.finditer(text):
        found |= spellings(match.group())
    return found


def spellings(number: str) -> set[str]:
    """What a written number may be, in one spelling each: "1.234" is a thousand or one and a bit."""
    compact = re.sub(r"['’\s]", "", number)
    last = max(compact.rfind("."), compact.rfind(","))
    if last < 0:
        return {str(int(compact))}
    whole, part = re.sub(r"[.,]", "", compact[:last]), compact[last + 1 :]
    grouped = str(int(whole + part))
    if len(part) == 3 and len(whole) <= 3:  # 1.234 is a group or a fraction: both readings count
        return {grouped, f"{int(whole)}.{part.rstrip('0')}".rstrip(".")}
    if len(part) == 3 and re.search(r"[.,].*[.,]", compact) and len({sign for sign in compact if sign in ".,"}) == 1:
        return {grouped}
    return {f"{int(whole)}.{part.rstrip('0')}".rstrip(".")}


def in_figures(text: str) -> str:
    """`text` with its number words up to twelve written as figures."""
    return _WORD.sub(lambda match: _SMALL.get(match.group().lower(), match.group()), text)
