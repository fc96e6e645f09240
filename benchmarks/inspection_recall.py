"""What QA catches and what it rejects wrongly, on the corpus of `benchmarks.inspection_corpus`.

    make bench ARGS="inspection"

Of the development half the misses may be asked for (`python -m benchmarks.inspection_recall`); of the held-out half
only sums are printed.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field, replace

from rich.console import Console
from rich.table import Table

from benchmarks.inspection_corpus.corpus import HALVES, Half, samples
from benchmarks.inspection_corpus.sample import LAYERS, Sample
from benchmarks.router.__main__ import order_of
from benchmarks.table import load
from company.records import Assignment, Deliverable, Difficulty, Finding, Kind, Outcome, Tier
from qa.case import Case, of_order
from qa.inspector import judged, outcome_of
from qa.specs import SPECS, Spec, read_spec
from tests.unit.qa.secret_plants import planted


@dataclass(slots=True)
class Tally:
    """How a half came out. `missed` and `rejected` hold the samples, for the development half alone."""

    planted: Counter[str] = field(default_factory=Counter)
    caught: Counter[str] = field(default_factory=Counter)  # by a finding of the layer's own
    noticed: Counter[str] = field(default_factory=Counter)  # by a finding of any layer
    clean: int = 0
    rejected: list[tuple[Sample, list[Finding]]] = field(default_factory=list)  # the verdict is FAIL
    labelled: list[tuple[Sample, list[Finding]]] = field(default_factory=list)  # the verdict is UNVERIFIED
    missed: list[tuple[Sample, list[Finding]]] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """Share of the planted defects that their own layer caught."""
        return self.caught.total() / self.planted.total()

    @property
    def false_rejections(self) -> float:
        """Share of the clean answers that are sent back."""
        return len(self.rejected) / self.clean


def specs() -> dict[Kind, Spec]:
    """The specs that come with the house."""
    return {kind: read_spec(SPECS / f"{kind.value}.json") for kind in Kind}


def case_of(sample: Sample, known: dict[Kind, Spec]) -> Case:
    """The sample on QA's table."""
    assignment = Assignment(
        kind=sample.kind, difficulty=Difficulty.NORMAL, language=sample.language, ladder=(Tier.INTERN,), brief=""
    )
    deliverable = Deliverable(
        text=sample.text, employee="intern", title="Intern", tier=Tier.INTERN, model="a/b", citations=sample.citations
    )
    return of_order(
        replace(order_of(sample.request), assignment=assignment, blocks=sample.blocks),
        deliverable,
        known[sample.kind],
        passages={passage.id: passage for passage in sample.passages},
        secrets=(),
        prompts=sample.prompts,
        pattern_hits=(),
        tool_uses=sample.tools,
    )


def tally(half: Half) -> Tally:
    """Inspect every answer of a half."""
    result, known = Tally(), specs()
    for sample in samples(half):
        begun = time.perf_counter()
        findings = judged(case_of(sample, known))
        result.milliseconds.append(1000 * (time.perf_counter() - begun))
        if not sample.planted:
            result.clean += 1
            if findings:
                failed = outcome_of(findings) is Outcome.FAIL
                (result.rejected if failed else result.labelled).append((sample, findings))
            continue
        result.planted[sample.planted] += 1
        result.noticed[sample.planted] += bool(findings)
        own = any(finding.layer in LAYERS[sample.planted] for finding in findings)
        result.caught[sample.planted] += own
        if not own:
            result.missed.append((sample, findings))
    return result


def _table(tallies: dict[Half, Tally]) -> Table:
    table = Table(title="QA on its corpus", title_justify="left", title_style="bold")
    table.add_column("planted")
    for half in tallies:
        table.add_column(half, justify="right")
        table.add_column("caught", justify="right")
    for layer in (*LAYERS, "all"):
        cells = []
        for result in tallies.values():
            number = result.planted.total() if layer == "all" else result.planted[layer]
            caught = result.caught.total() if layer == "all" else result.caught[layer]
            cells += [str(number), f"{100 * caught / number:.1f} %"]
        table.add_row(layer, *cells, style="bold" if layer == "all" else "")
    rejected, labelled = list[str](), list[str]()
    for result in tallies.values():
        rejected += [str(result.clean), f"{100 * result.false_rejections:.1f} %"]
        labelled += [str(result.clean), f"{100 * len(result.labelled) / result.clean:.1f} %"]
    table.add_row("clean, sent back", *rejected)
    table.add_row("clean, labelled “could not be verified”", *labelled)
    return table


def _secrets() -> str:
    answers, known = planted(), specs()
    sample = Sample(request="", text="", language="en", kind=Kind.CHAT)
    caught = sum(
        any(finding.code == "secret" for finding in judged(case_of(replace(sample, text=text), known)))
        for text in answers
    )
    return f"Planted secrets: {caught} of {len(answers)} caught."


def run(quick: bool) -> None:
    """Measure and print."""
    console = Console()
    tallies = {half: tally(half) for half in HALVES}
    console.print(_table(tallies))
    mean = sum(sum(one.milliseconds) for one in tallies.values()) / sum(
        len(one.milliseconds) for one in tallies.values()
    )
    console.print(f"  {_secrets()}", style="dim", highlight=False)
    console.print(f"  {mean:.1f} ms an answer on average. {load()}\n", style="dim", highlight=False)


def main() -> None:
    """Print what the development half misses and rejects."""
    result = tally("development")
    for title, samples_of in (
        ("MISSED", result.missed),
        ("SENT BACK", result.rejected),
        ("LABELLED", result.labelled),
    ):
        for sample, findings in samples_of:
            print(f"--- {title} {sample.planted} {sample.kind.value} {sample.language}: {sample.request[:80]}")
            print(sample.text[:400])
            for finding in findings:
                print(f"    {finding.layer}/{finding.code}: {finding.message}")


if __name__ == "__main__":
    main()
