"""Layer 6, arithmetic: every computed claim that can be recomputed is, and so are conversions and totals of tables.

What is read: equations ("17 × 23 = 391", "25 % of 80 is 20"), conversions ("5 km = 3.1 miles"), changes in per cent
("from 80 to 100 is an increase of 25 "
"%"), averages and sums of a list, and the last row of a table that calls itself a
total. A figure may be rounded to the digits it shows, and by three per cent where the text says "about". What can't be
read for certain (variables, mixed units, times of day) is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product

from company.records import Finding
from qa import sums, units
from qa.case import Case
from qa.layers.form import table_blocks
from qa.prose import Piece, stands_in, word_set
from qa.sums import Sort, Token, Unreadable, Value

_MOST = 5
_SIGN = re.compile(r"[=＝≈×✕÷·*/+−%％°²³√(（∙⋅]|\s[-–:xX]\s|\d[x-]\d")
_TWO_DIGITS = re.compile(r"\d\D*\d")
_UNITS = frozenset(units.SIZES) - {"in"}
_EQUALS = re.compile(r"[=＝≈≃≅]|\\approx|\bcomes? to\b")
_PERCENT = word_set("percent per pour por prozent процент процента процентов")
_LISTED = word_set("average mean durchschnitt mittelwert moyenne media promedio среднее sum summe somme suma сумма")
_HAN = re.compile(r"[一-鿿]")
_CALCULATES = word_set(
    "plus minus times multiplied divided mal geteilt multipliziert fois multiplié divisé moins por más menos "
    "dividido "
    "плюс минус умножить разделить per più meno diviso 乘 加 减 除 percent prozent pour процент процента процентов "
    "average "
    "mean sum durchschnitt mittelwert summe moyenne somme media promedio suma среднее сумма "
    "fahrenheit celsius"
)
_DISPUTED = re.compile(
    r"\b(?:wrong|incorrect\w*|false|mistake\w*|misprint|typo|binary|hexadecimal|octal|modulo|mod|base[- ](?:\d+|two|"
    r"eight|ten|twelve|sixteen)|"
    r"0[xb][0-9a-f]+|falsch|fehler|"
    r"binär|"
    r"dual|faux|fausse|erreur|binaire|falso|error|binario|errado|неверно|неправильно|ошибк\w*|двоичн\w*)\b|≠|错|误|二进制",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|isn|aren|nicht|kein|pas|no|не|non|não)\b|\bn['’]|不|非", re.IGNORECASE)
_SCALE = {
    **dict.fromkeys(("thousand", "tausend", "mille", "mil", "тысяч", "тысячи", "тыс", "k", "千"), 10**3),
    **dict.fromkeys(("million", "millions", "mio", "millionen", "millones", "миллион", "миллиона", "млн", "m"), 10**6),
    **dict.fromkeys(("billion", "billions", "bn", "milliarden", "mrd", "milliards", "млрд"), 10**9),
    **dict.fromkeys(("万",), 10**4),
    **dict.fromkeys(("亿",), 10**8),
}
_NOT_CONVERTED = word_set(
    "longer shorter more less away further closer later earlier apart faster slower heavier lighter from of off per "
    "länger kürzer mehr weniger entfernt weiter später früher von pro plus moins más menos больше меньше от"
)
_CHANGE = re.compile(
    r"\b(?:from|von|vom|de|du|от|с|da)\s+[$€£¥]?(?P<from>\d[\d.,\u00a0\u202f']*\d|\d)(?!\d|[.,]\d|"
    r"\s?%)[^\n.;%]{0,25}?\s"
    r"(?:to|auf|à|a|до|bis)\s+[$€£¥]?(?P<to>\d[\d.,\u00a0\u202f']*\d|\d)(?!\d|[.,]\d|\s?%)(?P<between>[^\n;%]{0,60}?)"
    r"(?P<share>\d+(?:[.,]\d+)?)\s?(?:%|per ?cent|Prozent|pour cent|por ciento|процент)",
    re.IGNORECASE,
)
_CHANGE_FIRST = re.compile(
    r"(?P<share>\d+(?:[.,]\d+)?)\s?(?:%|per ?cent|Prozent|pour cent|"
    r"por ciento)\s(?P<between>[^\W\d_]+(?:\s[^\W\d_]+)?)[,\s]{1,3}"
    r"(?:from|von|de|от|с)\s[$€£¥]?(?P<from>\d[\d.,]*\d|\d)(?!\s?%)[^\n.;%\d]{0,15}?\s(?:to|auf|à|a|до)\s"
    r"[$€£¥]?(?P<to>\d[\d.,]*\d|\d)(?!\d|\s?%)",
    re.IGNORECASE,
)
_CHANGE_WORDS = re.compile(
    r"increas|decreas|rise|rose|fall|fell|drop|growth|grew|gain|loss|reduc|higher|lower|change|anstieg|steiger|"
    r"zunahme|"
    r"rückgang|zuwachs|hausse|augment|baisse|diminu|réduc|aument|subid|baja|disminu|reduc|рост|увелич|сниж|уменьш|"
    r"паден",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\b(?P<what>average|mean|durchschnitt|mittelwert|moyenne|media|promedio|среднее|sum|summe|somme|suma|сумма)\b"
    r"(?:\s(?:value|arithmétique|арифметическое))?\s(?:of|von|aus|de|чисел)?\s?"
    r"(?P<list>\d[\d., ]*\d(?:\s(?:and|und|et|y|и)\s\d[\d.]*))\s(?:is|ist|est|es|равна|равно|—|=)\s"
    r"(?:about |etwa |environ )?(?P<result>\d[\d.,]*\d|\d)",
    re.IGNORECASE,
)
_AVERAGES = word_set("average mean durchschnitt mittelwert moyenne media promedio среднее")
_LIST_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?=[,\s]|$)")
_TOTAL = re.compile(
    r"^(?:grand |overall |in )?(?:totals?|sum|summe|gesamt(?:summe|betrag)?|insgesamt|somme|suma|totale|somma|totaal|"
    r"итого|всего|сумма|合计|总计|共计|总和)(?: général| général| general)?\s*(?:\([^)]*\)|:)?$",
    re.IGNORECASE,
)
_NO_SUM = re.compile(
    r"average|mean|rate|price per|per |unit|ratio|share of|rank|year|date|durchschnitt|preis|pro |quote|jahr|moyenne|"
    r"prix|taux|par |année|media|precio|tasa|por |año|средн|цена|курс|за |год|平均|单价|率|年",
    re.IGNORECASE,
)
_CELL = re.compile(r"^[^\d\-−–+]{0,5}([-−–+]?)\s?[^\d]{0,2}(\d[\d.,'’\u00a0\u202f ]*)\s?([^\d]{0,12})$")
_PAREN = re.compile(
    r"(?<![\d.,/] )(?<![\d.,/])(?P<left>\d[\d.,]*)\s?(?P<unit>°[CF]|[^\W\d_]{1,12})\s?[(（]\s?(?P<about>about |"
    r"approx\.? |"
    r"around |ca\.? |rund |etwa |environ |unos |около |约|~|≈)?\s?(?P<right>\d[\d.,]*)\s?(?P<wanted>°[CF]|"
    r"[^\W\d_]{1,12})[)）]",
)
_DEGREES = re.compile(
    r"(?P<left>[-−]?\d[\d.,]*)\s?(?P<unit>°[CF])(?:elsius|ahrenheit)?\s(?:—\s(?:это|es|son)|=|≈|is|are|equals|sind|"
    r"entsprechen|ist|"
    r"font|son|est|"
    r"es|это|—|是)\s(?P<about>about |approximately |roughly |etwa |rund |environ |unos |около |примерно |约)?"
    r"(?P<right>[-−]?\d[\d.,]*)\s?(?P<wanted>°[CF])"
)
_MIXED = re.compile(r"\d\s?[^\W\d_]{1,7}\s(?:and\s|und\s|et\s)?$")  # the "5 ft" of "5 ft 10 in"
_NEAR = 12  # tokens before the sign among which "about" counts
_ROUGHLY, _NEARLY = Fraction(8, 100), Fraction(2, 100)  # of a conversion; one that shows decimals claims to be near
_SUFFICIENT = Fraction(3, 100)


def check(case: Case) -> tuple[Finding, ...]:
    """Every claim that can be recomputed and does not come out."""
    if not case.spec.facts.check_arithmetic:
        return ()
    found: list[str] = []
    for piece in case.prose.pieces:
        if piece.has_digit and _is_worth_reading(piece):
            faults = list(_faults(piece, case))
            found += faults if faults and not _DISPUTED.search(piece.text) else ()
    found += _table_faults(case)
    return tuple(_finding(fault) for fault in list(dict.fromkeys(found))[:_MOST])


def _finding(fault: str) -> Finding:
    return Finding(layer="arithmetic", code="sum-wrong", message=f"{fault} Correct it and all that builds on it.")


def _is_worth_reading(piece: Piece) -> bool:
    """Whether there are two figures, and a sign, a word of calculation or two units between which they may be "
    "converted."""
    return bool(_TWO_DIGITS.search(piece.text)) and bool(
        _SIGN.search(piece.text)
        or piece.words & _CALCULATES
        or len(piece.words & _UNITS) > 1
        or _HAN.search(piece.text)
    )


