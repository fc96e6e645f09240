"""A press on [S2]: the section of an answer, asked about in a new order."""

from __future__ import annotations

from bot.inbox import Mark
from bot.notes import DESK
from bot.updates import Place
from company.clock import Clock
from company.ports import FrontOffice
from company.records import ConversationKey, Desk, Person, Request


async def follow_up(
    office: FrontOffice, clock: Clock, person: Person, place: Place, argument: str, *, key: str, mark: Mark
) -> bool:
    """Make the order; False when the press was taken before. Raises an `OrderError` with a sentence for the person.

    Args:
        argument: "order id:number of the section".
        key: what makes a repeat of the press harmless.
    """
    order_id, _, section = argument.partition(":")
    where = ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic)
    request = Request(
        desk=DESK, external_id=key, conversation=where, person=person, text=f"S{section}", reply_to_order=order_id,
        language=person.language, received_at=clock.now(),
    )  # fmt: skip
    return (await office.accept(request, also=mark.write)).fresh
