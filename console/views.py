"""What the terminal shows, made from reports: functions from a report to something that rich can print.

All of it can be read at 60 columns and without colour: a mark always stands beside its word. Text from outside is never
taken as markup, and its control characters are taken out, so that no answer can steer the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from company.audit import Entry
from company.clock import as_datetime, day_of
from company.figures import age, count
from company.money import dollars
from company.records import Citation, Condition, Health, Receipt
from company.reports import AuditPage, CapLine, CostReport, EmployeeLine, OrderLine, StatusReport
from console.protocol import Brought, Command, Name

MARKS = {
    Condition.OK: ("●", "on", "green"),
    Condition.OFF: ("○", "off", "dim"),
    Condition.WARNING: ("▲", "warning", "yellow"),
    Condition.ILL: ("✖", "ill", "bold red"),
}
"""Mark, word and style of a condition."""

BAR = 12
PERIODS = {"today": "today", "week": "the last seven days", "month": "this month", "all": "since the beginning"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
READ_THERE = "read there, within the hour: "
OWN_PAGE = "your own page, for twelve hours: "


def plain(text: str) -> str:
    """`text` without control characters (line breaks and tabs stay) and without marks that turn the reading order."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """`text` on one line."""
    return " ".join(plain(text).split())


def _cut(text: str) -> Text:
    """On one line, cut where the column ends. Only a column that may wrap gives way to the others."""
    return Text(one_line(text), no_wrap=True, overflow="ellipsis")


def tokens(number: int) -> str:
    """ "950", "12.4k", "3.1M"."""
    if number < 1000:
        return str(number)
    return f"{number / 1000:.1f}k" if number < 1_000_000 else f"{number / 1_000_000:.1f}M"


def bar(used: int, reserved: int, cap: int, width: int = BAR) -> Text:
    """A cap as a bar: used, reserved, free."""
    share = (used / cap if cap else 1.0) if used or cap == 0 else 0.0
    full = min(width, round(width * used / cap)) if cap else width
    full = max(full, 1) if used else full
    held = min(width - full, round(width * reserved / cap)) if cap else 0
    style = "red" if share >= 1 else "yellow" if share >= 0.75 else "green"
    drawn = Text("━" * full, style=style)
    drawn.append("━" * held, style="cyan").append("─" * (width - full - held), style="dim")
    return drawn


# -- status -----------------------------------------------------------------------------------------------------------


def status(report: StatusReport) -> RenderableType:
    """Orders, employees, money and health."""
    title = Text.assemble(
        (one_line(report.company), "bold"),
        (f"  {report.version} · up {age(report.up_ms)} · {count(report.orders_today, 'order')} today", "dim"),
    )
    parts: list[RenderableType] = [title]
    parts += [Text(f"▲ {one_line(warning)}", style="yellow") for warning in report.warnings]
    if report.open_decisions:
        parts.append(Text(f"▲ {count(report.open_decisions, 'decision')} to take", style="yellow"))
    if report.running or report.waiting:
        parts += [_heading("Orders"), orders((*report.running, *report.waiting))]
    else:
        parts.append(Text("No order is being worked on.", style="dim"))
    if report.recent:
        parts += [_heading("Latest"), orders(report.recent)]
    parts += [_heading("Employees"), employees(report.employees)]
    if report.caps:
        parts += [_heading("Money"), caps(report.caps)]
    parts += [_heading("House"), health(report.health)]
    return Group(*parts)


def orders(lines: Sequence[OrderLine]) -> Table:
    """Orders, one a line."""
    table = _table("#", "what", "state", "who", "age", "cost", right=("#", "age", "cost"), wide="what")
    for line in lines:
        state = f"for {one_line(line.waiting_for)}" if line.waiting_for else line.state.value
        tier = line.tier.value if line.tier is not None else ""
        tier = f"{tier} · {line.difficulty}" if line.difficulty else tier
        table.add_row(str(line.number), _cut(line.text), state, tier, age(line.age_ms), dollars(line.cost_micro))
    return table


def employees(lines: Sequence[EmployeeLine]) -> Table:
    """The org chart."""
    table = _table("employee", "model", "now", "today", right=("today",), wide="model")
    for line in lines:
        mark, _, style = MARKS[Condition.OK if line.available else Condition.OFF]
        name = Text.assemble((f"{mark} ", style), one_line(line.title))
        now = ", ".join(f"#{number}" for number in line.working_on) or ("free" if line.available else "off")
        table.add_row(name, _cut(line.model or "no model"), now, dollars(line.cost_today_micro))
    return table


def caps(lines: Iterable[CapLine]) -> Table:
    """What is used of each cap."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    for column in ("scope", "bar", "used"):
        table.add_column(column, no_wrap=column != "used")
    for line in lines:
        used = f"{dollars(line.used_micro)} of {dollars(line.cap_micro)}"
        if line.reserved_micro:
            used += f" (+ {dollars(line.reserved_micro)} reserved)"
        table.add_row(line.scope, bar(line.used_micro, line.reserved_micro, line.cap_micro), used)
    return table


