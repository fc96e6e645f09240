"""Lays a table out in monospace columns. Owns the width of characters and the bounds on padding."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Literal

Alignment = Literal["left", "right", "center"]

_WIDEST_PAD = 40  # a longer cell runs over instead of pushing all the others to the right
_MOST_PADDING = 20_000  # characters of padding in a table, beyond which it is written ragged


def columns(text: str) -> int:
    """How many terminal columns `text` takes: East Asian wide and full-width characters count 2, combining ones 0.

    Source: Unicode Standard Annex 11 (https://www.unicode.org/reports/tr11/).
    """
    if text.isascii():
        return len(text)
    width = 0
    joined = False
    for char in text:
        if char == "\u200d":
            joined = True  # what follows melts into the picture before it
        elif joined:
            joined = False
        elif unicodedata.category(char) not in ("Mn", "Me", "Cf") and not "\U0001f3fb" <= char <= "\U0001f3ff":
            width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width


def lay_out(rows: Sequence[Sequence[str]], alignments: Sequence[Alignment]) -> str:
    """`rows` (the first is the header) as lines of aligned cells, ` | ` between them and a rule below the header."""
    measured = [[columns(cell) for cell in row] for row in rows]
    widths = [
        min(_WIDEST_PAD, max((line[nth] for line in measured if nth < len(line)), default=0))
        for nth in range(len(alignments))
    ]
    if sum(widths) * len(rows) > _MOST_PADDING + 2 * sum(map(sum, measured)):
        widths = [0] * len(widths)
    lines = []
    for row, sizes in zip(rows, measured, strict=True):
        cells = zip(row, sizes, widths, alignments, strict=False)
        lines.append(" | ".join(_padded(*cell) for cell in cells).rstrip())
    lines.insert(1, "-+-".join("-" * max(width, 1) for width in widths))
    return "\n".join(lines)


def _padded(cell: str, size: int, width: int, alignment: Alignment) -> str:
    room = max(0, width - size)
    left = {"left": 0, "right": room, "center": room // 2}[alignment]
    return " " * left + cell + " " * (room - left)
