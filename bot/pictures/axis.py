"""Scales and colours that the charts share."""

from __future__ import annotations

from bot.pictures.canvas import Ink
from company.money import dollars

INKS = (Ink("2f6fa8"), Ink("e39b2d"), Ink("5aa89a"), Ink("a4567f"), Ink("7d8fd1"), Ink("8a8f95"))
"""For employees, the dearest first; the last is for all others. They differ in lightness as well as in colour."""
STEPS = (1, 2, 5)
MOST_STEPS = 4


def step_for(most: int) -> int:
    """The distance of grid lines, so that at most four lie above zero: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in STEPS:
            if step * power * MOST_STEPS >= most:
                return step * power
        power *= 10


def dollars_on_axis(micro: int, step: int) -> str:
    """An amount with as many places as the distance of the lines needs."""
    places = 0 if step % 1_000_000 == 0 else next(n for n in range(2, 7) if step % 10 ** (6 - n) == 0)
    return dollars(micro, places=places)