def health(rows: Sequence[Health]) -> RenderableType:
    """How each part is; the mend stands under what needs one."""
    if not rows:
        return Text("Nothing has been looked at yet.", style="dim")
    return _parts(rows)


# -- start-up and doctor ----------------------------------------------------------------------------------------------


def start_up(company: str, version: str, rows: Sequence[Health]) -> RenderableType:
    """What is on, what is off, and how to turn it on."""
    on = sum(row.condition is Condition.OK for row in rows)
    title = Text.assemble((one_line(company), "bold"), (f"  {version} · {on} of {len(rows)} parts are on", "dim"))
    return Group(title, _parts(rows))


def diagnosis(rows: Sequence[Health]) -> RenderableType:
    """Every check of `nexus doctor`, and a verdict."""
    ill = sum(row.condition is Condition.ILL for row in rows)
    warned = sum(row.condition is Condition.WARNING for row in rows)
    if ill:
        verdict = Text(f"✖ {ill} to mend before the company can work well", style="bold red")
    elif warned:
        verdict = Text(f"▲ fit to work; {warned} to look at", style="yellow")
    else:
        verdict = Text("● fit to work", style="green")
    return Group(_parts(rows), Text(), verdict)


def _parts(rows: Sequence[Health]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column("part", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("detail", overflow="fold")
    for row in rows:
        mark, word, style = MARKS[row.condition]
        detail = Text(one_line(row.detail))
        if row.mend and row.condition is not Condition.OK:
            detail.append("\n" if row.detail else "").append(f"→ {one_line(row.mend)}", style="cyan")
        table.add_row(Text.assemble((mark, style), f" {one_line(row.part)}"), Text(word, style=style), detail)
    return table


# -- cost -------------------------------------------------------------------------------------------------------------


def cost(report: CostReport) -> RenderableType:
    """The ledger: by employee with bars, by day, and the caps."""
    title = Text.assemble(
        (dollars(report.total_micro), "bold"),
        f" {PERIODS.get(report.period, report.period)}",
        (f"  {count(report.orders, 'order')}", "dim"),
    )
    parts: list[RenderableType] = [title]
    if report.lines:
        table = _table("who", "cost", "", "calls", "tokens", right=("cost", "calls", "tokens"), wide="who")
        most = max(line.charged_micro for line in report.lines)
        for line in report.lines:
            who = Text.assemble(one_line(line.employee), (f"\n{one_line(line.model)}", "dim"))
            who.no_wrap, who.overflow = True, "ellipsis"
            share = Text(bar(line.charged_micro, 0, most or 1, 6).plain, style="green")
            used = f"{tokens(line.input_tokens)} → {tokens(line.output_tokens)}"
            table.add_row(who, dollars(line.charged_micro), share, str(line.calls), used)
        parts.append(table)
    else:
        parts.append(Text("No model was paid in this period.", style="dim"))
    if len(report.by_day) > 1:
        parts += [_heading("By day"), _days(report.by_day)]
    if report.caps:
        parts += [_heading("Caps"), caps(report.caps)]
    notes = []
    if report.reserved_micro:
        notes.append(f"{dollars(report.reserved_micro)} is reserved for calls that run now.")
    if report.in_doubt_calls:
        most_doubt = dollars(report.in_doubt_micro)
        calls = count(report.in_doubt_calls, "call")
        notes.append(f"{calls} cut off by a crash: at most {most_doubt}, not counted above.")
    if report.saved_micro:
        notes.append(f"The cache saved {dollars(report.saved_micro)}.")
    if report.saved_answers:
        answers = count(report.saved_answers, "earlier answer")
        notes.append(f"{answers} given again saved {dollars(report.saved_answers_micro)}.")
    return Group(*parts, *(Text(note, style="dim") for note in notes))


def _days(days: Sequence[tuple[str, int]]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    most = max((micro for _, micro in days), default=0)
    for day, micro in days[-14:]:
        length = round(20 * micro / most) if most else 0
        table.add_row(day[5:], Text("━" * length, style="green"), Text(dollars(micro), justify="right"))
    return table


# -- audit ------------------------------------------------------------------------------------------------------------


def audit(page: AuditPage) -> RenderableType:
    """Facts of the record, and the verdict of a verification."""
    if page.verification is not None:
        return _verification(page)
    if not page.entries:
        return Text("The record has no fact that fits.", style="dim")
    table = _table("no", "when", "fact", "who, what", right=("no",), wide="who, what")
    for entry in page.entries:
        when = as_datetime(entry.at, UTC).strftime("%d %b %H:%M:%S")
        table.add_row(str(entry.number), when, one_line(entry.fact), _cut(fact_detail(entry, page.actor(entry))))
    return Group(table, Text(f"{len(page.entries)} of {page.total} facts, newest last; times are UTC", style="dim"))


def fact_detail(entry: Entry, who: str = "") -> str:
    """Who did it and the particulars, on one line; a long id is cut where no name is known."""
    actor = who or entry.actor
    actor = actor if actor != entry.actor or len(actor) < 20 else "…" + actor[-6:]
    particulars = " ".join(f"{key}={value}" for key, value in entry.payload.items() if value not in ("", None, [], {}))
    return one_line(f"{actor} {particulars}")


def _verification(page: AuditPage) -> Text:
    found = page.verification
    assert found is not None  # noqa: S101 - the caller looked
    if not found.sound:
        return Text(f"✖ The record was tampered with: {one_line(found.problem)}.", style="bold red")
    text = Text(f"✔ The record is whole: {found.entries} facts, {found.anchors} anchors agree.", style="green")
    if found.last_anchor is not None:
        at = as_datetime(found.last_anchor.at, UTC).strftime("%Y-%m-%d %H:%M UTC")
        text.append(f"\nLast anchor: fact {found.last_anchor.number}, {found.last_anchor.place}, {at}", style="dim")
    text.append(f"\nTip: {found.tip}", style="dim")
    return text


# -- commands ---------------------------------------------------------------------------------------------------------


def brought(command: Command, outcome: Brought) -> RenderableType:
    """What a command brought."""
    if outcome.status is not None:
        return status(outcome.status)
    if outcome.cost is not None:
        return cost(outcome.cost)
    if outcome.audit is not None:
        return audit(outcome.audit)
    if outcome.sources is not None:
        found = outcome.sources.citations
        return citations(found) if found else Text("This answer cites no document.", style="dim")
    if outcome.numbers is not None:
        stopped = ", ".join(f"#{number}" for number in outcome.numbers.numbers)
        return Text(f"Stopped: {stopped}" if stopped else "Nothing was running.", style="dim")
    if outcome.words is not None and outcome.words.text:
        return Text(plain(outcome.words.text))
    done = "A new conversation begins." if command.name is Name.NEW else "Done."
    return Text(done, style="dim")


# -- answers ----------------------------------------------------------------------------------------------------------


def receipt(line: Receipt) -> Text:
    """The line under an answer."""
    pieces = [f"#{line.order_number}", line.employee, dollars(line.cost_micro), f"{line.seconds:.1f} s", line.verdict]
    if line.escalations:
        pieces.append("escalated" if line.escalations == 1 else f"escalated {line.escalations} times")
    if line.fallback:
        pieces.append(f"{line.fallback} was down, {line.model} answered")
    if line.sources:
        pieces.append("1 source" if line.sources == 1 else f"{line.sources} sources")
    if line.earlier_at is not None:
        pieces.append(f"from an earlier answer ({day_of(line.earlier_at)})")
    elif line.cached:
        pieces.append("from the cache")
    return Text(" · ".join(one_line(piece) for piece in pieces), style="dim")


def citations(found: Sequence[Citation]) -> RenderableType:
    """The sources of an answer, each with the words that carry the claim."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
    table.add_column("marker", no_wrap=True, style="cyan")
    table.add_column("source", overflow="fold")
    for citation in found:
        source = Text(one_line(citation.document))
        if citation.place:
            source.append(f" · {one_line(citation.place)}", style="dim")
        source.append(f"\n“{one_line(citation.quote)}”", style="italic")
        table.add_row(f"[{citation.marker}]", source)
    return table


def reading_link(link: str, words: str = READ_THERE) -> Text:
    """Where something can be read in its document.

    To be printed by itself and with `soft_wrap`: a link that was wrapped or cropped at the terminal's width is no link.
    """
    return Text.assemble((words, "dim"), (one_line(link), "cyan"))


def choices(labels: Sequence[str]) -> Text:
    """A card's choices by number."""
    text = Text()
    for number, label in enumerate(labels, 1):
        text.append(f"  {number} ", style="bold cyan").append(one_line(label)).append("\n")
    text.append("Type a number, or go on; the card waits.", style="dim")
    return text


# ---------------------------------------------------------------------------------------------------------------------


def _heading(words: str) -> RenderableType:
    return Padding(Text(words, style="bold"), (1, 0, 0, 0))


def _table(*columns: str, right: tuple[str, ...] = (), wide: str = "") -> Table:
    """`wide` is the column that gives way on a narrow terminal."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False, header_style="dim")
    for column in columns:
        if column == wide:
            table.add_column(column, overflow="ellipsis", min_width=10)
        else:
            table.add_column(column, no_wrap=True, justify="right" if column in right else "left")
    return table
