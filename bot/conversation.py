"""A message becomes a request. Only what the person wrote is their own word; all else is data, marked by origin.

Forwarded, quoted and replied-to text, captions of forwarded media and names in them never give an order and never are
a command (research: incidents I2, I3).
"""

from __future__ import annotations

import re

from sqlalchemy import Connection

from bot import outbox, things
from bot.gate import Bot
from bot.updates import Said
from company.books import to_json
from company.records import ConversationKey, DataBlock, Desk, Json, Origin, Person, Request, Tier

TIERS = {"intern": Tier.INTERN, "director": Tier.DIRECTOR, "ceo": Tier.CEO}
CALLED = re.compile(r"\s*(intern|director|ceo)\s*[:,：，]\s*(?=\S)", re.IGNORECASE)
""" "CEO: shall we buy it?" names an employee in plain words."""
LONGEST_BLOCK = 20_000


def key_of(said: Said) -> ConversationKey:
    """The conversation a message belongs to."""
    return ConversationKey(desk=Desk.TELEGRAM, chat=said.place.chat, topic=said.place.topic)


def raw_text(raw: Json) -> str:
    """The update as it came, for the books. It holds no token: file URLs are never part of an update."""
    return to_json(raw)


def named_tier(said: Said) -> tuple[Tier | None, str]:
    """The employee whom the person named, by command or in plain words, and the text without the name."""
    if said.forwarded_from is not None:
        return None, ""
    if said.command in TIERS:
        return TIERS[said.command], said.argument
    found = CALLED.match(said.text)
    if found is None:
        return None, said.text
    return TIERS[found.group(1).lower()], said.text[found.end() :]


def without_name(text: str, bot: Bot) -> str:
    """The text without the mention that woke us in a group."""
    if not bot.username:
        return text
    return re.sub(rf"@{re.escape(bot.username)}\b[,:]?\s*", "", text, flags=re.IGNORECASE).strip() or text


def blocks_of(said: Said, bot: Bot) -> tuple[DataBlock, ...]:
    """What came with the message and is not the person's own word."""
    blocks = []
    if said.forwarded_from is not None and said.text:
        blocks.append(_block(Origin.FORWARDED, said.text, said.forwarded_from))
    if said.thing is not None:
        blocks.append(things.block_of(said.thing, said.forwarded_from))
    if said.replied is not None and said.replied.thing is not None:
        blocks.append(things.block_of(said.replied.thing, None))
    if said.replied is not None and said.replied.file and said.replied.author_id != bot.id:
        blocks.append(DataBlock(origin=Origin.ATTACHED, text="It was sent before.", source=said.replied.file))
    if said.quote:
        blocks.append(_block(Origin.QUOTED, said.quote, said.replied.author if said.replied else ""))
    elif said.replied is not None and said.replied.text:
        ours = said.replied.author_id == bot.id
        source = "NEXUS" if ours else said.replied.author
        blocks.append(_block(Origin.REPLIED, said.replied.text, source, ours=ours))
    if said.heard_by:
        note = f"The words of this message were spoken and written down by {said.heard_by}; some may be misheard."
        blocks.append(_block(Origin.OWN, note, "voice note"))  # no document, and nobody else's words
    return tuple(blocks)


def _block(origin: Origin, text: str, source: str, *, ours: bool = False) -> DataBlock:
    return DataBlock(origin=origin, text=text[:LONGEST_BLOCK], source=source, ours=ours)


def replied_order(tx: Connection, said: Said) -> str | None:
    """The order whose answer (or card, or status line) was replied to."""
    if said.replied is None:
        return None
    row = outbox.shown_as(tx, said.place.chat, said.replied.message_id, said.replied.text)
    return row.order_id if row is not None else None


def request_of(
    said: Said, raw: Json, person: Person, *, bot: Bot, now: int, reply_to_order: str | None, stand_in: str,
    about: tuple[DataBlock, ...] = (),
) -> Request:  # fmt: skip
    """The request of a message.

    Args:
        about: things that were sent before it, without words.
        stand_in: what the company is asked when the person only forwarded something.
    """
    tier, words = named_tier(said)
    blocks = (*blocks_of(said, bot), *about)
    if reply_to_order is not None:  # the company knows its own answer; a quote from it still says which part is meant
        blocks = tuple(block for block in blocks if block.origin is not Origin.REPLIED)
    return Request(
        desk=Desk.TELEGRAM, external_id=said.key, conversation=key_of(said), person=person,
        text=without_name(words, bot).strip() or stand_in, message_id=str(said.message_id), blocks=blocks,
        reply_to_order=reply_to_order, tier=tier, language=person.language, received_at=now, raw=raw_text(raw),
    )  # fmt: skip
