"""Milliseconds to inspect an answer of 2,000 words, beside splitting it into words.

Two answers: prose, in which there is little to calculate, and a dense one with a sum, a date, a conversion or a deed in
every sentence, as hard as an honest answer gets.
"""

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
DENSE = (
    "The order of Monday, 4 May 2026 came to 3 × 14.50 = 43.50 euros, which is 15 % of 290. ",
    "From 1 March 2027 to 15 March 2027 there are 14 days, and 5 km (3.1 miles) lie between the two stores. ",
    "I checked the totals of the second table, and the rate went from 80 to 100, an increase of 25 %. ",
    "Write to user@example.com or see https://www.example.org/prices for the key figures of 2026-05-04. ",
)
WORDS = 2000
REQUEST = "Please write an essay of about 2,000 words on the history of a harbour town."


def essay(words: int, sentences: tuple[str, ...] = SENTENCES) -> str:
    """English of about so many words, in paragraphs under headings."""
    parts, count, number = ["# The harbour"], 0, 0
    while count < words:
        number += 1
        paragraph = "".join(f"In year {number * 7 + at} it was so: {each}" for at, each in enumerate(sentences))
        parts.append(f"## Part {number}\n\n{paragraph.strip()}")
        count += len(paragraph.split())
    return "\n\n".join(parts)


async def _measure(number: int, text: str, kind: Kind) -> tuple[list[float], list[float], float, Outcome]:
    inspector = SpecInspector(clock=SystemClock())
    await inspector.open()
    assignment = Assignment(kind=kind, difficulty=Difficulty.NORMAL, language="en", ladder=(Tier.DIRECTOR,), brief="")
    order = _with(assignment)
    deliverable = Deliverable(text=text, employee="director", title="Director", tier=Tier.DIRECTOR, model="a/b")
    ours, theirs = list[float](), list[float]()
    verdict = await inspector.inspect(order, deliverable)
    busy = time.process_time()
    for _ in range(number):
        verdict = await inspector.inspect(order, deliverable)
    busy = 1000 * (time.process_time() - busy) / number
    for _ in range(number):
        begun = time.perf_counter()
        verdict = await inspector.inspect(order, deliverable)
        ours.append(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        len(re.findall(r"\w+", text))
        theirs.append(1000 * (time.perf_counter() - begun))
    return ours, theirs, busy, verdict.outcome


def _with(assignment: Assignment) -> WorkOrder:
    return replace(order_of(REQUEST), assignment=assignment)


def run(quick: bool) -> None:
    """Measure and print."""
    rows, outcomes = list[Row](), list[str]()
    for name, sentences, kind in (("prose", SENTENCES, Kind.WRITING), ("dense", DENSE, Kind.ANALYSIS)):
        ours, theirs, busy, outcome = asyncio.run(_measure(20 if quick else 200, essay(WORDS, sentences), kind))
        outcomes.append(outcome.value)
        rows += [
            Row(
                what=f"{name}, p{percent}",
                unit="ms",
                ours=percentile(ours, percent),
                baseline=percentile(theirs, percent),
                aim="below 50" if percent == 50 else "",
            )
            for percent in (50, 99)
        ]
        rows.append(Row(what=f"{name}, CPU", unit="ms", ours=busy))
    note = f"All deterministic layers; the verdicts on these texts are: {', '.join(outcomes)}."
    show(f"Inspection of an answer of {WORDS:,} words", "finding its words", rows, notes=[note])
