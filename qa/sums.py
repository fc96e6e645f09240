"""Reads arithmetic out of a sentence and calculates it: exact fractions, nothing evaluated as code, bounded in size.

A number may be read in two ways ("1.234" is a thousand or one and a bit), so every sum is calculated under each
convention, and a claim is wrong only when it is wrong under all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from qa.prose import word_set

MOST_TOKENS = 60  # of one side of an equation
_MOST_DIGITS = 30
_BIGGEST_EXPONENT = 200
_BIGGEST_BITS = 4000


class Sort(StrEnum):
    """What a token is."""

    NUMBER = "number"
    SIGN = "sign"  # + - * / ^ or "of" after a percentage
    OPEN = "("
    CLOSE = ")"
    EQUALS = "="
    PERCENT = "%"
    SQUARE = "²"  # a raised figure; its value is the exponent
    ROOT = "√"
    WORD = "word"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence. `glued`: no space before it. `text` of a SIGN or an EQUALS is its plain spelling."""

    sort: Sort
    text: str
    glued: bool
    place: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A result and how far the rounding of what went in may have moved it. `scaled`: there was a product in it."""

    value: Fraction
    slack: Fraction = Fraction(0)
    scaled: bool = False


class Unreadable(Exception):
    """This is no sum that can be calculated here."""


_TOKEN = re.compile(
    r"(?P<time>(?<!\d)\d{1,2}:\d{2}(?!\d)|\d+(?:[./-]\d+){2,}|\d+(?:st|nd|rd|th)\b)"
    r"|(?P<number>(?<![\d.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,'’]\d+)*)"
    r"|(?P<raised>[²³⁴⁵⁶⁷⁸⁹])|(?P<power>\^|(?<=\d)\*\*(?=\d))"
    r"|(?P<times>[×✕✖⋅·∙]|(?<=[ \d)])\*(?=[ \d(])|(?<=[\d)%] )[xX](?= [\d($€£¥])|(?<=\d)x(?=\d))"
    r"|(?P<over>[÷/∕])|(?P<ratio>(?<= ):(?= ))|(?P<plus>\+)"
    r"|(?P<minus>−|(?<![\w)%])-(?=\d)|(?<= )[-–](?= [\d($€£¥])|(?<=[\d)])-(?=\d+(?:[.,]\d+)?\s?[=≈]))"
    r"|(?P<equals>[=＝≈≃≅])|(?P<percent>%|‰|％)|(?P<root>√)|(?P<open>[(（\[{])|(?P<close>[)）\]}])"
    r"|(?P<money>[$€£¥₽￥])|(?P<word>公里|千米|英里|厘米|毫米|英寸|英尺|公斤|千克|盎司|毫升|加仑|分钟|小时|毫克|[一-鿿]|[^\W\d_](?:[^\W\d_一-鿿]|"
    r"['’](?=\w))*)|(?P<other>\S)"
)
_PLAIN = {"times": "*", "over": "/", "ratio": ":", "plus": "+", "minus": "-", "power": "^"}
_RAISED = dict(zip("²³⁴⁵⁶⁷⁸⁹", range(2, 10), strict=True))
_SPOKEN = {
    **dict.fromkeys(("times", "mal", "fois", "por", "multipliziert", "умножить", "乘", "乘以", "per"), "*"),
    **dict.fromkeys(("plus", "más", "mas", "плюс", "più", "mais", "und", "加", "加上"), "+"),
    **dict.fromkeys(("minus", "moins", "menos", "минус", "meno", "减", "减去"), "-"),
    **dict.fromkeys(("geteilt", "divided", "divisé", "dividido", "разделить", "diviso", "除", "除以"), "/"),
}
_AFTER_SIGN = word_set("by par durch mit entre на per 以 去 上")
_UNSAFE_ALONE = word_set("por und per mais mas")  # an operator only between two bare numbers
EQUAL = word_set(
    "equals equal is are makes gives ergibt gibt macht ist sind gleich égale égal font fait donne es son igual suman "
    "равно равняется это составляет 等于 是 得 为 即 è fa sono é são dá"
)
ABOUT = word_set(
    "about roughly approximately around nearly almost circa ca c approx rund etwa ungefähr knapp environ presque "
    "à-peu-près aproximadamente unos unas casi alrededor около примерно приблизительно почти 约 大约 近 quasi cerca"
)
_PERCENT_WORDS = word_set("percent prozent pourcent процент процента процентов процентами percento porcento pct 百分之")
_OF = word_set("of von vom de du des от di van del")
_LATEX = (
    (re.compile(r"\\(?:text|mathrm|mathbf|textbf|boxed)\s?\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\[dt]?frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}"), r"((\1)/(\2))"),
    (re.compile(r"\\times|\\cdot"), "×"),
    (re.compile(r"\\div"), "÷"),
    (re.compile(r"\\approx"), "≈"),
    (re.compile(r"\\[,;! ]"), ""),
    (re.compile(r"\\([%$*_()\[\]])"), r"\1"),
)
_CHINESE = (
    (re.compile(r"(\d[\d.,]*)\s?的\s?(\d[\d.]*)\s?[%％]"), r"\2% of \1"),
    (re.compile(r"等于|等於|共计|合计为|总共是"), "="),
    (re.compile(r"乘以|乘"), "×"),
    (re.compile(r"除以"), "÷"),
    (re.compile(r"(?<=\d)加上?(?=\d)"), "+"),
    (re.compile(r"(?<=\d)减去?(?=\d)"), " − "),
)
_MARKS = ((re.compile(r"(?<!\d)\*\*|\*\*(?!\d)|__"), ""),)
_WORDING = (
    (re.compile(r"\b(?:per|pour|por) ?(?:cent|ciento|cento)\b", re.IGNORECASE), "%"),
    (re.compile(r"\b(?:is|are) equal to\b|\bcomes? to\b|\bes igual a\b", re.IGNORECASE), "="),
    (re.compile(r"\s[—–-]\s(?=это\b)"), " "),
)
_HAN = re.compile(r"[一-鿿]")
_ELISIONS = frozenset("….⋯⋮")


def tokens(sentence: str) -> list[Token]:
    """The pieces of a sentence. LaTeX and bold marks are taken out first."""
    sentence = _tidy(sentence)
    found: list[Token] = []
    at = 0
    for match in _TOKEN.finditer(sentence):
        glued = match.start() == at and at > 0
        at = match.end()
        token = _token(match, glued, found)
        if token is not None:
            found.append(token)
    return found


def _tidy(sentence: str) -> str:
    for is_there, changes in (
        ("\\" in sentence, _LATEX),
        ("*" in sentence or "__" in sentence, _MARKS),
        (_HAN.search(sentence) is not None, _CHINESE),
        (True, _WORDING),
    ):
        for pattern, instead in changes if is_there else ():
            sentence = pattern.sub(instead, sentence)
    return sentence


def _token(match: re.Match[str], glued: bool, before: Sequence[Token]) -> Token | None:
    sort, text, place = match.lastgroup or "other", match.group(), match.start()
    if sort == "money":
        return None  # a price is its number
    if sort in _PLAIN:
        return Token(Sort.SIGN, _PLAIN[sort], glued, place)
    if sort == "raised":
        return Token(Sort.SQUARE, str(_RAISED[text]), glued, place)
    if sort == "equals":
        return Token(Sort.EQUALS, "=" if text in "=＝" else "≈", glued, place)
    if sort == "word":
        return _word(text, glued, place, before)
    sorts = {
        "number": Sort.NUMBER, "percent": Sort.PERCENT, "root": Sort.ROOT, "open": Sort.OPEN, "close": Sort.CLOSE,
    }  # fmt: skip
    return Token(sorts.get(sort, Sort.OTHER), text, glued, place)


def _word(text: str, glued: bool, place: int, before: Sequence[Token]) -> Token | None:
    lower = text.lower()
    last = before[-1].sort if before else Sort.OTHER
    if lower in _PERCENT_WORDS and last is Sort.NUMBER:
        return Token(Sort.PERCENT, "%", glued, place)
    if lower in _OF and last is Sort.PERCENT:
        return Token(Sort.SIGN, "of", glued, place)
    if lower in _SPOKEN and last in (Sort.NUMBER, Sort.CLOSE, Sort.PERCENT):
        return Token(Sort.SIGN, _SPOKEN[lower] + ("?" if lower in _UNSAFE_ALONE else ""), glued, place)
    if lower in _AFTER_SIGN and last is Sort.SIGN:
        return None  # "divided by"
    if lower in EQUAL:
        return Token(Sort.EQUALS, "=", glued, place)
    return Token(Sort.WORD, text, glued, place)


def number(text: str, *, comma: bool) -> Fraction:
    """A number as written, under the convention of decimal commas or of decimal points. Raises `Unreadable`."""
    whole, part = _parts(text, comma=comma)
    try:
        return Fraction(f"{whole}.{part or '0'}")
    except ValueError as error:
        raise Unreadable from error


def places(text: str, *, comma: bool) -> int:
    """How many decimals a written number shows. Raises `Unreadable`."""
    return len(_parts(text, comma=comma)[1])


def _parts(text: str, *, comma: bool) -> tuple[str, str]:
    """(digits before, digits after the decimal sign)."""
    compact = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    if len(compact) > _MOST_DIGITS:
        raise Unreadable
    signs = [sign for sign in compact if sign in ".,"]
    decimal = ""
    if len(set(signs)) == 2:
        decimal = signs[-1]
    elif len(signs) == 1:
        grouped = re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", compact)
        decimal = signs[0] if signs[0] == ("," if comma else ".") or not grouped else ""
    whole, _, part = compact.partition(decimal) if decimal else (compact, "", "")
    return re.sub(r"[.,]", "", whole), part


def readings(language: str) -> tuple[bool, ...]:
    """The conventions to try for a text in that language: whether a comma marks decimals, the usual one first."""
    return (False, True) if language in ("en", "zh", "ja", "") else (True, False)


class Sum:
    """Calculates a run of tokens under one convention. Grammar: sums of products of powers, brackets, percentages."""

    def __init__(self, run: Sequence[Token], *, comma: bool, relative: bool = True) -> None:
        self._run = [token for token in run if token.sort is not Sort.WORD]
        self._comma = comma
        self._relative = relative  # "200 + 10 %" adds ten per cent of the 200
        self._at = 0

    def value(self) -> Value:
        """The result. Raises `Unreadable`."""
        if len(self._run) > MOST_TOKENS:
            raise Unreadable
        result = self._sum()
        if self._at != len(self._run):
            raise Unreadable
        return result

    def _peek(self) -> Token | None:
        return self._run[self._at] if self._at < len(self._run) else None

    def _take(self, sort: Sort, *texts: str) -> Token | None:
        token = self._peek()
        if token is None or token.sort is not sort or (texts and token.text.rstrip("?") not in texts):
            return None
        self._at += 1
        return token

    def _sum(self) -> Value:
        left = self._product()
        while sign := self._take(Sort.SIGN, "+", "-"):
            begun = self._at
            right = self._product()
            if self._relative and self._run[self._at - 1].sort is Sort.PERCENT and self._at - begun == 2:
                right = Value(right.value * left.value, scaled=True)
            value = left.value + right.value if sign.text[0] == "+" else left.value - right.value
            left = Value(value, left.slack + right.slack, left.scaled or right.scaled)
        return left

    def _product(self) -> Value:
        left = self._power()
        while sign := self._take(Sort.SIGN, "*", "/", ":", "of"):
            right = self._power()
            if sign.text[0] in "/:":
                if right.value == 0:
                    raise Unreadable
                right = Value(1 / right.value, abs(right.slack / right.value**2))
            slack = abs(left.value) * right.slack + abs(right.value) * left.slack
            left = Value(_bounded(left.value * right.value), slack, scaled=True)
        return left

    def _power(self) -> Value:
        value = self._signed()
        if raised := self._take(Sort.SQUARE):
            value = _raised(value, Fraction(raised.text))
        if self._take(Sort.SIGN, "^"):
            value = _raised(value, self._power().value)
        return value

    def _signed(self) -> Value:
        if self._take(Sort.SIGN, "-"):
            inner = self._signed()
            return Value(-inner.value, inner.slack, inner.scaled)
        if self._take(Sort.ROOT):
            return _raised(self._signed(), Fraction(1, 2))
        if self._take(Sort.OPEN):
            inner = self._sum()
            if not self._take(Sort.CLOSE):
                raise Unreadable
            return inner
        token = self._take(Sort.NUMBER)
        if token is None:
            raise Unreadable
        value = number(token.text, comma=self._comma)
        shown = places(token.text, comma=self._comma)
        slack = Fraction(1, 2 * 10**shown) if shown >= 2 else Fraction(0)
        if self._take(Sort.PERCENT):
            return Value(value / 100, slack / 100)
        return Value(value, slack)


def _raised(base: Value, exponent: Fraction) -> Value:
    if abs(exponent) > _BIGGEST_EXPONENT or (base.value == 0 and exponent < 0):
        raise Unreadable
    if exponent.denominator == 1:
        power = int(exponent)
        if base.value.numerator.bit_length() * abs(power) > _BIGGEST_BITS:
            raise Unreadable
        value = base.value**power
        slack = abs(power * base.slack * base.value ** (power - 1)) if base.value else Fraction(0)
        return Value(_bounded(Fraction(value)), slack, scaled=True)
    if base.value < 0 or base.value > 10**100:
        raise Unreadable
    root = Fraction(float(base.value) ** float(exponent))
    return Value(root, abs(root) / 10**12, scaled=True)


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > _BIGGEST_BITS:
        raise Unreadable
    return value


def left_of(run: Sequence[Token], at: int) -> list[Token] | None:
    """The sum that ends right before `run[at]`; None when what stands there can't be told from algebra."""
    found: list[Token] = []
    depth, wants_operand = 0, True
    index = at - 1
    while index >= 0:
        token = run[index]
        if token.sort is Sort.CLOSE:
            depth += 1
        elif token.sort is Sort.OPEN:
            if depth == 0:
                break
            depth -= 1
        elif not _goes_on(token, run, index, wants_operand=wants_operand):
            break
        found.append(token)
        wants_operand = token.sort in (Sort.SIGN, Sort.WORD, Sort.PERCENT, Sort.SQUARE, Sort.CLOSE)
        index -= 1
    found.reverse()
    if found and found[0].sort is Sort.SIGN and _is_a_rest(found[0], run[index] if index >= 0 else None):
        return None
    while found and found[0].sort in (Sort.SIGN, Sort.WORD) and not (found[0].text == "-" and found[0].glued):
        found.pop(0)
    if depth or (index >= 0 and _spoils(run[index], run[index + 1])):
        return None
    return found