def _faults(piece: Piece, case: Case) -> Iterator[str]:
    sentence, has_han = piece.text, _HAN.search(piece.text)
    if has_han or piece.words & sums.EQUAL or _EQUALS.search(sentence):
        yield from _equations(sentence, case)
    if has_han or "(" in sentence or "°" in sentence:
        yield from _conversions(sentence, case)
    if "%" in sentence or piece.words & _PERCENT:
        yield from _changes(sentence, case)
    if piece.words & _LISTED:
        yield from _lists(sentence, case)


def _equations(sentence: str, case: Case) -> Iterator[str]:
    run = sums.tokens(sentence)
    for at, token in enumerate(run):
        if token.sort is not Sort.EQUALS:
            continue
        left, right = _after_colon(sums.left_of(run, at)), sums.right_of(run, at)
        if not left or not right or not any(one.sort is Sort.NUMBER for one in right):
            continue
        if _is_sum(left):
            wanted = _wrong(left, right, token.text, run, at, case.language)
        elif _is_sum(right) and len(left) == 1 and _stands_alone(run, at):
            wanted = _wrong(right, left, token.text, run, at, case.language)
        else:
            wanted = _wrong_unit(left, right, run, at, case.language)
        if wanted is not None and not _was_given(left, right, case) and not _is_denied(run, at, left):
            yield f"“{_shown(left)} = {_shown(right)}” is wrong: it is {wanted}."


