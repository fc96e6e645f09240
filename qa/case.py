"""One answer on QA's table: what was asked, what was given, what came back, read once for all layers.

A layer is a plain function `check(case) -> tuple[Finding, ...]`: no I/O, no state, linear in the length of the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from company.records import Citation, Deliverable, Finding, Kind, Passage, Tier, WorkOrder
from company.tool_uses import ToolUse
from qa import prose
from qa.execution import Execution
from qa.prose import Prose
from qa.specs import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All a layer may look at. `request` and `given` are "" when there is no order behind the text (the runner)."""

    text: str
    prose: Prose
    spec: Spec
    request: str = ""  # the person's own words
    given: str = ""  # all that was put before the employee: words, forwarded and quoted texts, brief, cited passages
    kind: Kind | None = None
    language: str = ""  # the language to answer in, ISO 639-1; "" is any
    tier: Tier | None = None
    citations: tuple[Citation, ...] = ()
    passages: Mapping[str, Passage] = field(default_factory=dict)  # the cited ones that exist, by id
    secrets: tuple[str, ...] = ()  # values that the company holds and nobody may see
    prompts: tuple[str, ...] = ()  # texts of the prompts in force
    pattern_hits: tuple[str, ...] = ()  # forbidden patterns of the spec that occur in the text
    execution: Execution | None = None  # what the sandbox said of its code; None when it was not asked
    foreign: tuple[str, ...] = ()  # texts that came along (forwarded, quoted, passages): data, never orders
    patch: tuple[Finding, ...] | None = None  # what is said of the diff in it; None when nobody looked
    tool_uses: tuple[ToolUse, ...] | None = None  # what tools did in this order; None when nobody knows


def of_text(text: str, spec: Spec, *, secrets: tuple[str, ...] = (), pattern_hits: tuple[str, ...] = ()) -> Case:
    """A text with no order behind it, such as the output of a command."""
    return Case(
        text=text, prose=prose.read(text), spec=spec, kind=spec.kind, secrets=secrets, pattern_hits=pattern_hits
    )


def of_order(  # every part is decided by the inspector, none has a default there
    order: WorkOrder,
    deliverable: Deliverable,
    spec: Spec,
    *,
    passages: Mapping[str, Passage],
    secrets: tuple[str, ...],
    prompts: tuple[str, ...],
    pattern_hits: tuple[str, ...],
    execution: Execution | None = None,
    patch: tuple[Finding, ...] | None = None,
    tool_uses: tuple[ToolUse, ...] | None = None,
) -> Case:
    """The answer to an order."""
    assignment = order.assignment
    given = [order.text, *(block.text for block in order.blocks), *(block.source for block in order.blocks)]
    if assignment is not None:
        given.append(assignment.brief)
    for passage in passages.values():
        given += [passage.text, passage.document]
    return Case(
        text=deliverable.text,
        prose=prose.read(deliverable.text),
        spec=spec,
        request=order.text,
        given="\n".join(given),
        kind=assignment.kind if assignment is not None else spec.kind,
        language=assignment.language if assignment is not None else "",
        tier=deliverable.tier,
        citations=deliverable.citations,
        passages=passages,
        secrets=secrets,
        prompts=prompts,
        pattern_hits=pattern_hits,
        execution=execution,
        patch=patch,
        foreign=(*(block.text for block in order.blocks), *(passage.text for passage in passages.values())),
        tool_uses=tool_uses,
    )
