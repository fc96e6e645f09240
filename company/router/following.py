"""Follow-ups: a message that points at a section of an earlier answer, and the brief that goes with it.

The old answer is not told again: the employee sees what was asked, the outline, which section is meant, and the facts
that section named, so that the new answer does not contradict it.
"""

from __future__ import annotations

from collections.abc import Sequence

from company.outlines import Section, outline_of
from company.records import Exchange, Origin, PointsAt, WorkOrder
from company.router.compress import Compressor, facts_of
from company.router.pointing import LAST, Pointer, PointerKind, pointer_in
from company.router.tokens import clip, estimate_tokens

_LOOK_BACK = 3
"""How many exchanges back an outline is looked for when nothing was replied to."""
_QUESTION_TOKENS = 60
_MOST_FACTS = 12


def pointed_at(order: WorkOrder, history: Sequence[Exchange]) -> PointsAt | None:
    """The section that the order means; None when it points at nothing, or there is nothing to point at."""
    if any(block.origin is Origin.QUOTED for block in order.blocks):
        return None  # a quote says itself what is meant
    pointer = pointer_in(order.text)
    found = _target(order, history, pointer) if pointer is not None else None
    if pointer is None or found is None:
        return None
    exchange, sections = found
    return PointsAt(
        order_id=exchange.order_id, number=exchange.number, section=_resolve(pointer, sections),
        titles=tuple(section.title for section in sections), question=clip(exchange.question, _QUESTION_TOKENS),
    )  # fmt: skip


def brief_of(target: PointsAt, order: WorkOrder, history: Sequence[Exchange], writer: Compressor, limit: int) -> str:
    """What an employee is told of the conversation: the outline, the section, its facts; then the rest, compressed."""
    titles = "; ".join(f"[S{number}] {title}" for number, title in enumerate(target.titles, 1))
    meant = f"meant is now: [S{target.section}] {target.titles[target.section - 1]}"
    answer = next((one.answer for one in history if one.number == target.number), "")
    section = next((one for one in outline_of(answer) if one.number == target.section), None)
    facts = sorted(facts_of(section.text))[:_MOST_FACTS] if section is not None else []
    lines = [f"in #{target.number} was asked: {target.question}", f"the answer had these sections: {titles}", meant]
    if facts:
        lines.append(f"that section named: {', '.join(facts)}")
    told = clip("\n".join(lines), limit)
    others = [one for one in history if one.number != target.number]
    before = writer.compress(others, f"{order.text} {target.about}", limit - estimate_tokens(told) - 1)
    return f"{before}\n{told}" if before else told


def _target(
    order: WorkOrder, history: Sequence[Exchange], pointer: Pointer | None
) -> tuple[Exchange, tuple[Section, ...]] | None:
    if order.reply_to_order is not None:
        candidates = [one for one in history if one.order_id == order.reply_to_order]
    else:
        back = 1 if pointer is not None and pointer.kind is PointerKind.THAT else _LOOK_BACK
        candidates = list(reversed(history[-back:]))
    # a list that begins with "S1" is our own question which one is meant: not an answer to point into
    outlines = ((one, outline_of(one.answer)) for one in candidates)
    return next(((one, sections) for one, sections in outlines if sections and sections[0].title != "S1"), None)


def _resolve(pointer: Pointer, sections: Sequence[Section]) -> int:
    """The number of the section, 0 when it can't be told."""
    if pointer.kind is PointerKind.THAT:
        return 0
    if pointer.kind is PointerKind.MARK:
        named = next((one.number for one in sections if one.mark == pointer.value), 0)
        if named:
            return named
        place = int(pointer.value) if pointer.value.isdecimal() else ord(pointer.value) - ord("A") + 1
    else:
        place = int(pointer.value)
    if place == LAST:
        return len(sections)
    return place if 1 <= place <= len(sections) else 0
