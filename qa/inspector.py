"""The inspector: judges each answer against the spec of its kind, deterministic layers in order (port `Inspector`).

PASS: every applicable check passed. FAIL: at least one defect; the findings say what to mend. UNVERIFIED: no defect,
but a check that the spec requires could not run, or the answer itself says that the work was not done. A layer that
breaks makes the verdict UNVERIFIED too: QA fails closed to a label, never to silence (promise P2). A model is asked
only after the rules, where a spec says so (`judge`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from company.clock import Clock
from company.errors import BooksError, NotReady
from company.library_ports import Library
from company.ports import Sandbox
from company.records import Condition, Deliverable, Finding, Health, Kind, Outcome, Passage, Verdict, WorkOrder
from company.spec_records import SpecVersion
from company.tool_uses import ToolUse
from qa import patterns, prose
from qa.case import Case, of_order
from qa.execution import Execution, execute, program_of
from qa.judge import JUDGEABLE, LAYER, Judge
from qa.layers import LAYERS, UNDECIDED, actions, asked_of
from qa.patches.examining import examine
from qa.patches.locate import patch_of
from qa.rulebook import RuleBook
from qa.specs import SPECS, Spec

_log = logging.getLogger(__name__)
_LONG = 8_000  # characters; longer answers, requests and texts that came along are read in a thread (12 ms or more)
_MOST_FINDINGS = 12


class SpecInspector:
    """QA as a department and as the port `Inspector`.

    Args:
        clock: for `elapsed_ms`.
        specs: directories of specs; the first must exist and be whole, later ones override single kinds.
        versions: the Board's newest version of each spec that it changed; over those of the directories.
        library: where cited passages are looked up; None makes cited answers UNVERIFIED.
        sandbox: where the code of an answer is run when its spec asks for it; None makes such answers UNVERIFIED.
        known_secrets: the values that may never leave, asked anew for each answer.
        prompts: the texts of the prompts in force, asked anew for each answer.
        tool_uses: what tools did in an order, by its id; asked only for an answer that claims a deed. None makes such
            answers UNVERIFIED.
        judge: a model that reads answers where their spec wants it; None: the rules alone.
    """

    name = "qa"

    def __init__(
        self,
        *,
        clock: Clock,
        specs: Sequence[Path] = (SPECS,),
        versions: Callable[[], Awaitable[Mapping[Kind, SpecVersion]]] | None = None,
        library: Library | None = None,
        sandbox: Sandbox | None = None,
        known_secrets: Callable[[], Iterable[str]] = tuple,
        prompts: Callable[[], Iterable[str]] = tuple,
        tool_uses: Callable[[str], Awaitable[tuple[ToolUse, ...]]] | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._clock = clock
        self.rulebook = RuleBook(specs, versions)
        self._library = library
        self._sandbox = sandbox
        self._known_secrets = known_secrets
        self._prompts = prompts
        self._tool_uses = tool_uses
        self._judge = judge
        self._verdicts = dict.fromkeys(Outcome, 0)

    async def open(self) -> None:
        """Read the specs; again when they were changed. Raises `ConfigError` and keeps the former ones."""
        await self.rulebook.open()
        if self._judge is not None:
            await self._judge.load()

    async def run(self) -> None:
        """Wait until cancelled: inspections are asked for."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing is held."""

    async def check(self) -> Health:
        """How many specs are in force and what was judged since the start."""
        number = len(self.rulebook)
        facts = {"specs": number, **{outcome.value: times for outcome, times in self._verdicts.items()}}
        if not number:
            return Health(part="qa", condition=Condition.ILL, detail="no spec is loaded", facts=facts)
        if unfit := self.rulebook.unfit:
            detail = f"the last version of {', '.join(unfit)} can't be read; the file's spec is in force"
            mend = f"/qa back {unfit[0]}, or change it anew"
            return Health(part="qa", condition=Condition.WARNING, detail=detail, mend=mend, facts=facts)
        return Health(part="qa", condition=Condition.OK, detail=f"{number} specs", facts=facts)

    def spec_of(self, kind: Kind) -> Spec | None:
        """The spec in force for a kind of order."""
        return self.rulebook.of(kind)

    async def inspect(self, order: WorkOrder, deliverable: Deliverable) -> Verdict:
        """Judge one answer against the spec of its kind. Never raises for a bad answer; undecided is UNVERIFIED."""
        begun = self._clock.monotonic()
        kind = order.assignment.kind if order.assignment is not None else Kind.CHAT
        spec = self.rulebook.of(kind)
        if spec is None:
            self._verdicts[Outcome.UNVERIFIED] += 1
            return self._verdict(None, (_no_spec(kind),), begun)
        notes: list[Finding] = list(_unknown_effects(deliverable))
        passages, note = await self._passages(order, deliverable)
        hits, late = await self._pattern_hits(spec, deliverable.text)
        notes += [found for found in (note, late) if found is not None]

        execution = await self._execution(spec, order, deliverable)
        patch = await self._patch(spec, order, deliverable)

        def judge() -> tuple[Case, list[Finding]]:
            case = of_order(
                order,
                deliverable,
                spec,
                passages=passages,
                secrets=tuple(self._known_secrets()),
                prompts=tuple(self._prompts()),
                pattern_hits=hits,
                execution=execution,
                patch=patch,
            )
            return case, judged(case, skip=("citations",) if note is not None else ())

        foreign = sum(len(block.text) for block in order.blocks)
        if max(len(deliverable.text), len(order.text), foreign) > _LONG:
            case, findings = await asyncio.to_thread(judge)
        else:
            case, findings = judge()
        if self._tool_uses is not None and any(finding.code == "claim-unchecked" for finding in findings):
            findings = await self._held_against_receipts(case, order.id, findings)
        verdict = self._verdict(spec, (*findings, *notes), begun)
        if self._judge is not None and spec.judge.enabled:
            verdict = await self._read_by_a_model(self._judge, order, deliverable, spec, verdict, passages)
        self._verdicts[verdict.outcome] += 1
        return replace(verdict, elapsed_ms=(self._clock.monotonic() - begun) * 1000)

    async def _read_by_a_model(
        self, judge: Judge, order: WorkOrder, deliverable: Deliverable, spec: Spec, verdict: Verdict,
        passages: Mapping[str, Passage],
    ) -> Verdict:  # fmt: skip
        """The rules' verdict, or the judge's where they could not decide and a reader can, or the spec wants both."""
        open_question = verdict.outcome is Outcome.UNVERIFIED and {one.code for one in verdict.findings} <= JUDGEABLE
        second_look = verdict.outcome is Outcome.PASS and spec.judge.when == "always"
        if not (open_question or second_look):
            return verdict
        ruling = await judge.rule(
            order, deliverable, spec.judge, noticed=verdict.findings, passages=tuple(passages.values())
        )
        if ruling is None:
            return verdict
        layers = (*verdict.layers, LAYER)
        if ruling.outcome is Outcome.PASS:
            return replace(verdict, outcome=Outcome.PASS, findings=(), layers=layers, judged=ruling.said)
        outcome = ruling.outcome if ruling.outcome is Outcome.FAIL else Outcome.UNVERIFIED
        findings = (*ruling.findings, *verdict.findings)[:_MOST_FINDINGS]
        return replace(verdict, outcome=outcome, findings=findings, layers=layers, judged=ruling.said)

    async def _held_against_receipts(self, case: Case, order_id: str, findings: list[Finding]) -> list[Finding]:
        """The findings again, once the books were asked what tools did in this order."""
        assert self._tool_uses is not None  # noqa: S101 - for the type checker; the caller looked
        try:
            uses = await self._tool_uses(order_id)
        except BooksError:
            return findings  # "could not be held against the record" stays true
        others = [finding for finding in findings if finding.code != "claim-unchecked"]
        return [*actions.check(replace(case, tool_uses=uses)), *others]

    async def _passages(
        self, order: WorkOrder, deliverable: Deliverable
    ) -> tuple[Mapping[str, Passage], Finding | None]:
        """The cited passages that exist, by id; or why they could not be looked up."""
        ids = dict.fromkeys(citation.passage_id for citation in deliverable.citations)
        found: dict[str, Passage] = {}
        if ids and self._library is None:
            return found, _note("citations", "passages-unavailable", "The sources could not be checked: no library.")
        for passage_id in ids:
            assert self._library is not None  # noqa: S101 - for the type checker; the case is decided above
            try:
                passage = await self._library.passage(passage_id, person_id=order.reader_id)
            except NotReady as error:
                return found, _note("citations", "passages-unavailable", f"The sources could not be checked: {error}")
            if passage is not None:
                found[passage_id] = passage
        return found, None

    async def _execution(self, spec: Spec, order: WorkOrder, deliverable: Deliverable) -> Execution | None:
        """What running the answer's code has shown; None when the spec doesn't ask, or there is nothing to run."""
        rules = spec.code_execution
        if not (rules.enabled and rules.execute_in_sandbox):
            return None
        asked = (order.text, *(block.text for block in order.blocks))
        program = await asyncio.to_thread(lambda: program_of(prose.read(deliverable.text), spec, asked))
        return await execute(program, self._sandbox) if program is not None else None

    async def _patch(self, spec: Spec, order: WorkOrder, deliverable: Deliverable) -> tuple[Finding, ...] | None:
        """What is to be said of the answer's diff; None when the spec doesn't ask, or there is none."""
        if not spec.patch.enabled:
            return None
        text = await asyncio.to_thread(lambda: patch_of(prose.read(deliverable.text), order.text))
        if text is None:
            return None
        return await examine(text, spec.patch, request=order.text, sandbox=self._sandbox)

    async def _pattern_hits(self, spec: Spec, text: str) -> tuple[tuple[str, ...], Finding | None]:
        if not spec.patterns:
            return (), None
        try:
            return tuple(await asyncio.to_thread(patterns.search, spec.patterns, text)), None
        except patterns.PatternTimeout:
            return (), _note("security", "pattern-timeout", "The patterns of the spec took too long on this answer.")

    def _verdict(self, spec: Spec | None, findings: tuple[Finding, ...], begun: float) -> Verdict:
        return Verdict(
            outcome=outcome_of(findings),
            spec=spec.name if spec is not None else "",
            spec_version=spec.version if spec is not None else 0,
            findings=findings[:_MOST_FINDINGS],
            elapsed_ms=(self._clock.monotonic() - begun) * 1000,
            layers=asked_of(spec) if spec is not None else (),
        )


