"""Views: what a report looks like, narrow and without colour."""

from __future__ import annotations

import io

import pytest
from rich.console import Console, RenderableType

from company.audit import Anchor, Entry, Verification
from company.records import Condition, Health, State, Tier
from company.reports import AuditPage, CapLine, CostLine, CostReport, EmployeeLine, OrderLine, StatusReport
from console import views

NOW = 1_795_000_000_000
CAPS = (
    CapLine(scope="day", used_micro=3_900_000, reserved_micro=300_000, cap_micro=5_000_000),
    CapLine(scope="month", used_micro=0, reserved_micro=0, cap_micro=0),
)
HEALTH = (
    Health(part="console", condition=Condition.OK, detail="1 at the desk"),
    Health(part="telegram", condition=Condition.OFF, detail="no bot token", mend="nexus init"),
    Health(part="anthropic", condition=Condition.ILL, detail="the key is refused (401)", mend="store a new key"),
)


def line(number: int, state: State, **more: object) -> OrderLine:
    values = {"tier": Tier.DIRECTOR, "waiting_for": "", "text": "Compare the three offers for the new roof, please"}
    return OrderLine(
        id=str(number), number=number, state=state, person="Ada", age_ms=42_000, cost_micro=31_200, **values | more
    )  # type: ignore[arg-type]


STATUS = StatusReport(
    at=NOW, company="NEXUS", version="0.1.0", up_ms=4_000_000, running=(line(41, State.WORKING),),
    waiting=(line(42, State.WAITING, waiting_for="money"),), recent=(line(40, State.DELIVERED),), orders_today=12,
    open_decisions=1, caps=CAPS, health=HEALTH, warnings=("The books are in the SQLite stand-in.",),
    employees=(
        EmployeeLine(
            name="ceo", title="CEO", tier=Tier.CEO, model="anthropic/claude-opus-5-5", available=True,
            working_on=(42,), orders_today=3, cost_today_micro=412_300,
        ),
    ),
)  # fmt: skip
COST = CostReport(
    period="month", since=0, total_micro=4_146_000, reserved_micro=1000, in_doubt_calls=1, in_doubt_micro=20_000,
    saved_micro=50_000, caps=CAPS, by_day=(("2026-11-20", 100_000), ("2026-11-21", 4_046_000)), orders=55,
    lines=(
        CostLine(
            employee="ceo", model="anthropic/claude-opus-5-5", calls=12, input_tokens=120_000, output_tokens=3_400,
            charged_micro=4_123_000,
        ),
        CostLine(
            employee="admin", model="ollama/qwen3:8b", calls=120, input_tokens=950, output_tokens=3, charged_micro=0
        ),
    ),
)  # fmt: skip
ENTRY = Entry(number=812, at=NOW, actor="operations", fact="order.accepted", order_id="x", payload={"number": 4})


def shown(view: RenderableType, width: int = 60) -> str:
    file = io.StringIO()
    Console(file=file, width=width, highlight=False, no_color=True).print(view)
    return file.getvalue()


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize(
    "view",
    [
        views.status(STATUS), views.cost(COST), views.audit(AuditPage(entries=(ENTRY,), total=812)),
        views.start_up("NEXUS", "0.1.0", HEALTH), views.diagnosis(HEALTH),
    ],
    ids=["status", "cost", "audit", "start-up", "doctor"],
)  # fmt: skip
def test_every_view_fits_the_terminal(view: RenderableType, width: int) -> None:
    assert max(len(row) for row in shown(view, width).splitlines()) <= width


def test_status_says_what_matters_at_sixty_columns() -> None:
    text = shown(views.status(STATUS))
    for words in ("12 orders today", "1 decision to take", "41", "working", "for money", "director", "$0.0312",
                  "● CEO", "#42", "$3.90 of $5.00", "stand-in", "○ telegram", "→ nexus init"):  # fmt: skip
        assert words in text, words


def test_an_empty_company_says_so() -> None:
    empty = StatusReport(
        at=0, company="N", version="1", up_ms=0, running=(), waiting=(), recent=(), orders_today=0, open_decisions=0,
        employees=(), caps=(), health=(), warnings=(),
    )  # fmt: skip
    text = shown(views.status(empty))
    assert "No order is being worked on." in text
    assert "Nothing has been looked at yet." in text


def test_cost_shows_every_cent() -> None:
    text = shown(views.cost(COST))
    for words in ("$4.15 this month", "55 orders", "$4.12", "120.0k → 3.4k", "950 → 3", "11-21", "at most $0.0200",
                  "$0.0500", "$0.0010 is reserved"):  # fmt: skip
        assert words in text, words


def test_the_audit_is_told_with_its_verdict() -> None:
    sound = Verification(
        entries=812, tip="ab" * 32, sound=True, anchors=3,
        last_anchor=Anchor(number=800, hash="x", at=NOW, place="file"),
    )  # fmt: skip
    broken = Verification(entries=811, tip="", sound=False, problem="row 812 was changed")
    assert "✔ The record is whole: 812 facts, 3 anchors agree." in shown(views.audit(_page(sound)), 80)
    assert "✖ The record was tampered with: row 812 was changed." in shown(views.audit(_page(broken)), 80)
    assert "no fact that fits" in shown(views.audit(AuditPage(entries=(), total=0)))


def _page(verification: Verification) -> AuditPage:
    return AuditPage(entries=(), total=verification.entries, verification=verification)


@pytest.mark.parametrize(
    ("used", "reserved", "cap", "drawn"),
    [
        (0, 0, 100, "────────────"), (1, 0, 1000, "━───────────"), (50, 25, 100, "━━━━━━━━━───"),
        (100, 0, 100, "━━━━━━━━━━━━"), (200, 50, 100, "━━━━━━━━━━━━"), (0, 0, 0, "━━━━━━━━━━━━"),
    ],
)  # fmt: skip
def test_a_bar_has_its_length(used: int, reserved: int, cap: int, drawn: str) -> None:
    assert views.bar(used, reserved, cap).plain == drawn
