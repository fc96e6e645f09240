"""Pictures: the PNG as an independent library reads it, columns as high as their data, what the fonts lack, failures."""

from __future__ import annotations

import asyncio
import io
import sys
import zlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.pictures import Canvas, DrawingFailed, Page, Studio, drawable
from bot.pictures.axis import INKS, dollars_on_axis, step_for
from bot.pictures.canvas import SCALE, shortened, width_of
from bot.pictures.cost_chart import CAP, LEFT, RIGHT, WIDTH, cost_chart, ranked
from bot.pictures.raster import pixels
from bot.pictures.status_chart import OUTCOMES, status_chart
from company.png import encoded
from company.records import Condition, Health, Tier
from company.reports import CapLine, CostReport, EmployeeLine, HourOfOrders, Series, Spent, StatusReport

DAYS = tuple(f"2026-11-{day:02}" for day in range(15, 22))


def report(*spent: tuple[str, str, int], cap: int = 5_000_000) -> CostReport:
    rows = tuple(Spent(slot=slot, employee=employee, charged_micro=cost) for slot, employee, cost in spent)
    series = Series(unit="day", first_day=DAYS[0], last_day=DAYS[-1], slots=DAYS, spent=rows)
    return CostReport(
        period="week", since=0, lines=(), total_micro=sum(row.charged_micro for row in rows), reserved_micro=0,
        in_doubt_calls=0, in_doubt_micro=0, saved_micro=0, by_day=(), orders=1, series=series,
        caps=(CapLine(scope="day", used_micro=420_000, reserved_micro=0, cap_micro=cap),),
    )  # fmt: skip


def drawn(page: Page) -> Image.Image:
    """As the child draws it, read by a library that is not ours."""
    picture = Image.open(io.BytesIO(encoded(*pixels(page))))
    picture.load()
    return picture.convert("RGB")


def colour(ink: str) -> tuple[int, int, int]:
    return int(ink[:2], 16), int(ink[2:4], 16), int(ink[4:], 16)


def counted(picture: Image.Image, box: tuple[int, int, int, int]) -> Counter[object]:
    """How many pixels of each colour are in a box."""
    colours = picture.crop(box).getcolors(100_000) or []
    return Counter({ink: count for count, ink in colours})


def column_of(picture: Image.Image, ink: str, left: float, right: float, top: float) -> int:
    """The height of the highest stretch of a colour below `top`, between two places; points become pixels."""
    return max(
        counted(picture, (x, int(top * SCALE), x + 1, picture.height))[colour(ink)]
        for x in range(int(left * SCALE) + 4, int(right * SCALE) - 4, 3)
    )


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_any_pixels_come_back_from_the_png(width, height, chance):
    data = chance.randbytes(3 * width * height)
    picture = Image.open(io.BytesIO(encoded(data, width, height)))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (width, height))
    assert picture.tobytes() == data


def test_pixels_that_do_not_fit_are_refused():
    for data, width, height in ((b"abc", 2, 1), (b"", 0, 5), (b"", -1, -1)):
        with pytest.raises(ValueError, match="not the pixels"):
            encoded(data, width, height)


def test_columns_are_as_high_as_what_was_spent():
    picture = drawn(
        cost_chart(report((DAYS[0], "intern", 1_000_000), (DAYS[3], "intern", 500_000), (DAYS[6], "intern", 250_000)))
    )
    assert picture.size == (1200, 825)
    pitch = (WIDTH - RIGHT - LEFT) / 7
    tall = [column_of(picture, INKS[0], LEFT + day * pitch, LEFT + (day + 1) * pitch, 110) for day in range(7)]
    assert tall[1] == tall[2] == tall[4] == tall[5] == 0
    assert tall[0] > 300
    assert tall[0] == pytest.approx(2 * tall[3], abs=2)
    assert tall[0] == pytest.approx(4 * tall[6], abs=4)


def test_columns_are_stacked_the_dearest_lowest_and_in_its_own_colour():
    one = report((DAYS[2], "intern", 300_000), (DAYS[2], "ceo", 600_000), (DAYS[2], "admin", 100_000))
    assert ranked(one) == ("ceo", "intern", "admin")
    picture = drawn(cost_chart(one))
    pitch = (WIDTH - RIGHT - LEFT) / 7
    tall = [column_of(picture, INKS[n], LEFT + 2 * pitch, LEFT + 3 * pitch, 110) for n in range(3)]
    assert tall[0] > 200
    assert tall[0] == pytest.approx(2 * tall[1], abs=3)
    assert tall[0] == pytest.approx(6 * tall[2], abs=6)
    middle = int((LEFT + 2.5 * pitch) * SCALE)
    seen = [picture.getpixel((middle, y)) for y in range(290, 740)]
    order = [ink for ink in dict.fromkeys(seen) if ink in {colour(i) for i in INKS[:3]}]
    assert order == [colour(INKS[2]), colour(INKS[1]), colour(INKS[0])]


@pytest.mark.parametrize(("cap", "line"), [(1_500_000, True), (50_000_000, False)])
def test_a_cap_is_a_line_while_it_is_in_sight(cap: int, line: bool):
    picture = drawn(cost_chart(report((DAYS[0], "intern", 1_000_000), cap=cap)))
    rows = (counted(picture, (300, y, 1100, y + 1)) for y in range(270, 740))
    assert any(row[colour(CAP)] > 200 for row in rows) is line


