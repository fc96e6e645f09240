"""A quota of tokens, as somebody who meets it sees it."""

from __future__ import annotations

import pytest

from company.records import State
from tests.fakes.models import Reply
from tests.flows.company import Lab


@pytest.mark.settings(NEXUS_BUDGET__PERSON_TOKENS_DAY="1")
async def test_below_the_quota_work_goes_on_and_at_it_the_order_is_refused_in_words(lab: Lab) -> None:
    lab.anthropic.reply_with(Reply("The tide is the sea's answer to the moon."))
    await lab.ask("Please write one sentence about the tide.")
    await lab.until(lambda order: order.state is State.DELIVERED, 1)
    calls = len(lab.anthropic.calls)
    said = await lab.ask("Please write one sentence about the wind.")
    assert "tokens today" in said.text
    assert (await lab.order(2)).state is State.REFUSED
    assert len(lab.anthropic.calls) == calls
    assert "each person's tokens in a day: 1 at most" in (await lab.ask("/quota")).text
