"""The built-in tools, and how a function becomes one."""

from __future__ import annotations

import asyncio
import stat
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from company.books import SqliteBooks
from company.errors import ConfigError, ToolError
from company.records import ToolCall
from employees.toolbox import Equipment, Outcome, Repeat, Toolbox, Work, load_tools, tool
from employees.tools.calculate import evaluate
from employees.tools.save_note import file_name
from tests.fakes.clock import TurnedClock
from tests.unit.employees.office import Shelf, open_office

WORK = Work(person_id="p", order_id="o", attempt_id="a", employee="intern", turn=1, receipt_id="0199-abcdef012345")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("0.1 + 0.2", "0.3"),
        ("1/3", "about 0.333333333333333"),
        ("7 // 2 + 7 % 4", "6"),
        ("2 ** 100", "1267650600228229401496703205376"),
        ("2^-2", "0.25"),
        ("-(3 - 5) × 4 ÷ 2", "4"),
        ("round(2.345, 2)", "2.35"),
        ("round(-2.5)", "-3"),
        ("sqrt(144) + sqrt(0.25)", "12.5"),
        ("sqrt(2)", "about 1.4142135623731"),
        ("mean(1, 2, 3, 5)", "2.75"),
        ("sum(0.10, 0.20, 0.30) * 100", "60"),
        ("min(3) + max(1, 2)", "5"),
        ("1234567.89 * 0.19", "234567.8991"),
        ("1e3", "1000"),
        ("12345678901234567890.5 * 2", "24691357802469135781"),
        ("1_000.5 + 0x10", "1016.5"),
        ("log10(1000)", "3"),
        ("10 ** 200 / 3", "about 3.33333333333333E+199"),
    ],
)
def test_sums(expression: str, value: str) -> None:
    assert evaluate(expression) == value


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true')", "().__class__", "'a' * 9", "[1] * 9", "9 ** 9 ** 9", "10 ** 100000", "1 / 0",
        "1 if 1 else 2", "lambda: 1", "x + 1", "abs()", "True + 1", "round(1, 2, 3)", "sqrt(-1)", "log(0)", "(-8) ** 0.5",
        "1 +", "", "f(1)", "1; 2", "1 < 2", "factorial(10)", "1j", "(" * 200, "1+" * 400 + "1",
        "exp(100000)", "sum(*[1, 2])", "1 == 1", "inf", "1e999999999", "1e-999999999", "((9**999)**999)**999",
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused_quickly(expression: str) -> None:
    with pytest.raises(ToolError):
        evaluate(expression)


@given(
    st.lists(st.tuples(st.integers(-999, 999), st.sampled_from("+-*")), min_size=1, max_size=8), st.integers(-999, 999)
)
@settings(max_examples=150, deadline=None)
def test_sums_are_those_of_python(parts: list[tuple[int, str]], last: int) -> None:
    expression = "".join(f"({number}){sign}" for number, sign in parts) + f"({last})"
    assert Fraction(evaluate(expression)) == eval(expression)


@pytest.mark.parametrize(
    "title",
    ["../../etc/passwd", "/abs", "..", "a\x00b", "C:\\x", "", "…", "x" * 500, "Übersicht: Preise & Ziele", "价" * 300],
)
def test_a_note_stays_in_its_folder(title: str) -> None:
    name = file_name(title, "0199-abcdef012345")
    assert "/" not in name
    assert "\x00" not in name
    assert not name.startswith(".")
    assert name.endswith("-ef012345.md")
    assert len(name.encode()) < 200


async def test_a_note_is_written_whole_once(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    equipment = Equipment(library=Shelf(), notes_dir=notes)
    made = (await asyncio.to_thread(load_tools, frozenset({"save_note"}), equipment))["save_note"]
    for _ in range(2):
        got = await made.function(WORK, title="Trip: plan", text="# Trip")
        assert got.text == "Saved as notes/trip-plan-ef012345.md"

    def look() -> list[tuple[str, str, int]]:
        return [(one.name, one.read_text(), stat.S_IMODE(one.stat().st_mode)) for one in notes.iterdir()]

    assert await asyncio.to_thread(look) == [("trip-plan-ef012345.md", "# Trip\n", 0o600)]


async def test_a_note_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    await asyncio.to_thread(notes.write_text, "a file, not a folder")
    equipment = Equipment(library=Shelf(), notes_dir=notes)
    made = (await asyncio.to_thread(load_tools, frozenset({"save_note"}), equipment))["save_note"]
    with pytest.raises(ToolError, match="not saved"):
        await made.function(WORK, title="a", text="b")


def test_a_function_becomes_a_tool() -> None:
    async def weather(_work: Work, town: str, days: int = 1) -> Outcome:
        """The weather
        in a town.

        This is for people who read the code.
        """
        return Outcome(text=f"{town} {days}")

    spec = tool(weather, repeat=Repeat.PURE).spec
    assert (spec.name, spec.description) == ("weather", "The weather in a town.")
    assert spec.schema == {
        "type": "object",
        "properties": {"town": {"type": "string"}, "days": {"type": "integer", "default": 1}},
        "required": ["town"],
    }


async def test_an_unknown_tool_fails_the_start() -> None:
    equipment = Equipment(library=Shelf(), notes_dir=Path("notes"))
    with pytest.raises(ConfigError, match="no tool 'teleport'"):
        await asyncio.to_thread(load_tools, frozenset({"teleport"}), equipment)
    with pytest.raises(ConfigError, match=r"no tool 'company\.money'"):
        await asyncio.to_thread(load_tools, frozenset({"company.money"}), equipment)


@pytest.mark.parametrize(("repeat", "state"), [(Repeat.PURE, "failed"), (Repeat.ONCE, "unknown")])
@pytest.mark.parametrize("how", ["slow", "broken"])
async def test_a_tool_that_hangs_or_breaks(
    books: SqliteBooks, clock: TurnedClock, tmp_path: Path, repeat: Repeat, state: str, how: str
) -> None:
    office = await open_office(books, clock, tmp_path)

    async def odd(_work: Work) -> Outcome:
        """Odd."""
        if how == "broken":
            raise RuntimeError("the wire fell off")
        await asyncio.Event().wait()
        return Outcome(text="never")

    box = Toolbox(books, clock, {"odd": tool(odd, repeat=repeat, timeout_s=0.05)})
    work = Work(
        person_id="p", order_id=office.job.order.id, attempt_id="attempt-1", employee="intern", turn=1
    )  # fmt: skip
    receipt = await box.use(ToolCall(id="c", name="odd", arguments={}), ("odd",), work)
    assert receipt.state == state
    assert "the wire fell off" not in receipt.text


async def test_a_long_result_is_cut(books: SqliteBooks, clock: TurnedClock, tmp_path: Path) -> None:
    office = await open_office(books, clock, tmp_path)

    async def much(_work: Work) -> Outcome:
        """Much."""
        return Outcome(text="x" * 50_000)

    box = Toolbox(books, clock, {"much": tool(much, repeat=Repeat.PURE)})
    work = Work(person_id="p", order_id=office.job.order.id, attempt_id="attempt-1", employee="intern", turn=1)
    receipt = await box.use(ToolCall(id="c", name="much", arguments={}), ("much",), work)
    assert len(receipt.text) < 20_100
    assert "too long" in receipt.text
