"""Exact arithmetic for the Clerk: + - * / ^ %, brackets and "15 % of 240". Nothing is evaluated as code."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

_LONGEST = 200  # characters of an expression
_BIGGEST_POWER = 64
_MOST_DIGITS = 40
_ROUND = 10  # significant digits of a result that has no end

_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", ":": "/", "−": "-", "–": "-", "^": "**", "（": "(", "）": ")"})
_PERCENT_OF = re.compile(r"(\d+(?:\.\d+)?)\s*%\s*(?:of|de|von|от|из|d'|del|der)\s*(\d+(?:\.\d+)?)", re.IGNORECASE)
_PERCENT_HAN = re.compile(r"(\d+(?:\.\d+)?)\s*的\s*(\d+(?:\.\d+)?)\s*%")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%(?!\s*[\d(])")
_PLUS_PERCENT = re.compile(r"[\d)]\s*[-+]\s*\d+(?:\.\d+)?\s*%(?!\s*[\d(])(?!\s*(?:of|de|von|от|из)\b)")
_TIMES = re.compile(r"(?<=[\d)])\s*(?:x|mal|fois|times|por|умножить на|на|乘以|乘)\s*(?=[\d(])", re.IGNORECASE)
_OTHERS = (
    (re.compile(r"(?<=[\d)])\s*(?:plus|más|mas|плюс|加)\s*(?=[\d(])", re.IGNORECASE), "+"),
    (re.compile(r"(?<=[\d)])\s*(?:minus|moins|menos|минус|减)\s*(?=[\d(])", re.IGNORECASE), "-"),
    (
        re.compile(
            r"(?<=[\d)])\s*(?:divided by|over|geteilt durch|divisé par|entre|dividido (?:por|entre)|"
            r"разделить на|除以)\s*(?=[\d(])",
            re.IGNORECASE,
        ),
        "/",
    ),
)
_EXPRESSION = re.compile(r"[-+(\d.][-+*/%().\d\s]*[\d)]")

_TWO: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}


def compute(text: str, language: str) -> tuple[str, str] | None:
    """(expression, result) of the one sum in `text`, or None when there is none or it can't be computed.

    Commas and dots are read as `language` writes numbers. A result that has no end in decimals begins with "≈ ".
    """
    plain = _with_points(text[: 4 * _LONGEST], language).translate(_SIGNS)
    if _PLUS_PERCENT.search(plain):
        return None  # "200 + 10 %" is 200.1 to some and 220 to others
    plain = _PERCENT_HAN.sub(r"(\1*\2/100)", _PERCENT_OF.sub(r"(\1/100*\2)", plain))
    plain = _PERCENT.sub(r"(\1/100)", _TIMES.sub("*", plain))
    for pattern, sign in _OTHERS:
        plain = pattern.sub(sign, plain)
    found = [one.group().strip() for one in _EXPRESSION.finditer(plain)]
    found = [one for one in found if re.search(r"[\d)]\s*[-+*/%]+\s*[-(\d.]", one)]
    if len(found) != 1 or len(found[0]) > _LONGEST:
        return None
    try:
        value = _value(ast.parse(found[0], mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError):
        return None
    return _readable(found[0]), _written(value, language)


def _readable(expression: str) -> str:
    shown = " ".join(expression.replace("**", "^").split())
    return shown[1:-1] if re.fullmatch(r"\([^()]*\)", shown) else shown


def _with_points(text: str, language: str) -> str:
    """Numbers with a point before the decimals and without grouping."""
    if language in ("en", "zh"):
        return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    ungrouped = re.sub(r"(?<=\d)[.\u00a0\u202f ](?=\d{3}(?!\d))", "", text)
    return re.sub(r"(?<=\d),(?=\d)", ".", ungrouped)


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.UAdd | ast.USub):
        value = _value(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow):
            return _power(left, right)
        if type(node.op) in _TWO:
            return _bounded(_TWO[type(node.op)](left, right))
    raise ValueError("not arithmetic")


def _power(left: Fraction, right: Fraction) -> Fraction:
    if right.denominator != 1 or abs(right) > _BIGGEST_POWER:
        raise ValueError("not an exact power")
    return _bounded(Fraction(left ** int(right)))


def _bounded(value: Fraction) -> Fraction:
    if max(abs(value.numerator), value.denominator) > 10**_MOST_DIGITS:
        raise OverflowError
    return value


def _written(value: Fraction, language: str) -> str:
    denominator = value.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator == 1:
        digits = 0
        while (value * 10**digits).denominator != 1:
            digits += 1
        number, sign = Decimal(int(value * 10**digits)).scaleb(-digits), ""
        text = f"{number:f}"
    else:
        sign, text = "≈ ", f"{float(value):.{_ROUND}g}"
    return sign + (text if language in ("en", "zh") else text.replace(".", ","))