def _after_colon(run: Sequence[Token] | None) -> list[Token]:
    """A colon divides in German ("12 : 4 = 3"); before a whole sum it only announces ("the rest: 12 − 4 = 8")."""
    for place, token in enumerate(run or ()):
        if token.text == ":" and run is not None and _is_sum(run[place + 1 :]):
            return list(run[place + 1 :])
    return list(run or ())


def _is_sum(run: Sequence[Token]) -> bool:
    signs = [token for token in run if token.sort in (Sort.SIGN, Sort.SQUARE, Sort.ROOT)]
    if not run:
        return False
    return bool(signs) and sum(token.sort is Sort.NUMBER for token in run) + (run[-1].sort is Sort.SQUARE) >= (
        1 if signs[0].sort is Sort.ROOT else 2
    )


def _stands_alone(run: Sequence[Token], at: int) -> bool:
    return at == 1 or (at >= 2 and run[at - 2].text in (":", ";", "—", "•"))


def _wrong(
    left: Sequence[Token], right: Sequence[Token], sign: str, run: Sequence[Token], at: int, language: str
) -> str | None:
    """The right result as text when `left` is not `right` under any reading; None when it fits or can't be told."""
    if not _units_agree(left, right) or any(_is_doubtful(token, left) for token in left) or _lost_raised(left):
        return None
    about = sign == "≈" or _says_about(run, at, right)
    results: list[str] = []
    relative = any(token.sort is Sort.PERCENT for token in left)
    for comma, of_the_first in product(sums.readings(language), (True, False) if relative else (True,)):
        try:
            value = sums.Sum(left, comma=comma, relative=of_the_first).value()
        except (Unreadable, OverflowError, ZeroDivisionError):
            continue
        for claim in _claims(right):
            try:
                if _fits(value, claim, right, comma=comma, about=about):
                    return None
            except (Unreadable, OverflowError, ZeroDivisionError):
                return None
        results.append(_written(value.value, comma=comma))
    return results[0] if results else None


