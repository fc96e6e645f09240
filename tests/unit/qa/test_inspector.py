"""The inspector as a department and as a port: outcomes, sources, held secrets, broken layers, long answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from company.errors import ConfigError, NotReady
from company.ports import Inspector
from company.records import Citation, Condition, Kind, Outcome, Passage
from qa import inspector as inspection
from qa.inspector import SpecInspector
from qa.layers import completeness
from qa.specs import SPECS
from tests.fakes.clock import TurnedClock
from tests.unit.qa.making import answer, order

PASSAGE = Passage(
    id="a", document="rent.md", place="line 3", text="The rent is 900 euros, due on the 3rd of each month."
)
CITED = Citation(marker=1, passage_id="a", document="rent.md", place="line 3", quote="The rent is 900 euros")


class Shelf:
    """A library of one passage, at the port."""

    def __init__(self, *, ready: bool = True) -> None:
        self.asked: list[tuple[str, str]] = []
        self.ready = ready

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        return ()

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        self.asked.append((passage_id, person_id))
        if not self.ready:
            raise NotReady("The index is being built.")
        return PASSAGE if passage_id == "a" else None

    def is_empty(self) -> bool:
        return False


async def _open(**parts: object) -> SpecInspector:
    made = SpecInspector(clock=TurnedClock(), **parts)  # type: ignore[arg-type]
    await made.open()
    return made


async def test_it_is_the_port() -> None:
    port: Inspector = await _open()
    assert (await port.inspect(order("hi"), answer("Hello!"))).outcome is Outcome.PASS


async def test_a_verdict_names_its_spec() -> None:
    qa = await _open()
    verdict = await qa.inspect(order("hi", kind=Kind.CODE), answer("Hello!"))
    spec = qa.spec_of(Kind.CODE)
    assert spec is not None
    assert (verdict.spec, verdict.spec_version) == (spec.name, spec.version)
    assert verdict.elapsed_ms >= 0


async def test_an_order_without_assignment_is_chat() -> None:
    qa = await _open()
    verdict = await qa.inspect(order("hi", assigned=False), answer("Hello!"))
    assert verdict.spec == "Conversation or a simple question"


@pytest.mark.parametrize(
    ("text", "outcome", "codes"),
    [
        ("It is ready.", Outcome.PASS, []),
        ("TODO: write it.", Outcome.FAIL, ["placeholder"]),
        ("", Outcome.FAIL, ["empty"]),
        ("I'm sorry, but I can't help with that.", Outcome.UNVERIFIED, ["refusal"]),
        ("I can't open the file. I will get back to you.", Outcome.FAIL, ["empty-promise", "refusal"]),
    ],
)
async def test_outcomes(text: str, outcome: Outcome, codes: list[str]) -> None:
    verdict = await (await _open()).inspect(order("Is it ready?"), answer(text))
    assert (verdict.outcome, [finding.code for finding in verdict.findings]) == (outcome, codes)


async def test_sources_are_looked_up_for_the_person() -> None:
    shelf = Shelf()
    qa = await _open(library=shelf)
    asked = order("What is the rent?", kind=Kind.DOCUMENTS)
    good = await qa.inspect(asked, answer("The rent is 900 euros [1].", citations=(CITED,)))
    bad = await qa.inspect(asked, answer("The rent is 950 euros [1].", citations=(CITED,)))
    assert (good.outcome, bad.outcome) == (Outcome.PASS, Outcome.FAIL)
    assert shelf.asked == [("a", "p1"), ("a", "p1")]


@pytest.mark.parametrize("library", [None, Shelf(ready=False)])
async def test_sources_that_can_t_be_looked_up_are_unverified(library: Shelf | None) -> None:
    qa = await _open(library=library)
    verdict = await qa.inspect(order("Rent?", kind=Kind.DOCUMENTS), answer("It is 900 euros [1].", citations=(CITED,)))
    assert (verdict.outcome, [finding.code for finding in verdict.findings]) == (
        Outcome.UNVERIFIED,
        ["passages-unavailable"],
    )


async def test_effects_that_nobody_knows_are_unverified() -> None:
    verdict = await (await _open()).inspect(order("Send it"), answer("Sent.", unknown_effects=("send_mail to Anna",)))
    assert verdict.outcome is Outcome.UNVERIFIED
    assert any("send_mail to Anna" in finding.message for finding in verdict.findings)


async def test_secrets_are_asked_anew_for_each_answer() -> None:
    held: list[str] = []
    qa = await _open(known_secrets=lambda: held, prompts=lambda: ["x" * 10])
    said = answer("The word is Rosenholz-1848.")
    assert (await qa.inspect(order("?"), said)).outcome is Outcome.PASS
    held.append("Rosenholz-1848")
    verdict = await qa.inspect(order("?"), said)
    assert verdict.outcome is Outcome.FAIL
    assert "Rosenholz" not in verdict.findings[0].message


async def test_a_layer_that_breaks_is_a_label_and_not_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(looked_at: object) -> tuple[()]:
        raise RuntimeError("boom")

    monkeypatch.setattr(inspection, "LAYERS", (("completeness", completeness.check), ("code", broken)))
    verdict = await (await _open()).inspect(order("?"), answer("Fine."))
    assert (verdict.outcome, verdict.findings[0].code) == (Outcome.UNVERIFIED, "layer-broken")
    worse = await (await _open()).inspect(order("?"), answer("TODO: all."))
    assert worse.outcome is Outcome.FAIL


async def test_before_it_is_open_nothing_is_passed() -> None:
    qa = SpecInspector(clock=TurnedClock())
    verdict = await qa.inspect(order("?"), answer("Fine."))
    assert (verdict.outcome, verdict.findings[0].code) == (Outcome.UNVERIFIED, "no-spec")
    assert (await qa.check()).condition is Condition.ILL


async def test_health_counts_verdicts() -> None:
    qa = await _open()
    await qa.inspect(order("?"), answer("Fine."))
    await qa.inspect(order("?"), answer("TODO: all."))
    health = await qa.check()
    assert health.condition is Condition.OK
    assert health.facts == {"specs": 10, "pass": 1, "fail": 1, "unverified": 0}


async def test_the_board_s_specs_and_their_patterns(tmp_path: Path) -> None:
    spec = {"name": "Mine", "version": 7, "kind": "chat", "security": {"forbidden_patterns": ["(?i)project\\s+heron"]}}
    (tmp_path / "chat.json").write_text(json.dumps(spec))
    qa = await _open(specs=(SPECS, tmp_path))
    bad = await qa.inspect(order("?"), answer("It is about Project  Heron."))
    good = await qa.inspect(order("?"), answer("It is about the river."))
    assert (bad.outcome, bad.findings[0].code, bad.spec_version) == (Outcome.FAIL, "forbidden-pattern", 7)
    assert good.outcome is Outcome.PASS


async def test_a_bad_spec_keeps_the_former_ones(tmp_path: Path) -> None:
    qa = await _open(specs=(SPECS, tmp_path))
    (tmp_path / "chat.json").write_text('{"name": "Mine", "kind": "chat", "sped": 1}')
    with pytest.raises(ConfigError, match=r"chat\.json: \$\.sped"):
        await qa.open()
    assert (await qa.inspect(order("?"), answer("Fine."))).outcome is Outcome.PASS


async def test_a_pattern_that_takes_too_long_is_unverified(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = {"name": "Mine", "kind": "chat", "security": {"forbidden_patterns": ["(q+)+$"]}}
    (tmp_path / "chat.json").write_text(json.dumps(spec))
    monkeypatch.setattr("qa.patterns.probe", lambda patterns: {})  # as if it had slipped through
    qa = await _open(specs=(SPECS, tmp_path))
    verdict = await qa.inspect(order("?"), answer("q" * 60 + "!"))
    assert (verdict.outcome, verdict.findings[0].code) == (Outcome.UNVERIFIED, "pattern-timeout")


async def test_a_long_answer_leaves_the_loop_free() -> None:
    qa = await _open()
    text = "The river is wide, and the boats are slow on it today.\n\n" * 3000
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    beating = asyncio.create_task(beat())
    verdict = await qa.inspect(order("?", kind=Kind.WRITING), answer(text))
    beating.cancel()
    assert verdict.outcome is Outcome.PASS
    assert beats > 3


async def test_it_runs_until_cancelled_and_closes_twice() -> None:
    qa = await _open()
    running = asyncio.create_task(qa.run())
    await asyncio.sleep(0)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await qa.close()
    await qa.close()
