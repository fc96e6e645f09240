""" "Run it again": which order is meant, so that the new one asks for the very same.

The one that is named by its number, or replied to; else the last of the conversation that asked for something, be it
answered or failed, if it is over. Where it can't be told, the words stay as they are, and the Clerk asks which.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from company import work_orders
from company.forgetting import is_forgotten
from company.language.again import asks_again
from company.records import DataBlock, Kind, Origin, Person, Request, Tier, WorkOrder

_TALK = frozenset({Kind.SMALLTALK, Kind.STATE})


def asked_again(order: WorkOrder, person: Person, *, key: str, tier: Tier | None, now: int) -> Request:
    """A request for the same as an order that is over, by somebody who pressed a button below it.

    Args:
        key: of the update: the same press twice is one request.
        tier: who shall do it; None: whoever the router finds.
    """
    return Request(
        desk=order.conversation.desk, external_id=key, conversation=order.conversation, person=person, text=order.text,
        message_id=order.message_id, blocks=order.blocks, reply_to_order=order.reply_to_order, tier=tier,
        received_at=now,
    )  # fmt: skip


def repeated(tx: Connection, request: Request) -> tuple[Request, WorkOrder | None]:
    """The request as it is meant, and the order that it repeats, if it does and that can be told."""
    again = asks_again(request.text)
    beside = tuple(block for block in request.blocks if block.origin is not Origin.OWN)
    if again is None or any(block.origin is not Origin.REPLIED for block in beside):
        return request, None
    meant = _meant(tx, request, again.number, beside)
    if meant is None or is_forgotten(meant) or not meant.state.ended or asks_again(meant.text):
        return request, None
    same = replace(
        request, text=meant.text, blocks=meant.blocks, reply_to_order=meant.reply_to_order,
        tier=request.tier or meant.wanted_tier,
    )  # fmt: skip
    return same, meant


def _meant(tx: Connection, request: Request, number: int, replied: tuple[DataBlock, ...]) -> WorkOrder | None:
    here = request.conversation
    if number:
        order = work_orders.by_number(tx, number)
        mine = order is not None and order.conversation == here
        return order if mine else None
    if request.reply_to_order is not None:
        return work_orders.get(tx, request.reply_to_order)
    if replied:  # to a message of their own
        words = replied[0].text.strip()
        return next((one for one in work_orders.last_in(tx, here) if one.text.strip() == words), None)
    return next((one for one in work_orders.last_in(tx, here) if _asked_for_something(one)), None)


def _asked_for_something(order: WorkOrder) -> bool:
    """Thanks, greetings and our own "which one?" are passed over."""
    return order.assignment is None or order.assignment.kind not in _TALK