def _claims(right: Sequence[Token]) -> list[Sequence[Token]]:
    """What may be meant as the result: the first number, or all that follows it."""
    first = next((place for place, token in enumerate(right) if token.sort is Sort.NUMBER), 0)
    head = list(right[: first + 1])
    if len(right) > first + 1 and right[first + 1].sort is Sort.PERCENT:
        head.append(right[first + 1])
    return [head] if len(head) == len(right) else [head, right]


def _fits(value: Value, claim: Sequence[Token], right: Sequence[Token], *, comma: bool, about: bool) -> bool:
    claimed = sums.Sum(claim, comma=comma).value().value
    if any(token.sort is Sort.SIGN for token in claim):  # "= 3/4": a result that is itself a sum is exact
        return abs(value.value - claimed) <= value.slack + abs(claimed) / 10**6 + (
            abs(value.value) * _SUFFICIENT if about else 0
        )
    shown = max(sums.places(text, comma=comma) for text in sums.numbers_in(claim))
    candidates = [(claimed, Fraction(1, 10**shown))]
    if any(token.sort is Sort.PERCENT for token in claim):
        candidates.append((claimed * 100, candidates[0][1]))  # "20 % + 30 % = 50 %" by either reading
        candidates[0] = (claimed, Fraction(1, 10 ** (shown + 2)))
    for token in right:
        scale = _SCALE.get(token.text.lower()) if token.sort is Sort.WORD else None
        if scale:
            candidates.append((claimed * scale, Fraction(scale, 10**shown)))
    exact = not value.scaled and not about
    for candidate, unit in candidates:
        room = unit / 2 if exact else unit * Fraction(51, 100) + value.slack
        if not exact and value.value != 0 and _endless(value.value):
            room = max(room, unit)  # cut off instead of rounded
        if about:
            room = max(room, unit, abs(value.value) * _SUFFICIENT)
        if abs(value.value - candidate) <= room and (not exact or abs(value.value - candidate) < unit / 2):
            return True
    return False


def _endless(value: Fraction) -> bool:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest != 1


def _units_agree(left: Sequence[Token], right: Sequence[Token]) -> bool:
    """Whether figures may be compared without converting: at most one unit of measure in all, apart from squares."""
    seen: set[str] = set()
    for token in (*left, *right):
        if token.sort is Sort.WORD:
            word = token.text.lower()
            if word in units.SIZES and word not in ("m", "in", "per", "second", "pie"):
                seen.add(word.rstrip("s") if len(word) > 2 else word)
    return len({_first_size(word) for word in seen}) <= 1


def _first_size(word: str) -> object:
    sizes = units.SIZES.get(word) or units.SIZES.get(word + "s")
    return sizes[0] if sizes else word


def _is_doubtful(token: Token, run: Sequence[Token]) -> bool:
    """A letter right behind a number may be a variable; "por" between words may be no sign at all."""
    if token.sort is Sort.WORD:
        letter = len(token.text) == 1 and not _HAN.match(token.text)
        return letter and (token.glued or token.text not in "mglhsWVANмглчс")
    return token.text.endswith("?") and any(one.sort is Sort.WORD for one in run)


def _lost_raised(run: Sequence[Token]) -> bool:
    """ "8.2 × 10 − 5" is most likely 8.2 × 10⁻⁵ whose raised sign was lost, and "3 min − 1" is 3 min⁻¹."""
    texts = [token.text for token in run]
    power = any(texts[at : at + 3] == ["*", "10", "-"] for at in range(len(texts)))
    return power or any(
        one.sort is Sort.WORD and two.text == "-" and three.text == "1"
        for one, two, three in zip(run, run[1:], run[2:], strict=False)
    )


def _says_about(run: Sequence[Token], at: int, right: Sequence[Token]) -> bool:
    around = [token.text.lower() for token in run[at + 1 : at + 4]]
    last = run.index(right[-1])
    around += [token.text.lower() for token in run[last + 1 : last + 4]]
    before = [token.text.lower() for token in run[max(0, at - _NEAR) : at]]
    return bool(sums.ABOUT & {*around, *before}) or "~" in around