def _is_a_rest(sign: Token, before: Token | None) -> bool:
    """ "1 + … + 100", "… × 3", "rate × 4 × 5": the end of a row that is hinted at, began elsewhere, or with a name."""
    if before is None or before.sort is Sort.WORD:
        return sign.text in ("*", "/", "+")
    return before.text in _ELISIONS


def _goes_on(token: Token, run: Sequence[Token], index: int, *, wants_operand: bool) -> bool:
    if token.sort in (Sort.SIGN, Sort.ROOT):
        return True
    if token.sort in (Sort.NUMBER, Sort.PERCENT, Sort.SQUARE):
        return wants_operand
    if token.sort is Sort.WORD:  # a unit: behind a number
        before = [one.sort for one in run[max(0, index - 2) : index]]
        return (
            wants_operand
            and bool(before)
            and (
                before[-1] is Sort.NUMBER or (before[-1] is Sort.WORD and len(before) == 2 and before[0] is Sort.NUMBER)
            )
        )
    return False


def _spoils(before: Token, first: Token) -> bool:
    """Whether what stands before a sum shows that the sum is only a part of something else."""
    if before.sort in (Sort.NUMBER, Sort.SIGN, Sort.PERCENT, Sort.CLOSE, Sort.ROOT, Sort.SQUARE):
        return True
    if before.sort is Sort.WORD:
        return first.glued or (len(before.text) == 1 and before.text.isascii() and before.text not in "aAI")
    return False


