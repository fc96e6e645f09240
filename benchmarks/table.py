"""One table per benchmark: our figure, the baseline's in the same run, the ratio, and what to hold them against."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

WIDTH = 110  # of a table that goes to a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement. `ours` or `baseline` None: does not apply. `aim`: what we want ours to be, in words."""

    what: str
    unit: str
    ours: float | None
    baseline: float | None = None
    aim: str = ""


class Skip(Exception):
    """What a benchmark needs is not here; the text says what."""


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of at least one value."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def figure(value: float | None) -> str:
    """A number as people read it: three significant digits below 100, whole above."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def ratio(row: Row) -> str:
    """Ours over the baseline's."""
    if row.ours is None or not row.baseline:
        return "-"
    return f"{figure(row.ours / row.baseline)} x"


def load() -> str:
    """How busy the machine was: a figure taken beside other work is worse than the program's own."""
    one, five, _ = os.getloadavg()
    return f"Load of the machine at the end: {one:.1f} (1 min), {five:.1f} (5 min), on {os.cpu_count()} cores."


def show(title: str, baseline: str, rows: Sequence[Row], *, notes: Sequence[str] = ()) -> None:
    """Print the table; `baseline` names what the second column is."""
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("what")
    for name in ("NEXUS", baseline, "ratio"):
        table.add_column(name, justify="right")
    table.add_column("unit")
    if any(row.aim for row in rows):
        table.add_column("aim")
    for row in rows:
        cells = (row.what, figure(row.ours), figure(row.baseline), ratio(row), row.unit, row.aim)
        table.add_row(*cells[: len(table.columns)])
    console = Console()
    console.width = max(console.width, WIDTH)
    console.print(table)
    for note in (*notes, load()):
        console.print(f"  {note}", style="dim", highlight=False)
    console.print()