def judged(case: Case, *, skip: Sequence[str] = ()) -> list[Finding]:
    """The findings of all layers, defects first; a layer that breaks leaves a note instead of its findings."""
    findings: list[Finding] = []
    for name, layer in LAYERS:
        if name in skip:
            continue
        try:
            findings += layer(case)
        except Exception:  # noqa: BLE001 - whatever breaks here, the answer is labelled and not lost
            _log.exception("the QA layer %s broke", name)
            findings.append(_note(name, "layer-broken", f"The check of {name} could not be finished."))
    return sorted(findings, key=lambda finding: finding.code in UNDECIDED)


def outcome_of(findings: Iterable[Finding]) -> Outcome:
    """FAIL for any defect, else UNVERIFIED for any note, else PASS."""
    codes = {finding.code for finding in findings}
    if codes - UNDECIDED:
        return Outcome.FAIL
    return Outcome.UNVERIFIED if codes else Outcome.PASS


def _note(layer: str, code: str, message: str) -> Finding:
    return Finding(layer=layer, code=code, message=message)


def _no_spec(kind: Kind) -> Finding:
    return _note("format", "no-spec", f"There is no QA spec for answers of kind {kind.value}.")


def _unknown_effects(deliverable: Deliverable) -> Iterable[Finding]:
    for effect in deliverable.unknown_effects:
        yield _note("completeness", "unknown-effect", f"Nobody knows whether this was done: {effect}.")
