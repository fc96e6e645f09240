"""Who may what, through Telegram: a member sees the own part alone, an observer looks on, a group asks nobody."""

from __future__ import annotations

from company import people
from company.money import dollars
from company.records import Role, State
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab

MEMBER, OBSERVER, STRANGER, GROUP = 43, 44, 666, -1_000_000_000_777
SECRET_ORDER = "What is the capital of Peru?"


async def family(lab: Lab) -> None:
    """A member, an observer, and a group with everybody in it, a stranger too."""
    await lab.pair(MEMBER, role=Role.MEMBER, name="Bob")
    await lab.pair(OBSERVER, role=Role.OBSERVER, name="Cy")
    lab.telegram.add_group(GROUP, "House", OWNER, MEMBER, OBSERVER, STRANGER)


async def test_a_member_sees_the_own_part_alone(lab: Lab):
    lab.anthropic.answer = lambda ask: Reply("It is a city.", usage={"input": 90_000, "output": 700})
    await family(lab)
    owners = await lab.ask(SECRET_ORDER)
    await lab.ask("What is the capital of France?", MEMBER)
    mine, theirs = [row.charged_micro for row in await lab.ledger()]
    total = mine + theirs

    assert dollars(total) in (await lab.ask("/cost")).text
    cost = (await lab.ask("/cost", MEMBER)).text
    assert dollars(theirs) in cost.partition("\n")[0]
    assert dollars(total) not in cost
    assert "Orders: 1" in cost
    status = (await lab.ask("/status", MEMBER)).text
    assert "Peru" not in status
    assert "France" in status
    assert "ask the Board" in (await lab.ask("/audit", MEMBER)).text
    assert "ask the Board" in (await lab.ask("verify the audit", MEMBER)).text
    for asked in ("/escalate #1", "/stop #1"):
        said = (await lab.ask(asked, MEMBER)).text
        assert "no such order" in said or "Nothing is being worked on" in said
    for button in owners.buttons:  # a forged press on the owner's answer
        await lab.telegram.press(
            MEMBER, (await lab.ask("/help", MEMBER)).message_id, button["callback_data"], force=True
        )
        assert (await lab.toast())["show_alert"], button
    assert len(await lab.orders()) == 2
    assert (await lab.order(1)).state is State.DELIVERED


async def test_a_member_stops_the_own_work_only(lab: Lab):
    await family(lab)
    lab.anthropic.answer = lambda ask: Reply("Long. " * 800, pause_s=0.05)
    await lab.telegram.say(OWNER, SECRET_ORDER)
    await lab.anthropic.wait_for(lambda: lab.anthropic.calls and lab.anthropic.calls[0].sent > 500)
    await lab.ask("/stop #1", MEMBER)
    assert not (await lab.order(1)).state.ended
    await lab.ask("/stop #1")
    assert (await lab.order(1)).state is State.STOPPED


async def test_an_observer_looks_on(lab: Lab):
    await family(lab)
    assert "ask the Board" in (await lab.ask("What is the capital of France?", OBSERVER)).text
    assert "NEXUS" in (await lab.ask("/status", OBSERVER)).text
    for asked in ("/cost", "/audit", "/escalate", "/stop", "/new"):
        assert "ask the Board" in (await lab.ask(asked, OBSERVER)).text, asked
    assert await lab.orders() == []
    assert lab.anthropic.calls == []


async def test_in_a_group_the_senders_role_decides(lab: Lab):
    await family(lab)
    lab.anthropic.answer = lambda ask: Reply("It is a city.")
    name = f"@{lab.telegram.world.bot['username']}"
    await lab.telegram.say(STRANGER, f"{name} What is the capital of Peru?", GROUP)
    await lab.telegram.say(STRANGER, f"/status{name}", GROUP)
    await lab.telegram.say(OBSERVER, f"{name} What is the capital of Peru?", GROUP)
    said = await lab.telegram.next_answer(GROUP, 20)
    assert "ask the Board" in said.text
    await lab.telegram.say(MEMBER, f"/audit{name}", GROUP)
    assert "ask the Board" in (await lab.telegram.next_answer(GROUP, 20)).text
    await lab.telegram.say(MEMBER, f"{name} What is the capital of Peru?", GROUP)
    answer = await lab.telegram.next_answer(GROUP, 20)
    assert answer.text.startswith("It is a city.")
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    person = await lab.company.books.read(people.get, order.person_id)
    assert person is not None
    assert person.name == "Bob"
    await lab.telegram.say(OWNER, f"/audit{name} verify", GROUP)
    assert (await lab.said("✅ The record is whole")).text  # in the owner's own chat; the group has a line alone
    assert (await lab.said("I answered you privately", chat=GROUP)).text == "🔒 Ada, I answered you privately."
    assert len(await lab.orders()) == 1
    assert lab.telegram.sent(STRANGER) == []
