"""How well the model judge agrees with the labels of the inspection corpus, and what it costs.

    make bench ARGS="judge"              # with [qa] judges in config.local.toml: that model is asked, and paid
    make bench ARGS="judge --quick"      # 40 answers instead of 200

Without a judge in the settings a scripted one, which knows the labels and errs on purpose, stands in: then the harness
is shown to count right, and no model was measured. Never part of a plain `make bench`: it may cost money, at most
`[budget] judge_day`. Only the development half is used; the other stays unread.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from benchmarks.inspection_corpus.corpus import samples
from benchmarks.inspection_corpus.sample import Sample
from benchmarks.router.__main__ import order_of
from company import org_chart
from company.books import SqliteBooks
from company.budget import Caps
from company.clock import SystemClock
from company.config import Settings, load_settings, model_ref
from company.metering import MeteredModel
from company.money import dollars
from company.ports import Model, OnText
from company.records import Completion, Deliverable, Health, ModelCall, ModelRef, Outcome, Stop, Tier, Usage
from company.schema import ledger
from company.secrets import Secrets
from employees.doors import build_doors
from qa.judge import Judge
from qa.specs import JudgeRules

ROOT = Path(__file__).resolve().parents[1]
SCRIPTED = ModelRef(provider="ollama", model="scripted")
ERRS = 0.1  # of the scripted judge, either way
RULES = JudgeRules(enabled=True, when="always")


class Script:
    """A door to a judge that knows the labels. It is no model, and its figures say nothing of one."""

    provider = SCRIPTED.provider

    def __init__(self, labels: Mapping[str, bool]) -> None:
        self._labels = labels
        self._chance = random.Random(20261121)

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        """The label of the answer that is shown, or the opposite."""
        shown = call.messages[0].text.removeprefix("<data>\n").removesuffix("\n</data>")
        bad = self._labels[json.loads(shown)["answer"]] ^ (self._chance.random() < ERRS)
        problems = [{"quote": "", "problem": "planted", "mend": "mend it"}] if bad else []
        text = json.dumps({"problems": problems, "verdict": "fail" if bad else "pass"})
        return Completion(text=text, usage=Usage(), stop=Stop.END, provider=self.provider, model=call.model)

    async def check(self) -> Health:
        """Not asked here."""
        raise NotImplementedError

    async def close(self) -> None:
        """Nothing is held."""


@dataclass(slots=True)
class Count:
    """What the judge said of planted answers and of clean ones."""

    planted: Counter[str] = field(default_factory=Counter)
    clean: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    cost_micro: int = 0

    @property
    def kappa(self) -> float:
        """Cohen's kappa over the answers that were decided: agreement beyond chance (Cohen 1960)."""
        right_bad, wrong_bad = self.planted[Outcome.FAIL], self.clean[Outcome.FAIL]
        wrong_good, right_good = self.planted[Outcome.PASS], self.clean[Outcome.PASS]
        number = right_bad + wrong_bad + wrong_good + right_good
        if not number:
            return 0.0
        agreed = (right_bad + right_good) / number
        by_chance = (
            (right_bad + wrong_bad) * (right_bad + wrong_good) + (wrong_good + right_good) * (wrong_bad + right_good)
        ) / number**2
        return (agreed - by_chance) / (1 - by_chance) if by_chance < 1 else 0.0


def chosen(number: int) -> list[Sample]:
    """As many planted answers as clean ones, of the development half, drawn once."""
    chance, half = random.Random(6), samples("development")
    planted, clean = [one for one in half if one.planted], [one for one in half if not one.planted]
    return [*chance.sample(planted, number // 2), *chance.sample(clean, number // 2)]


async def measure(settings: Settings, doors: Mapping[str, Model], judges: list[ModelRef], drawn: list[Sample]) -> Count:
    """Ask the judge about each answer, through the metered door, on books of its own."""
    clock, count = SystemClock(), Count()
    with tempfile.TemporaryDirectory(prefix="nexus-judge-") as folder:
        books = SqliteBooks(Path(folder) / "bench.db", audit_key=b"k" * 32, busy_timeout_s=10)
        await books.open()
        try:
            await books.write(org_chart.take_in, clock.now(), settings)
            caps = Caps(settings.budget, ZoneInfo("UTC"))
            metered = MeteredModel(books, dict(doors), clock, caps, "bench/1")
            judge = Judge(metered, roster=dict, reachable=lambda ref: ref.provider in doors, named=judges)
            await judge.load()
            begun = time.perf_counter()
            for sample in drawn:
                ruling = await judge.rule(*_asked(sample), RULES, passages=sample.passages)
                outcome = ruling.outcome if ruling is not None else "nobody"
                (count.planted if sample.planted else count.clean)[outcome] += 1
            count.seconds = time.perf_counter() - begun
            rows = await books.read(lambda tx: list(tx.execute(ledger.select())))
            count.cost_micro = sum(row.charged_micro for row in rows)
        finally:
            await books.close()
    return count


def _asked(sample: Sample):  # type: ignore[no-untyped-def]
    deliverable = Deliverable(text=sample.text, employee="ceo", title="CEO", tier=Tier.CEO, model="a/b")
    return replace(order_of(sample.request), blocks=sample.blocks), deliverable


def _table(count: Count, title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for name in ("answers", "number", "sent back", "passed", "undecided"):
        table.add_column(name, justify="left" if name == "answers" else "right")
    for name, said in (("planted defect", count.planted), ("clean", count.clean)):
        number = said.total()
        shares = [100 * said[outcome] / max(1, number) for outcome in (Outcome.FAIL, Outcome.PASS, Outcome.UNVERIFIED)]
        table.add_row(name, str(number), *(f"{share:.1f} %" for share in shares))
    return table


def run(quick: bool) -> None:
    """Measure and print."""
    console, settings = Console(), load_settings(ROOT)
    drawn = chosen(40 if quick else 200)
    judges = [model_ref(text) for text in settings.qa.judges]
    if judges:
        doors = build_doors(settings, Secrets(ROOT / settings.company.data_dir / "secrets"), SystemClock())
        title = f"The judge {judges[0]} on answers with known labels"
    else:
        judges, title = [SCRIPTED], "A scripted judge that errs in one of ten: NO MODEL WAS MEASURED"
        doors = {SCRIPTED.provider: Script({sample.text: bool(sample.planted) for sample in drawn})}
    count = asyncio.run(measure(settings, doors, judges, drawn))
    console.print(_table(count, title))
    console.print(
        f"Cohen's kappa over the decided ones {count.kappa:.2f}; {dollars(count.cost_micro)} in all; "
        f"{count.seconds / len(drawn):.2f} s an answer.",
        highlight=False,
    )
    if judges == [SCRIPTED]:
        console.print("Name a model in [qa] judges (config.local.toml) to measure one.", style="yellow", markup=False)
