"""Caps as the Board meets them: a card with three buttons, each pressed once and counted once; and /cost is the ledger."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from company.money import dollars
from company.records import Role, State, Tier
from company.schema import cap_raises, decisions, spending
from tests.fakes.models import Reply
from tests.fakes.telegram_world import Shown
from tests.flows.company import OWNER, Lab

QUESTION = "What is the capital of France?"
ANSWER = "The capital of France is Paris."
LETTER = "Write a polite e-mail to my landlord asking to repair the heating, and suggest two dates."
MEMBER, OBSERVER = 43, 44
DEAR = {
    "NEXUS_PRICES__ANTHROPIC/CLAUDE-HAIKU-5-5__INPUT": "10", "NEXUS_PRICES__ANTHROPIC/CLAUDE-HAIKU-5-5__OUTPUT": "50",
    "NEXUS_PRICES__ANTHROPIC/CLAUDE-HAIKU-5-5__CACHE_READ": "1",
    "NEXUS_PRICES__ANTHROPIC/CLAUDE-HAIKU-5-5__CACHE_WRITE": "12.5",
    "NEXUS_PRICES__ANTHROPIC/CLAUDE-HAIKU-5-5__LONG_PROMPT_TOKENS": "0",
}  # fmt: skip
"""An Intern whose one answer costs cents, so that cents can be counted."""


async def card(lab: Lab, chat: int = OWNER) -> Shown:
    """The next card that asks for money."""
    return await lab.telegram.next_answer(chat, 20, where=lambda shown: "needs money" in shown.text)


async def all_cards(lab: Lab) -> list[Any]:
    """The cards in the books."""
    return await lab.company.books.read(lambda tx: list(tx.execute(select(decisions).order_by(decisions.c.id))))


@pytest.mark.settings(NEXUS_BUDGET__PER_ORDER="0.0001")
async def test_add_is_counted_once_however_often_it_comes(lab: Lab):
    lab.anthropic.reply_when(".", ANSWER)
    await lab.telegram.say(OWNER, QUESTION)
    shown = await card(lab)
    assert "#1" in shown.text
    assert "the cap of this order" in shown.text
    assert [re.sub(r" \$.*", "", button["text"]) for button in shown.buttons] == ["Add", "Finish cheaper", "Stop"]
    assert lab.anthropic.calls == []

    add = shown.button("Add")["callback_data"]
    await lab.telegram.press(OWNER, shown.message_id, add, repeated=2)  # a double press, and a repeat of the app
    answer = await lab.telegram.next_answer(OWNER, 20)
    await lab.telegram.press(OWNER, shown.message_id, add, force=True)  # the old card on a slow phone
    toast = await lab.toast()

    assert answer.text.startswith(ANSWER)
    assert "Already decided" in toast["text"]
    raises = await lab.company.books.read(lambda tx: tx.execute(select(cap_raises)).all())
    assert len(raises) == 1
    (decision,) = await all_cards(lab)
    assert (decision.state, decision.choice) == ("taken", "add")
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.telegram.wait_for(lambda: "added, by Ada" in shown.text and not shown.buttons)
    assert len(lab.anthropic.calls) == 1


@pytest.mark.settings(NEXUS_BUDGET__PER_ORDER="0.009")
async def test_finish_cheaper_takes_a_cheaper_employee(lab: Lab):
    """The Director's letter does not fit; the Intern's does."""
    lab.anthropic.reply_when(".", "Dear landlord, the heating is broken. Could you come on Monday or on Tuesday?")
    await lab.telegram.say(OWNER, LETTER)
    shown = await card(lab)
    await lab.telegram.press(OWNER, shown.message_id, text="Finish cheaper")
    answer = await lab.telegram.next_answer(OWNER, 20)
    assert "Dear landlord" in answer.text
    assert "Intern" in answer.text
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert order.tier is Tier.INTERN
    assert [call.model for call in lab.anthropic.calls] == ["claude-haiku-5-5"]
    assert sum(row.charged_micro for row in await lab.ledger()) <= 9_000


@pytest.mark.settings(NEXUS_BUDGET__DAY="0.0001")
async def test_stop_ends_the_order(lab: Lab):
    await lab.telegram.say(OWNER, QUESTION)
    shown = await card(lab)
    assert "the company's cap for today" in shown.text
    await lab.telegram.press(OWNER, shown.message_id, text="Stop", repeated=1)
    said = await lab.telegram.next_answer(OWNER, 20)
    assert "Stopped. Order #1" in said.text
    assert (await lab.order(1)).state is State.STOPPED
    assert lab.anthropic.calls == []
    assert len([one for one in lab.telegram.sent(OWNER) if "Stopped." in one.text]) == 1


@pytest.mark.settings(NEXUS_BUDGET__MONTH="0.0001")
async def test_a_card_outlives_a_restart(lab: Lab):
    lab.anthropic.reply_when(".", ANSWER)
    await lab.telegram.say(OWNER, QUESTION)
    shown = await card(lab)
    assert "the company's cap for this month" in shown.text
    await lab.close()
    await lab.telegram.press(OWNER, shown.message_id, text="Add")
    await lab.open()
    answer = await lab.telegram.next_answer(OWNER, 20)
    assert answer.text.startswith(ANSWER)
    assert len([one for one in lab.telegram.sent(OWNER) if "needs money" in one.text]) == 1


@pytest.mark.settings(NEXUS_BUDGET__PER_PERSON_DAY="0.0001")
async def test_a_members_cap_is_the_boards_to_raise(lab: Lab):
    lab.anthropic.reply_when(".", ANSWER)
    await lab.pair(MEMBER, role=Role.MEMBER, name="Bob")
    await lab.telegram.say(MEMBER, QUESTION)
    shown = await card(lab)
    await lab.said("waits for the Board", chat=MEMBER)
    (decision,) = await all_cards(lab)
    add = shown.button("Add")["callback_data"]
    await lab.telegram.say(MEMBER, "/status")
    their_own = await lab.telegram.next_answer(MEMBER, 20)
    await lab.telegram.press(MEMBER, their_own.message_id, add, force=True)
    toast = await lab.toast()
    assert toast["show_alert"]
    (decision,) = await all_cards(lab)
    assert decision.state == "open", "a member spends nobody's money"

    await lab.telegram.press(OWNER, shown.message_id, add)
    answer = await lab.telegram.next_answer(MEMBER, 20)
    assert answer.text.startswith(ANSWER)


@pytest.mark.settings(NEXUS_BUDGET__PER_ORDER="0.0001")
async def test_silence_is_a_no(lab: Lab):
    await lab.telegram.say(OWNER, QUESTION)
    shown = await card(lab)
    (decision,) = await all_cards(lab)
    past = lab.company.clock.now() - 1
    await lab.company.books.write(
        lambda tx: tx.execute(update(decisions).where(decisions.c.id == decision.id).values(expires_at=past))
    )
    said = await lab.telegram.next_answer(OWNER, 20)
    assert "counts as a no" in said.text
    assert (await lab.order(1)).state is State.REFUSED
    await lab.telegram.wait_for(lambda: [b["text"] for b in shown.buttons] == ["Ask again"], 20)  # by itself
    await lab.telegram.press(OWNER, shown.message_id, shown_data(shown, "Add"), force=True)
    assert "counts as a no" in (await lab.toast())["text"]
    assert (await lab.order(1)).state is State.REFUSED


@pytest.mark.settings(NEXUS_BUDGET__PER_ORDER="0.0001")
async def test_a_card_of_a_stopped_order_loses_its_buttons_and_a_newer_one_keeps_its_own(lab: Lab):
    await lab.telegram.say(OWNER, QUESTION)
    first = await card(lab)
    await lab.telegram.say(OWNER, "/stop")
    await lab.telegram.wait_for(lambda: not first.buttons, 20)
    await lab.telegram.say(OWNER, "What is the capital of Spain?")
    second = await lab.said("needs money", "#2")
    assert second.buttons
    assert (await lab.order(2)).state is State.WAITING


def shown_data(shown: Shown, text: str) -> str:
    """The data of a button, also when the card has lost it meanwhile."""
    keyboards = [shown.markup, *(edit.markup for edit in shown.edits)]
    buttons = [b for markup in keyboards if markup for row in markup["inline_keyboard"] for b in row]
    return str(next(button["callback_data"] for button in buttons if text in button["text"]))


@pytest.mark.settings(NEXUS_BUDGET__DAY="1.00", **DEAR)
async def test_told_once_at_three_quarters(lab: Lab):
    """Answers of 15 cents each: the warning comes with the fifth, and never again."""
    lab.anthropic.answer = lambda ask: Reply("It is Paris, in style.", usage={"input": 100, "output": 3000})
    for number in range(5):
        assert not [one for one in lab.telegram.sent(OWNER) if "today's budget" in one.text]
        await lab.ask(f"What is the capital of France? Answer in style {number}.")
    await lab.said("75", "today's budget")
    await lab.ask("What is the capital of France? Answer in style 6.")
    warnings = [one for one in lab.telegram.sent(OWNER) if "today's budget is used" in one.text]
    assert len(warnings) == 1
    share = int(warnings[0].text.split(" %")[0])
    assert 75 <= share < 100
    await lab.close()
    await lab.open()
    await lab.ask("/status")
    assert len([one for one in lab.telegram.sent(OWNER) if "today's budget is used" in one.text]) == 1


@pytest.mark.settings(**DEAR)
async def test_cost_is_the_ledger_to_the_cent(lab: Lab):
    """By period and by employee; what happened yesterday or forty days ago counts where it belongs."""
    lab.anthropic.answer = lambda ask: Reply("It is Paris.", usage={"input": 1234, "output": 567})
    await lab.ask(QUESTION)
    await lab.ask(LETTER)
    await lab.ask("/ceo Which is larger, Paris or Lyon?")
    day_ms = 86_400_000
    rows = [row for row in await lab.ledger() if row.charged_micro]
    for row, days in zip(rows, (0, 3, 40), strict=True):
        await lab.company.books.write(_move_back, row.id, row.created_at - days * day_ms)

    now = lab.company.clock.now()
    for period, days in (("today", 0), ("week", 6), ("all", 10_000)):
        answer = await lab.ask(f"/cost {period}")
        start = now - now % day_ms - days * day_ms
        counted = [row for row in await lab.ledger() if row.state == "charged" and row.created_at >= start]
        by_employee: dict[str, int] = defaultdict(int)
        for row in counted:
            by_employee[row.employee] += row.charged_micro
        assert f": {dollars(sum(by_employee.values()))}" in answer.text.partition("\n")[0]
        lines = dict(re.findall(r"• (\w+) \(.*?\): (\$[\d.]+)", answer.text))
        assert lines == {_title(name): dollars(micro) for name, micro in by_employee.items()}
    plain = await lab.ask("what did this cost?")
    assert plain.text.startswith("Cost, today")
    await lab.telegram.press(OWNER, plain.message_id, text="week")
    await lab.telegram.wait_for(lambda: plain.text.startswith("Cost, week"))


def _title(name: str) -> str:
    return name.upper() if name == "ceo" else name.capitalize()


def _move_back(tx: Any, row_id: str, at: int) -> None:
    from company.schema import ledger

    tx.execute(update(ledger).where(ledger.c.id == row_id).values(created_at=at))


@pytest.mark.settings(NEXUS_BUDGET__DAY="0.40", NEXUS_BUDGET__PER_PERSON_DAY="100", **DEAR)
async def test_fifty_at_once_never_pass_the_cap(lab: Lab):
    """Fifty people ask at once; the day holds ten to twenty answers. Whoever finds no money leaves a card."""
    lab.anthropic.answer = lambda ask: Reply("It is Paris.", usage={"input": 500, "output": 400}, latency_s=0.02)
    people = range(1000, 1050)
    for user in people:
        await lab.pair(user, role=Role.MEMBER, name=f"P{user}")
    seen: list[int] = []

    async def watch() -> None:
        async for _ in lab.company.feed.changes():
            used = await lab.company.books.read(_used_today)
            seen.append(used)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(lab.telegram.say(user, f"What is the capital of France? I am {user}.") for user in people))
    async with asyncio.timeout(60):
        async for _ in lab.company.feed.changes():
            states = [row.state for row in await lab.orders()]
            if len(states) == 50 and all(state in ("delivered", "waiting") for state in states):
                break
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)

    assert seen
    assert max(seen) <= 400_000
    charged = sum(row.charged_micro for row in await lab.ledger())
    assert charged <= 400_000
    delivered, waiting = states.count("delivered"), states.count("waiting")
    assert delivered >= 5
    assert waiting >= 10
    assert len(lab.anthropic.calls) == delivered
    assert charged == sum(row.charged_micro for row in await lab.ledger() if row.outcome == "ok")
    assert len(await all_cards(lab)) == waiting
    assert Decimal(charged) / 1_000_000 > Decimal("0.2"), "what fits is used"


def _used_today(tx: Any) -> int:
    rows = tx.execute(select(spending).where(spending.c.scope == "day")).all()
    return sum(row.charged_micro + row.reserved_micro for row in rows)
