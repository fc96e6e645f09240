"""Passages for an order: those of the documents that its sender points at, sent or replied to, come first."""

from __future__ import annotations

from company.library_ports import Library
from company.records import Passage, WorkOrder

WIDE = 24
"""How many passages are looked through for those of the documents that are pointed at."""


async def passages_for(library: Library, order: WorkOrder, question: str, limit: int) -> tuple[Passage, ...]:
    """The best passages for a question; of the documents that the order points at alone, if one of those fits.

    A question like "what is this about?" has no word of the document: its name is asked for then.
    """
    names = order.attached
    found = await library.find(question, person_id=order.reader_id, limit=WIDE if names else limit)
    if not names:
        return found
    theirs = _of(names, found)
    for name in sorted(names) if not theirs else ():
        theirs += _of(names, await library.find(name, person_id=order.reader_id, limit=limit))
    return tuple(dict.fromkeys(theirs))[:limit] or found[:limit]


def _of(names: frozenset[str], passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    return tuple(passage for passage in passages if passage.document in names)
