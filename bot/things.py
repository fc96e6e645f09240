"""Things that were sent without words wait here for what shall become of them.

They are told back as they were read, and go as data with the next order of their sender in the same place, or with a
reply to them or to our question. Functions over an open transaction. Such a thing is forgotten after a while: what is
written an hour later has nothing to do with it.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection

from bot import notes, outbox
from bot.updates import Said
from bot.wording import plainly
from bot.wordless import Thing
from company.records import DataBlock, Json, Origin

SIGNS = {"location": "📍", "venue": "📍", "contact": "👤", "poll": "📊", "checklist": "☑️"}
FRIENDLY = {"sticker": "🤝", "dice": "😁"}
"""What is answered with a reaction alone (of those that a bot may give: #reactiontypeemoji)."""
UNSEEN = {"video": "media_video", "animation": "media_video", "story": "media_story"}
"""What can't be opened, and the sentence that says what can be done instead."""
PREFIX = "thing:"
KEPT_MS = 600_000
MOST_KEPT = 5


def block_of(thing: Thing, forwarded_from: str | None) -> DataBlock:
    """A thing as an order has it beside its words."""
    origin = Origin.ATTACHED if forwarded_from is None else Origin.FORWARDED
    return DataBlock(origin=origin, text=f"{thing.kind}:\n{thing.text}", source=forwarded_from or "")


def shown(thing: Thing) -> str:
    """A thing as its sender sees it: Markdown."""
    return f"{SIGNS[thing.kind]}\n\n" + "\n".join(f"> {plainly(line)}  " for line in thing.text.splitlines())


def remember(tx: Connection, now: int, said: Said) -> None:
    """Keep the thing of a message, in the transaction that writes its update down."""
    if said.thing is None:
        return
    block = block_of(said.thing, said.forwarded_from)
    kept = [*_fresh(tx, now, said), {"at": now, **as_json(block)}][-MOST_KEPT:]
    notes.put(tx, _note(said), json.dumps(kept, ensure_ascii=False))


def recall(tx: Connection, now: int, said: Said) -> tuple[DataBlock, ...]:
    """The things that a message is about, besides those that it replies to itself."""
    if said.replied is None:
        return tuple(map(from_json, _fresh(tx, now, said)))
    row = outbox.shown_as(tx, said.place.chat, said.replied.message_id, said.replied.text)
    return (from_json(row.payload["thing"]),) if row is not None and "thing" in row.payload else ()


def forget(tx: Connection, said: Said) -> None:
    """They went with an order, in its transaction."""
    notes.drop(tx, _note(said))


def as_json(block: DataBlock) -> Json:
    """For the books."""
    return {"origin": block.origin.value, "text": block.text, "source": block.source}


def from_json(block: Json) -> DataBlock:
    """What `as_json` made."""
    return DataBlock(origin=Origin(block["origin"]), text=str(block["text"]), source=str(block["source"]))


def _fresh(tx: Connection, now: int, said: Said) -> list[Json]:
    kept: list[Json] = json.loads(notes.get(tx, _note(said)) or "[]")
    return [one for one in kept if now - int(one["at"]) < KEPT_MS]


def _note(said: Said) -> str:
    return f"{PREFIX}{said.place.chat}:{said.place.topic}:{said.sender.id}"
