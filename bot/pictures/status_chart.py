"""The company at a glance: money, the orders of the last day, who works on what, and how the parts are.

No words but names stand in it; what the colours mean is in the caption.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.pictures.axis import INKS, step_for
from bot.pictures.canvas import FAINT, GRID, INK, Canvas, Ink, Page, drawable, shortened, width_of
from bot.pictures.cost_chart import used_bar
from company.money import dollars
from company.records import Condition
from company.reports import CapLine, EmployeeLine, HourOfOrders, StatusReport

WIDTH, HEIGHT = 480, 400
LEFT, RIGHT = 34, 16
CHART_TOP, CHART_FLOOR = 92, 226
STAFF_Y, HEALTH_Y = 262, 356
OUTCOMES = {
    "delivered": INKS[0], "unverified": Ink("f0c330"), "failed": Ink("d1453b"), "stopped": Ink("b3b9bf"),
}  # fmt: skip
HEALTH = {
    Condition.OK: Ink("3d9a6d"), Condition.WARNING: Ink("f0a63a"), Condition.ILL: Ink("d1453b"),
    Condition.OFF: Ink("c9ced4"),
}  # fmt: skip
FREE, AWAY, BUSY = Ink("3d9a6d"), Ink("c9ced4"), INKS[0]
MOST_EMPLOYEES = 6


def status_chart(report: StatusReport, hours: Sequence[HourOfOrders]) -> Page:
    """The picture of a report and of the orders that ended in each of the last 24 hours."""
    canvas = Canvas(WIDTH, HEIGHT)
    _money(canvas, report.caps)
    _orders(canvas, hours)
    _staff(canvas, report.employees)
    _health(canvas, report)
    return canvas.page()


def _money(canvas: Canvas, caps: Sequence[CapLine]) -> None:
    """A bar for each cap: the day, then the month; a member's own day."""
    shown = caps[:2]
    room = (WIDTH - LEFT - RIGHT - 24 * (len(shown) - 1)) / max(len(shown), 1)
    for number, cap in enumerate(shown):
        x = LEFT + number * (room + 24)
        canvas.words(x, 36, dollars(cap.used_micro), size=17, bold=True)
        canvas.words(x + room, 36, f"/ {dollars(cap.cap_micro)}", size=11, ink=FAINT, align="right")
        days = "30" if cap.scope == "month" else "1"
        used_bar(canvas, x, 45, room, cap)
        _calendar(canvas, x + width_of(dollars(cap.used_micro), 17, bold=True) + 10, 25, days)


def _calendar(canvas: Canvas, x: float, y: float, days: str) -> None:
    """A leaf of a calendar with how many days it stands for: no word needed."""
    canvas.box(x, y, 18, 15, Ink("dfe4e9"), radius=3)
    canvas.box(x, y, 18, 4, FAINT, radius=2)
    canvas.words(x + 9, y + 12.5, days, size=8, ink=INK, bold=True, align="middle")


def _orders(canvas: Canvas, hours: Sequence[HourOfOrders]) -> None:
    most = max((sum(getattr(hour, end) for end in OUTCOMES) for hour in hours), default=0)
    step = step_for(max(most, 1))
    top = step * -(-max(most, 1) // step)
    room = CHART_FLOOR - CHART_TOP
    for count in range(0, top + 1, step):
        y = CHART_FLOOR - room * count / top
        canvas.line((LEFT, y), (WIDTH - RIGHT, y), GRID)
        canvas.words(LEFT - 8, y + 3.5, str(count), size=10, ink=FAINT, align="right")
    pitch = (WIDTH - LEFT - RIGHT) / max(len(hours), 1)
    for number, hour in enumerate(hours):
        x, y = LEFT + pitch * number + pitch * 0.14, float(CHART_FLOOR)
        for end, ink in OUTCOMES.items():
            height = room * getattr(hour, end) / top
            y -= height
            canvas.box(x, y, pitch * 0.72, height, ink)
        if (len(hours) - 1 - number) % 3 == 0:  # the current hour has its number
            middle = LEFT + pitch * (number + 0.5)
            canvas.words(middle, CHART_FLOOR + 15, f"{hour.hour}:00", size=9.5, ink=FAINT, align="middle")


def _staff(canvas: Canvas, employees: Sequence[EmployeeLine]) -> None:
    """A card for each employee: name, a dot (busy, free, away), the orders at work, what the day cost."""
    shown = employees[:MOST_EMPLOYEES]
    gap = 10
    room = min(150.0, (WIDTH - LEFT - RIGHT - gap * (len(shown) - 1)) / max(len(shown), 1))
    for number, one in enumerate(shown):
        x = LEFT + number * (room + gap)
        canvas.box(x, STAFF_Y, room, 66, Ink("f4f6f8"), radius=6)
        canvas.dot(x + 13, STAFF_Y + 16, 4, BUSY if one.working_on else FREE if one.available else AWAY)
        name = one.title if drawable(one.title) else str(number + 1)
        canvas.words(x + 23, STAFF_Y + 20, shortened(name, 12, room - 30, bold=True), size=12, bold=True)
        orders = " ".join(f"#{order}" for order in one.working_on) or "–"
        canvas.words(x + 12, STAFF_Y + 38, shortened(orders, 10.5, room - 20), size=10.5)
        canvas.words(x + 12, STAFF_Y + 55, dollars(one.cost_today_micro), size=10.5, ink=FAINT)


def _health(canvas: Canvas, report: StatusReport) -> None:
    x, y = float(LEFT), float(HEALTH_Y)
    for part in report.health:
        name = shortened(part.part, 10, 110) if drawable(part.part) else ""
        wide = 14 + width_of(name, 10) + 16
        if x + wide > WIDTH - RIGHT:
            x, y = float(LEFT), y + 19
        if y > HEIGHT - 14:
            break
        canvas.dot(x + 4, y - 3.5, 4, HEALTH[part.condition])
        canvas.words(x + 14, y, name, size=10)
        x += wide
