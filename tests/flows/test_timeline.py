"""The seven steps of a request's life stand in the record, in order (E83)."""

from __future__ import annotations

from company.operations.timeline import timeline
from company.records import State
from tests.flows.company import Lab


async def test_the_seven_steps_in_order(lab: Lab):
    await lab.ask("What is the capital of France?")
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    steps = await lab.company.books.read(timeline, order)
    seen = list(dict.fromkeys(step.step for step in steps))
    assert seen == ["input", "gateway", "router", "processing", "AI", "response", "client update"]
    assert [step.after_ms for step in steps] == sorted(step.after_ms for step in steps)
    why = await lab.company.operations.why(await _owner(lab), order.id)
    assert "client update: answer.delivered" in why


async def _owner(lab: Lab):
    owner = await lab.company.board()
    assert owner is not None
    return owner
