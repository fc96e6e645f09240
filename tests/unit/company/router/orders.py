"""An order as the router gets it."""

from __future__ import annotations

from company.records import ConversationKey, DataBlock, Desk, State, Tier, WorkOrder


def an_order(text: str, blocks: tuple[DataBlock, ...] = (), tier: Tier | None = None) -> WorkOrder:
    key = ConversationKey(desk=Desk.CONSOLE, chat="1")
    return WorkOrder(
        id="order", number=61, conversation_id="talk", conversation=key, person_id="ada", parent_id=None,
        state=State.ACCEPTED, claim=1, text=text, blocks=blocks, message_id="", reply_to_order=None, wanted_tier=tier,
        priority=0, deadline_at=None, assignment=None, rung=0, crashes=0, waiting_for="", answer="", label="",
        end_reason="", created_at=0, updated_at=0, finished_at=None,
    )  # fmt: skip
