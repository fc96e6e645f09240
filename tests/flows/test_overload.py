"""More than can be done at once: nothing is lost, nothing out of order, and the house still answers."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter

import pytest

from company import people
from company.records import Desk, Role, State
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab
from tests.stopwatch import Stopwatch

CHATS = range(1000, 1200)
ROOM = {"NEXUS_BUDGET__DAY": "1000", "NEXUS_BUDGET__PER_PERSON_DAY": "1000", "NEXUS_BUDGET__MONTH": "1000"}


def _settle_in(tx, now):
    """Two hundred members, without two hundred greetings."""
    for user in CHATS:
        person = people.add(tx, now, name=f"P{user}", role=Role.MEMBER, language="en", by="test")
        people.identify(tx, now, person, Desk.TELEGRAM, str(user))


@pytest.mark.timeout(400)
@pytest.mark.settings(NEXUS_TELEGRAM__MESSAGES_PER_SECOND="10000", **ROOM)
async def test_two_hundred_chats_at_once(lab: Lab):
    """Two messages each to a model that needs a second: all answered, in order, none twice; so is /status.

    On Postgres, where only the writing differs, sixty chats.
    """
    chats = CHATS[:60] if lab.postgres_url else CHATS
    lab.anthropic.answer = lambda ask: Reply(f"Answer to {ask.text[-60:].split('Number')[-1]}", latency_s=1.0)
    await lab.company.books.write(_settle_in, lab.company.clock.now())
    began = time.monotonic()
    for part in ("first", "second"):
        for user in chats:
            await lab.telegram.say(user, f"What is the capital of France? Number {user} {part}")
    await lab.telegram.say(OWNER, "/status")
    status = await lab.telegram.next_answer(OWNER, 180)
    status_s = time.monotonic() - began

    def all_answered() -> bool:
        return all(len(lab.telegram.answers(user)) >= 2 for user in chats)

    await lab.telegram.wait_for(all_answered, 180)
    took = time.monotonic() - began
    print(f"{2 * len(chats)} orders in {took:.1f} s, /status in {status_s:.2f} s")

    for user in chats:
        said = [shown.text for shown in lab.telegram.answers(user)]
        assert [re.findall(rf"{user} (first|second)", one) for one in said] == [["first"], ["second"]], said
    async with asyncio.timeout(20):
        async for _ in lab.company.feed.changes():
            states = Counter(row.state for row in await lab.orders())
            if states == {"delivered": 2 * len(chats)}:
                break
    assert "NEXUS" in status.text
    assert len(lab.anthropic.calls) == 2 * len(chats)
    assert lab.telegram.violations == []


async def test_a_long_call_delays_nobody(lab: Lab):
    """A24: while a model takes a minute, /status and a stop are answered at once."""
    lab.anthropic.reply_with(Reply("At last.", latency_s=60.0))
    await lab.telegram.say(OWNER, "What is the capital of France?")
    await lab.anthropic.wait_for(lambda: lab.anthropic.calls)
    watch = Stopwatch()
    status = await lab.ask("/status")
    assert watch.seconds < 2
    assert "#1" in status.text
    assert "running: 1" in status.text
    watch = Stopwatch()
    await lab.telegram.say(OWNER, "stop")
    await lab.telegram.next_answer(OWNER, 20)
    assert watch.seconds < 2
    assert (await lab.order(1)).state is State.STOPPED
