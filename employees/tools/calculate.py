"""The tool that calculates exactly: arithmetic read as a syntax tree, never evaluated as code, bounded in size."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import Field

from company.errors import ToolError
from employees.toolbox import Equipment, Outcome, Repeat, Tool, Work, tool

LONGEST = 500  # characters of an expression
BIGGEST_EXPONENT = 2000
BIGGEST_BITS = 20_000  # of a numerator or denominator: about 6,000 digits
DIGITS = 15  # significant digits of a result that is not exact in decimals

OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: lambda a, b: Fraction(a // b),
    ast.Mod: operator.mod,
}
CONSTANTS = {"pi": Fraction(math.pi), "e": Fraction(math.e)}


def _real(function: Callable[[float], float]) -> Callable[..., Fraction]:
    return lambda value: Fraction(function(float(value)))


def _round(value: Fraction, places: Fraction = Fraction(0)) -> Fraction:
    scale = Fraction(10) ** max(-30, min(30, int(places)))
    half_up = math.floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(half_up if value >= 0 else -half_up) / scale


def _sqrt(value: Fraction) -> Fraction:
    if value < 0:
        raise ToolError("There is no square root of a negative number here.")
    over, under = math.isqrt(value.numerator), math.isqrt(value.denominator)
    if over * over == value.numerator and under * under == value.denominator:
        return Fraction(over, under)
    return Fraction(math.sqrt(float(value)))


FUNCTIONS: dict[str, Callable[..., Fraction]] = {
    "abs": abs,
    "min": lambda *values: min(values),
    "max": lambda *values: max(values),
    "sum": lambda *values: sum(values, Fraction(0)),
    "mean": lambda *values: sum(values, Fraction(0)) / len(values),
    "round": _round,
    "floor": lambda value: Fraction(math.floor(value)),
    "ceil": lambda value: Fraction(math.ceil(value)),
    "sqrt": _sqrt,
    "exp": _real(math.exp),
    "log": _real(math.log),
    "log10": _real(math.log10),
    "log2": _real(math.log2),
    "sin": _real(math.sin),
    "cos": _real(math.cos),
    "tan": _real(math.tan),
}


def evaluate(expression: str) -> str:
    """The value as text: exact where decimals can be, else 15 significant digits after "about".

    Raises:
        ToolError: it is no arithmetic, too long or too big, or has no value; the sentence says which.
    """
    if len(expression) > LONGEST:
        raise ToolError(f"The expression is longer than {LONGEST} characters.")
    plain = expression.replace("×", "*").replace("÷", "/").replace("−", "-").replace("^", "**").strip()
    try:
        tree = ast.parse(plain, mode="eval")
        _keep_digits(tree, plain)
        value = _value(tree.body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ToolError("That is no arithmetic; write it like (3 + 4.5) * 2 ** 10 or round(2/3, 2).") from None
    except ZeroDivisionError:
        raise ToolError("That divides by zero.") from None
    except (OverflowError, TypeError) as error:
        raise ToolError(f"That can't be calculated ({error}).") from None
    return _written(value)


def _keep_digits(tree: ast.AST, plain: str) -> None:
    """Numbers as they were written: Python has read 0.1 as the nearest binary fraction already."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            written = ast.get_source_segment(plain, node) or ""
            exponent = re.search(r"[eE][+-]?0*(\d+)$", written)
            if exponent is not None and len(exponent[1]) > 4:
                raise ToolError("The number is too big or too small.")
            node.kind = written.replace("_", "")


def _value(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            return _bounded(Fraction(number))
        case ast.Constant(value=float(), kind=str() as written):
            return _bounded(Fraction(written))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand)
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return _power(_value(left), _value(right))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in OPERATORS:
            return _bounded(OPERATORS[type(sign)](_value(left), _value(right)))
        case ast.Name(id=name) if name in CONSTANTS:
            return CONSTANTS[name]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            return _bounded(FUNCTIONS[name](*map(_value, args)))
    raise ToolError("Only numbers, + - * / // % **, brackets, pi, e and these: " + ", ".join(sorted(FUNCTIONS)) + ".")


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        if base < 0:
            raise ToolError("A negative number has no such power here.")
        return Fraction(float(base) ** float(exponent))
    if abs(exponent) > BIGGEST_EXPONENT or _bits(base) * abs(exponent) > BIGGEST_BITS:
        raise ToolError("The result is too big.")
    return Fraction(base ** int(exponent))


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > BIGGEST_BITS:
        raise ToolError("The result is too big.")
    return value


def _written(value: Fraction) -> str:
    if value.denominator == 1:
        return str(Decimal(value.numerator)) if _bits(value) < 400 else _about(value)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and value.denominator < 10**DIGITS:
        exact = Context(prec=60).divide(Decimal(value.numerator), Decimal(value.denominator))
        return f"{exact:f}"
    return _about(value)


def _about(value: Fraction) -> str:
    short = Context(prec=DIGITS).divide(Decimal(value.numerator), Decimal(value.denominator))
    return f"about {short.normalize():f}" if -20 < short.adjusted() < 40 else f"about {short.normalize()}"


def build(_equipment: Equipment) -> Tool:
    """The tool; it needs nothing."""

    async def calculate(_work: Work, expression: Annotated[str, Field(description="Like (3+4.5)*2**10.")]) -> Outcome:
        """Calculate exactly: + - * / // % **, round, sqrt, log, min, max, sum, mean."""
        return Outcome(text=evaluate(expression))

    return tool(calculate, repeat=Repeat.PURE, timeout_s=5.0)