def _is_denied(run: Sequence[Token], at: int, left: Sequence[Token]) -> bool:
    """Whether "not" stands right before the sum or its sign."""
    begun = at - len(left)
    words = " ".join(token.text for token in (*run[max(0, begun - 3) : begun], *run[at : at + 2]))
    return bool(_DENIED.search(words))


def _was_given(left: Sequence[Token], right: Sequence[Token], case: Case) -> bool:
    """Whether the person, or a text that came with the request, made this claim: it is repeated, not made."""
    wanted = [token.text for token in (*left, *right) if token.sort is Sort.NUMBER]
    if len(wanted) < 2 or wanted[-1] not in case.given:
        return False
    pattern = r"\D{1,8}?".join(re.escape(text) for text in wanted)
    return re.search(pattern, case.given) is not None


def _shown(run: Sequence[Token]) -> str:
    text = ""
    for token in run:
        sign = {"*": "×", "/": "÷", ":": "÷", "-": "−", "of": "of"}.get(token.text.rstrip("?"), token.text.rstrip("?"))
        sign = {"2": "²", "3": "³"}.get(sign, f"^{sign}") if token.sort is Sort.SQUARE else sign
        text += ("" if not text or token.sort in (Sort.PERCENT, Sort.SQUARE, Sort.CLOSE) else " ") + sign
    return text.replace("( ", "(")[:80]


def _written(value: Fraction, *, comma: bool) -> str:
    text = (
        f"{float(value):.6g}"
        if abs(value) < 10**6
        else f"{float(value):.0f}"
        if value < 10**15
        else f"{float(value):g}"
    )
    return text.replace(".", ",") if comma else text


def _wrong_unit(
    left: Sequence[Token], right: Sequence[Token], run: Sequence[Token], at: int, language: str
) -> str | None:
    """The right figure when "5 km = 8 miles" is wrong."""
    if [token.sort for token in left] != [Sort.NUMBER, Sort.WORD] or len(right) < 2:
        return None
    if right[0].sort is not Sort.NUMBER or right[1].sort is not Sort.WORD or _goes_on(run, run.index(right[1]) + 1):
        return None
    before = run[at - 3] if at >= 3 else None
    if before is not None and before.sort in (Sort.NUMBER, Sort.SIGN):
        return None  # "5 feet 10 inches"
    return _converted_wrongly(
        left[0].text,
        left[1].text,
        right[0].text,
        right[1].text,
        about=_says_about(run, at, right[:2]),
        language=language,
    )


def _goes_on(run: Sequence[Token], at: int) -> bool:
    return at < len(run) and (run[at].text.lower() in _NOT_CONVERTED or run[at].sort in (Sort.NUMBER, Sort.SIGN))


def _converted_wrongly(
    left: str, unit: str, right: str, wanted: str, *, about: bool, language: str
) -> str | None:  # fmt: skip
    if unit.lower() == wanted.lower():
        return None
    rightly = ""
    for comma in sums.readings(language):
        try:
            value, claimed = (_signed(text, comma=comma) for text in (left, right))
            shown = sums.places(right.lstrip("-−"), comma=comma)
        except Unreadable:
            return None
        results = units.converted(value, unit, wanted)
        if not results:
            return None
        for result in results:
            room = max(Fraction(1, 10**shown), abs(result) * (_ROUGHLY if about and shown == 0 else _NEARLY))
            if abs(result) < 2 and shown == 0:
                room = Fraction(1, 2)
            if abs(result - claimed) <= room:
                return None
        rightly = rightly or f"{_written(Fraction(round(results[0], 2)), comma=comma)} {wanted}"
    return rightly


def _signed(text: str, *, comma: bool) -> Fraction:
    value = sums.number(text.lstrip("-−").rstrip(".,"), comma=comma)
    return -value if text[0] in "-−" else value


def _conversions(sentence: str, case: Case) -> Iterator[str]:
    """ "10 km (6.2 miles)" and "68 °F is 20 °C"."""
    for match in (*_PAREN.finditer(sentence), *_DEGREES.finditer(sentence)):
        if _MIXED.search(sentence[: match.start()]):
            continue
        rightly = _converted_wrongly(
            match["left"].rstrip(".,"), match["unit"], match["right"].rstrip(".,"), match["wanted"],
            about=bool(match["about"]), language=case.language,
        )  # fmt: skip
        if rightly is not None and not stands_in(match.group(), case.given):
            yield f"“{match.group()}” is wrong: it is {rightly}."