def test_an_empty_report_is_a_picture_too():
    assert drawn(cost_chart(report())).size == (1200, 825)
    assert drawn(cost_chart(replace(report(), series=Series(), caps=()))).size == (1200, 825)


def test_a_name_without_letters_in_the_fonts_is_its_number():
    page = cost_chart(report((DAYS[0], "Бухгалтер", 9), (DAYS[0], "会计", 8), (DAYS[0], "Zoë (b)", 7)))
    assert "(1  $0.000009) Tj" in page.content
    assert "(2  $0.000008) Tj" in page.content
    assert r"(Zo\353 \050b\051  $0.000007) Tj" in page.content
    assert not drawable("会计")
    with pytest.raises(ValueError, match="can't be drawn"):
        Canvas(10, 10).words(0, 0, "会计")
    assert page.content.isascii()


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=40))
def test_no_name_breaks_the_page(name):
    page = cost_chart(report((DAYS[0], name, 10_000), (DAYS[1], "intern", 20_000)))
    assert page.content.isascii()
    assert Page.from_json(page.as_json()) == page


def test_many_employees_are_five_and_the_others():
    page = cost_chart(report(*((DAYS[0], f"e{number}", 10_000 - number) for number in range(8))))
    assert "(+3  $0.0300) Tj" in page.content


@settings(deadline=None)
@given(st.integers(1, 10**13))
def test_an_axis_has_at_most_four_lines_above_zero_and_exact_labels(most):
    step = step_for(most)
    assert step < most * 2 or most < 2
    assert step * 4 >= most
    text = dollars_on_axis(step, step)
    assert round(float(text.removeprefix("$").replace(",", "")) * 1_000_000) == step


def test_words_are_measured_and_cut():
    assert width_of("0000", 10) == pytest.approx(22.24)
    assert shortened("Director", 10, 100) == "Director"
    assert width_of(shortened("Director of everything", 10, 50), 10) <= 50


def status(health: tuple[Health, ...] = (), employees: tuple[EmployeeLine, ...] = ()) -> StatusReport:
    caps = (CapLine(scope="day", used_micro=2_500_000, reserved_micro=0, cap_micro=5_000_000),)
    return StatusReport(
        at=0, company="NEXUS", version="0", up_ms=0, running=(), waiting=(), recent=(), orders_today=0,
        open_decisions=0, employees=employees, caps=caps, health=health, warnings=(),
    )  # fmt: skip


def hours(**last: int) -> tuple[HourOfOrders, ...]:
    none = {"delivered": 0, "unverified": 0, "failed": 0, "stopped": 0}
    return (
        *(HourOfOrders(hour=f"{hour:02}", **none) for hour in range(22)),
        HourOfOrders(hour="22", **{**none, "delivered": 8}), HourOfOrders(hour="23", **none | last),
    )  # fmt: skip


def test_the_last_day_shows_each_outcome_as_high_as_its_count():
    picture = drawn(status_chart(status(), hours(delivered=2, unverified=4, failed=1, stopped=1)))
    assert picture.size == (1200, 1000)
    tall = {end: column_of(picture, ink, 445, 464, 92) for end, ink in OUTCOMES.items()}
    whole = column_of(picture, OUTCOMES["delivered"], 427, 445, 92)
    assert whole > 200
    assert tall["unverified"] == pytest.approx(2 * tall["delivered"], abs=3)
    assert tall["delivered"] == pytest.approx(2 * tall["failed"], abs=3)
    assert tall["failed"] == pytest.approx(tall["stopped"], abs=2)
    assert sum(tall.values()) == pytest.approx(whole, abs=4)


def test_the_glance_names_who_works_on_what_and_what_is_ill():
    lines = tuple(
        EmployeeLine(
            name=name, title=name, tier=Tier.INTERN, model="", available=True, working_on=working, orders_today=1,
            cost_today_micro=3_100,
        )
        for name, working in (("Intern", (41, 42)), ("Бухгалтер", ()))
    )  # fmt: skip
    parts = (
        Health(part="telegram", condition=Condition.OK), Health(part="books", condition=Condition.ILL),
        Health(part="часы", condition=Condition.WARNING), *(Health(part=f"part {n}", condition=Condition.OFF) for n in range(60)),
    )  # fmt: skip
    page = status_chart(status(parts, lines), hours())
    for words in ("(Intern) Tj", "(#41 #42) Tj", "(2) Tj", "(telegram) Tj", "(books) Tj"):
        assert words in page.content
    assert drawn(page).size == (1200, 1000)


async def test_a_child_draws_the_same_pixels_and_leaves_nothing_loaded():
    page = cost_chart(report((DAYS[0], "intern", 1_000_000)))
    async with asyncio.timeout(30):
        picture = await Studio().draw(page)
    assert zlib.crc32(Image.open(io.BytesIO(picture)).convert("RGB").tobytes()) == zlib.crc32(drawn(page).tobytes())


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ((sys.executable, "-c", "raise SystemExit('no room')"), "no room"),
        ((sys.executable, "-c", "print('not a picture')"), "no picture"),
        (("/nowhere/python",), "FileNotFoundError"),
        ((sys.executable, "-c", "import time; time.sleep(60)"), "TimeoutError"),
    ],
)
async def test_a_child_that_fails_is_a_sentence(command: tuple[str, ...], said: str):
    with pytest.raises(DrawingFailed, match=said):
        await Studio(command, patience_s=1.0).draw(Canvas(10, 10).page())
