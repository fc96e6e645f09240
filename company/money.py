"""Money as NEXUS counts it: integer micro-dollars. One dollar for a million tokens is one micro-dollar a token."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

MICRO = 1_000_000


def micro(dollars: Decimal | float | int | str) -> int:
    """Dollars to micro-dollars, exactly for decimal input."""
    return int((Decimal(str(dollars)) * MICRO).to_integral_value(rounding=ROUND_HALF_EVEN))


def dollars(micro_dollars: int, *, places: int | None = None) -> str:
    """Micro-dollars as people read them: "$0.42"; below ten cents four places ("$0.0031"), below a
    hundredth of a cent six ("$0.000012"), nothing is "$0.00"."""
    if places is None:
        size = abs(micro_dollars)
        places = 2 if size == 0 or size >= 100_000 else 4 if size >= 100 else 6
    sign = "-" if micro_dollars < 0 else ""
    return f"{sign}${Decimal(abs(micro_dollars)) / MICRO:,.{places}f}"
