"""Hours of a busy bot on turned time, against limits that are enforced: no 429 by our fault, and forced ones obeyed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest

from bot.limiter import CALM_S
from bot.streaming import Stream, choose
from company.books import SqliteBooks
from tests.fakes.clock import TurnedClock
from tests.fakes.telegram_limits import Pause
from tests.unit.bot.soaking import Soak

CHATS = list(range(1001, 1025))
GROUPS = [-100_777_000_000_100 - number for number in range(4)]
MINUTES = int(os.environ.get("NEXUS_TEST_SOAK_MINUTES", "60"))
LOOKS = ("editMessageText", "sendMessageDraft", "sendChatAction")


@pytest.fixture
async def soak(books: SqliteBooks, clock: TurnedClock) -> AsyncIterator[Soak]:
    made = Soak(books, clock)
    await made.start(CHATS, GROUPS)
    for chat in CHATS[:6]:
        await books.write(choose, str(chat), Stream.DRAFTS)
    await books.write(choose, str(GROUPS[0]), Stream.EDITS)
    yield made
    await made.stop()


async def test_a_long_soak_at_default_limits_meets_no_429(
    soak: Soak, record_property: Callable[[str, object], None]
) -> None:
    soak.server.lost = 0.01
    await soak.traffic(MINUTES, CHATS, GROUPS)
    await soak.pass_by(600)
    limits, calls = soak.server.limits, Counter(method for method, *_ in soak.server.log)
    assert limits.breaches == []
    assert soak.unanswered() == []
    assert soak.least_gap >= 1.0, "an edit a second in a chat"
    assert all(calls[method] > 50 for method in ("sendMessage", "sendMessageDraft", "editMessageText", "deleteMessage"))
    figures = {
        "turned_hours": round(soak.clock.monotonic() / 3600, 2), "orders": len(soak.office.accepted),
        "calls": limits.calls, "least_gap_of_edits_s": round(soak.least_gap, 3),
        "most_in_a_second": limits.most_in_a_second, "most_in_a_group_in_a_minute": limits.most_in_a_minute,
        "refused": len(limits.breaches),
    }  # fmt: skip
    for name, value in figures.items():
        record_property(name, value)
    print("soak:", figures, dict(calls))


@pytest.mark.parametrize("seconds", [5, 35, 4 * 3600])
@pytest.mark.parametrize("where", ["chat", "group", "bot"])
async def test_a_forced_429_is_obeyed_to_the_second(soak: Soak, where: str, seconds: int) -> None:
    """Not a call to the chat (or at all) before its time; then everything, in order, and looks last."""
    flooded = {"chat": CHATS[0], "group": GROUPS[0], "bot": None}[where]
    chats, groups, server = CHATS[:6], GROUPS[:2], soak.server
    await soak.traffic(2, chats, groups)
    pause = Pause(flooded, soak.clock.monotonic() + seconds)
    server.limits.pauses.append(pause)
    before = len(server.log)
    for number in range(3):
        for chat in chats:
            await soak.ask(chat, f"in the flood {number}")
        await soak.ask(CHATS[1], f"in the flood {number}", GROUPS[0])
        await soak.pass_by(seconds / 3)
    await soak.pass_by(600)
    assert server.limits.early == []
    assert server.limits.breaches == []
    assert soak.unanswered() == []
    concerned = [call for call in server.log[before:] if flooded in (None, call[1])]
    refused = [call for call in concerned if call[3] == "429"]
    assert 1 <= len(refused) <= 12, "what was on the wire already"
    looks = [at for method, _, at, _ in concerned if method in LOOKS and at > pause.told]
    assert all(at >= pause.until + CALM_S for at in looks), "no look until it has been calm for a minute"
    if flooded is not None and seconds > 60:
        others = [method for method, chat, at, _ in server.log[before:] if chat != flooded and at < pause.until]
        assert others.count("sendMessage") >= 15, "the others go on"
