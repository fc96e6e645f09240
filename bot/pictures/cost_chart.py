"""What was spent, as columns in the order of time, a colour for each employee. Figures come from the report alone.

Only figures, dates and names that the fonts have stand in the picture: its words are in the caption, in any language.
"""

from __future__ import annotations

from collections import defaultdict

from bot.pictures.axis import INKS, dollars_on_axis, step_for
from bot.pictures.canvas import FAINT, GRID, Canvas, Ink, Page, drawable, shortened, width_of
from company.money import dollars
from company.reports import CapLine, CostReport

WIDTH, HEIGHT = 480, 330
LEFT, RIGHT, TOP, BOTTOM = 54, 16, 116, 28
CAP = Ink("c43d3d")
CAP_IN_SIGHT = 3  # the cap is a line in the picture while it is at most so many times the highest column
LEGEND_Y, LEGEND_GAP, NAME_ROOM, LEGEND_LINE = 82, 11, 48, 16


def ranked(report: CostReport) -> tuple[str, ...]:
    """The employees, the dearest first."""
    sums: dict[str, int] = defaultdict(int)
    for spent in report.series.spent:
        sums[spent.employee] += spent.charged_micro
    return tuple(sorted(sums, key=lambda name: (-sums[name], name)))


def cost_chart(report: CostReport) -> Page:
    """The picture of a report."""
    canvas = Canvas(WIDTH, HEIGHT)
    employees = ranked(report)
    inks = {name: INKS[min(number, len(INKS) - 1)] for number, name in enumerate(employees)}
    canvas.words(LEFT, 42, dollars(report.total_micro), size=27, bold=True)
    first, last = report.series.first_day, report.series.last_day
    canvas.words(LEFT, 61, first if first == last else f"{first} – {last}", size=10.5, ink=FAINT)
    day_cap = next((cap for cap in report.caps if cap.scope in ("day", "person")), None)
    if day_cap is not None:
        _today(canvas, day_cap)
    _legend(canvas, report, employees, inks)
    _plot(canvas, report, inks, day_cap.cap_micro if day_cap and report.series.unit == "day" else 0)
    return canvas.page()


def _today(canvas: Canvas, cap: CapLine) -> None:
    """What is used of the day's cap, as a bar at the upper right."""
    right, width = WIDTH - RIGHT, 150
    words = f"{dollars(cap.used_micro)} / {dollars(cap.cap_micro)}"
    canvas.words(right, 40, words, size=11, align="right")
    used_bar(canvas, right - width, 48, width, cap)


def used_bar(canvas: Canvas, x: float, y: float, width: float, cap: CapLine, *, height: float = 9) -> None:
    """How much of a cap is used, and reserved on top of it (paler)."""
    most = max(cap.cap_micro, 1)
    used = min(1.0, cap.used_micro / most)
    held = min(1.0, (cap.used_micro + cap.reserved_micro) / most)
    canvas.box(x, y, width, height, GRID, radius=height / 2)
    canvas.box(x, y, width * held, height, Ink("a9c4dc"), radius=height / 2)
    canvas.box(x, y, width * used, height, CAP if used >= 0.9 else INKS[0], radius=height / 2)


def _legend(canvas: Canvas, report: CostReport, employees: tuple[str, ...], inks: dict[str, Ink]) -> None:
    sums: dict[str, int] = defaultdict(int)
    for spent in report.series.spent:
        sums[spent.employee] += spent.charged_micro
    shown, rest = employees[: len(INKS) - 1], employees[len(INKS) - 1 :]
    entries = [(_label(name, number), sums[name], inks[name]) for number, name in enumerate(shown, 1)]
    if rest:
        entries.append((f"+{len(rest)}", sum(sums[name] for name in rest), INKS[-1]))
    x, y = float(LEFT), float(LEGEND_Y)
    for label, cost, ink in entries:
        words = f"{label}  {dollars(cost)}"
        wide = 14 + width_of(words, 10.5)
        if x + wide > WIDTH - RIGHT:
            x, y = float(LEFT), y + LEGEND_LINE
        canvas.box(x, y - 8, 9, 9, ink, radius=2)
        canvas.words(x + 14, y, words, size=10.5)
        x += wide + LEGEND_GAP


def _label(name: str, number: int) -> str:
    """A name that the fonts have, or its number in the caption."""
    return shortened(titled(name), 10.5, NAME_ROOM) if drawable(name) else str(number)


def titled(name: str) -> str:
    """ "intern" as people read it."""
    return name.upper() if name in ("ceo", "qa") else name.capitalize() if name.islower() else name


def _plot(canvas: Canvas, report: CostReport, inks: dict[str, Ink], cap: int) -> None:
    columns: dict[str, dict[str, int]] = {slot: {} for slot in report.series.slots}
    for spent in report.series.spent:
        columns[spent.slot][spent.employee] = spent.charged_micro
    highest = max((sum(column.values()) for column in columns.values()), default=0)
    in_sight = 0 < cap <= CAP_IN_SIGHT * highest
    step = step_for(max(highest, cap if in_sight else 0, 1))
    most = step * -(-max(highest, cap if in_sight else 0, 1) // step)
    floor, room = HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP
    for amount in range(0, most + 1, step):
        y = floor - room * amount / most
        canvas.line((LEFT, y), (WIDTH - RIGHT, y), GRID)
        canvas.words(LEFT - 8, y + 3.5, dollars_on_axis(amount, step), size=10, ink=FAINT, align="right")
    pitch = (WIDTH - RIGHT - LEFT) / max(len(columns), 1)
    width = min(44.0, pitch * 0.72)
    for number, column in enumerate(columns.values()):
        x, y = LEFT + pitch * number + (pitch - width) / 2, float(floor)
        for name in inks:
            height = room * column.get(name, 0) / most
            y -= height
            canvas.box(x, y, width, height, inks[name])
    if in_sight:
        y = floor - room * cap / most
        canvas.line((LEFT, y), (WIDTH - RIGHT, y), CAP, dashed=True)
        canvas.words(WIDTH - RIGHT, y - 5, dollars(cap), size=10, ink=CAP, align="right")
    elif cap and highest:
        canvas.peak(WIDTH - RIGHT - 5, TOP - 10, CAP)
        canvas.words(WIDTH - RIGHT - 14, TOP - 3, dollars(cap), size=10, ink=CAP, align="right")
    _dates(canvas, tuple(columns), pitch, report.series.unit)


def _dates(canvas: Canvas, slots: tuple[str, ...], pitch: float, unit: str) -> None:
    """Hours as they are; days as 11-21; months as 2026-11. As many as fit."""
    labels = [slot[5:] if unit == "day" else slot for slot in slots]
    every = max(1, -(-int(width_of(max(labels, key=len, default=""), 10) + 9) // max(1, int(pitch))))
    for number in range(len(labels) - 1, -1, -every):  # the newest has its date
        x = LEFT + pitch * (number + 0.5)
        canvas.words(x, HEIGHT - BOTTOM + 15, labels[number], size=10, ink=FAINT, align="middle")