def _changes(sentence: str, case: Case) -> Iterator[str]:
    for match in (*_CHANGE.finditer(sentence), *_CHANGE_FIRST.finditer(sentence)):
        if not _CHANGE_WORDS.search(sentence) or re.search(r"\d", match["between"]):
            continue
        rightly = ""
        for comma in sums.readings(case.language):
            try:
                first, last, share = (sums.number(match[name], comma=comma) for name in ("from", "to", "share"))
                shown = sums.places(match["share"], comma=comma)
            except Unreadable:
                rightly = ""
                break
            if first == 0:
                return
            change = abs(last - first) / first * 100
            if abs(change - share) <= max(Fraction(1, 10**shown), change * Fraction(2, 100)):
                rightly = ""
                break
            rightly = rightly or _written(Fraction(round(change, 2)), comma=comma)
        if rightly and not stands_in(match.group(), case.given):
            yield f"From {match['from']} to {match['to']} is a change of {rightly} %, not {match['share']} %."


def _lists(sentence: str, case: Case) -> Iterator[str]:
    for match in _LIST.finditer(sentence):
        try:
            numbers = [sums.number(text, comma=False) for text in _LIST_NUMBER.findall(match["list"])]
            claimed = sums.number(match["result"].rstrip(".,"), comma=False)
        except Unreadable:
            continue
        if len(numbers) < 2 or "," in match["result"]:
            continue
        total = sum(numbers, Fraction(0))
        result = total / len(numbers) if match["what"].lower() in _AVERAGES else total
        shown = sums.places(match["result"].rstrip(".,"), comma=False)
        if abs(result - claimed) > Fraction(1, 10**shown) * Fraction(51, 100):
            yield f"The {match['what']} of {match['list']} is {_written(result, comma=False)}, not {match['result']}."


def _table_faults(case: Case) -> Iterator[str]:
    for block in table_blocks(case.prose.outside):
        rows = [_cells(line) for _, line in block]
        head, body = rows[0], rows[2:]
        last = next((number for number, row in enumerate(body) if _TOTAL.match(_bare(row[0]))), None)
        if last is None or last < 2 or any(len(row) != len(head) for row in body):
            continue
        if any(re.search(r"sub|zwischen|sous|под|小计", _bare(row[0]), re.IGNORECASE) for row in body[:last]):
            continue
        for column in range(1, len(head)):
            if not _NO_SUM.search(head[column]):
                yield from _column_faults([row[column] for row in body[: last + 1]], _bare(head[column]), case)


def _column_faults(cells: Sequence[str], name: str, case: Case) -> Iterator[str]:
    matches = [_CELL.match(_bare(cell)) for cell in cells]
    if any(match is None for match in matches):
        return
    parts = [(match[1], match[2].strip(), match[3].strip().rstrip("*")) for match in matches if match]
    if len({unit for _, _, unit in parts}) > 1:
        return
    results = []
    for comma in sums.readings(case.language):
        try:
            values = [sums.number(text, comma=comma) * (-1 if sign and sign != "+" else 1) for sign, text, _ in parts]
            shown = max(sums.places(text, comma=comma) for _, text, _ in parts)
        except Unreadable:
            return
        total = sum(values[:-1], Fraction(0))
        last = sums.places(parts[-1][1], comma=comma)
        rounded = parts[-1][2].startswith("%") or last < shown
        room = Fraction(len(values), 2 * 10 ** (last if last < shown else shown)) if rounded else Fraction(0)
        if abs(total - values[-1]) <= room or abs(total / (len(values) - 1) - values[-1]) <= Fraction(1, 10**shown):
            return
        results.append(_written(total, comma=comma))
    if all(text in case.given for _, text, _ in parts):
        return  # the table was given: its figures are repeated
    yield f"The total of the column “{name[:40]}” is {results[0]}, not {parts[-1][1]}."


def _cells(line: str) -> list[str]:
    stripped = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", stripped)]


def _bare(cell: str) -> str:
    return re.sub(r"[*_`]", "", cell).strip()