def right_of(run: Sequence[Token], at: int) -> list[Token]:
    """The sum that begins right after `run[at]`, words for "about" left out, the unit behind it included."""
    found: list[Token] = []
    depth = 0
    index = at + 1
    while index < len(run) and run[index].sort is Sort.WORD and run[index].text.lower() in ABOUT | {"exactly", "genau"}:
        index += 1
    for token in run[index:]:
        depth += (token.sort is Sort.OPEN) - (token.sort is Sort.CLOSE)
        if depth < 0 or _is_behind(token, found):
            break
        found.append(token)
    while found and found[-1].sort in (Sort.SIGN, Sort.OPEN, Sort.ROOT):
        found.pop()
    return found if sum((one.sort is Sort.OPEN) - (one.sort is Sort.CLOSE) for one in found) == 0 else []


def _is_behind(token: Token, found: Sequence[Token]) -> bool:
    """Whether a token stands behind the sum `found` and is no part of it."""
    last = found[-1].sort if found else Sort.SIGN
    if token.sort is Sort.WORD:
        return last not in (Sort.NUMBER, Sort.WORD) or [one.sort for one in found[-2:]] == [Sort.WORD, Sort.WORD]
    if token.sort is Sort.OPEN:
        return last is not Sort.SIGN
    if token.sort is Sort.NUMBER:
        return last not in (Sort.SIGN, Sort.OPEN, Sort.ROOT)
    return token.sort in (Sort.EQUALS, Sort.OTHER)


def numbers_in(run: Sequence[Token]) -> Iterator[str]:
    """The numbers of a run, as written."""
    return (token.text for token in run if token.sort is Sort.NUMBER)
