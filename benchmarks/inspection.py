"""Milliseconds to inspect an answer of 2,000 words, beside splitting it into words."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace

from benchmarks.router.__main__ import order_of
from benchmarks.table import Row, percentile, show
from company.clock import SystemClock
from company.records import Assignment, Deliverable, Difficulty, Kind, Outcome, Tier, WorkOrder
from qa.inspector import SpecInspector

SENTENCES = (
    "The harbour of the old town was built in three steps, each of them paid for by another guild. ",
    "Its first wall followed the line of the cliff, so that ships could lie in its shade during the summer storms. ",
    "Later the council had a second basin dug, which doubled the number of moorings within four years. ",
    "Trade in salt and cloth paid for the lighthouse, whose lamp could be seen from a distance of twelve miles. ",
    "When the river changed its bed, the merchants moved their stores to the northern bank and kept the toll. ",
)
WORDS = 2000
REQUEST = "Please write an essay of about 2,000 words on the history of a harbour town."


def essay(words: int) -> str:
    """English prose of about so many words, in paragraphs under headings."""
    parts, count, number = ["# The harbour"], 0, 0
    while count < words:
        number += 1
        paragraph = "".join(f"In year {number * 7 + at} it was so: {each}" for at, each in enumerate(SENTENCES))
        parts.append(f"## Part {number}\n\n{paragraph.strip()}")
        count += len(paragraph.split())
    return "\n\n".join(parts)


async def _measure(number: int) -> tuple[list[float], list[float], Outcome]:
    inspector = SpecInspector(clock=SystemClock())
    await inspector.open()
    text = essay(WORDS)
    assignment = Assignment(
        kind=Kind.WRITING, difficulty=Difficulty.NORMAL, language="en", ladder=(Tier.DIRECTOR,), brief=""
    )
    order = _with(assignment)
    deliverable = Deliverable(text=text, employee="director", title="Director", tier=Tier.DIRECTOR, model="a/b")
    ours, theirs = list[float](), list[float]()
    verdict = await inspector.inspect(order, deliverable)
    for _ in range(number):
        begun = time.perf_counter()
        verdict = await inspector.inspect(order, deliverable)
        ours.append(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        len(re.findall(r"\w+", text))
        theirs.append(1000 * (time.perf_counter() - begun))
    return ours, theirs, verdict.outcome


def _with(assignment: Assignment) -> WorkOrder:
    return replace(order_of(REQUEST), assignment=assignment)


def run(quick: bool) -> None:
    """Measure and print."""
    ours, theirs, outcome = asyncio.run(_measure(20 if quick else 200))
    rows = [
        Row(what=f"p{percent}", unit="ms", ours=percentile(ours, percent), baseline=percentile(theirs, percent))
        for percent in (50, 99)
    ]
    note = f"All deterministic layers; the verdict on this text is: {outcome.value}."
    show(f"Inspection of an answer of {WORDS:,} words", "finding its words", rows, notes=[note])
