"""Every third message a death, every fifth send a fault: none lost, none doubled, none out of order; others lose."""

from __future__ import annotations

import pytest

from benchmarks.outbox import BlindResend, NeverResend, simulate
from bot.sender import Sender

CHATS = range(8001, 8013)


@pytest.mark.parametrize("seed", [1, 2])
async def test_through_deaths_and_faults_each_message_is_there_once_and_in_order(seed: int) -> None:
    found = await simulate(Sender, 120, seed=seed, chats=CHATS)
    assert (found.lost, found.doubled, found.disordered) == (0, 0, 0)
    assert found.kills >= 40
    assert found.faults >= 20, "the line was bad enough to prove something"
    assert found.probes > 0


async def test_a_blind_resend_doubles_in_the_same_simulation() -> None:
    found = await simulate(BlindResend, 120, chats=CHATS)
    assert found.doubled >= 10
    assert found.lost == 0


async def test_who_never_resends_loses_in_the_same_simulation() -> None:
    found = await simulate(NeverResend, 300, chats=CHATS)
    assert found.lost >= 5
    assert found.doubled == 0
