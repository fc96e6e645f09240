"""The agent loop: one attempt of one employee at one order. Read `perform` first.

Every model call goes through the metered door and is written down with its charge; every use of a tool is written down
before and after its effect. So an attempt that was interrupted goes on after its last recorded step.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from company import projects
from company.asking import Asking
from company.books import Books
from company.clock import Clock
from company.errors import ContextTooLong, GaveUp, LostClaim, ModelRejected, NotReady
from company.library_ports import Library, Memory
from company.memory_records import NoMemory
from company.ports import Metered, Report
from company.records import (
    Account,
    Completion,
    Deliverable,
    Difficulty,
    Employee,
    Job,
    Kind,
    ModelCall,
    ModelRef,
    Passage,
    Progress,
    ProgressStage,
    Purpose,
    Stop,
)
from employees import briefing, selftest
from employees.attached import passages_for
from employees.citations import citations
from employees.prompts import Prompt
from employees.toolbox import Receipt, Repeat, Toolbox, Work, effects_before
from employees.transcript import SAME_CALLS, Opening, Talk, Turn, append, restore, turn_of

log = logging.getLogger(__name__)

BEST, BEST_OF_CHAT = 6, 3  # passages that are fetched up front
IDLE_S = 60.0  # a thinking model says nothing for a while; its provider's pings count as life


@dataclass(frozen=True, slots=True)
class Bench:
    """What every employee works with.

    Args:
        doors: the providers there are; an employee's other models are passed over.
        max_turns: most model turns of one attempt.
        self_test: "off", "points" or "turn" (see `employees.selftest`).
        reminder_tokens: how much of what was said before an employee is told of by itself; 0 for nothing.
    """

    books: Books
    metered: Metered
    library: Library
    toolbox: Toolbox
    prompts: Mapping[str, Prompt]
    clock: Clock
    company: str
    doors: frozenset[str]
    max_turns: int
    self_test: str = "points"
    memory: Memory = field(default_factory=NoMemory)
    reminder_tokens: int = 300


@dataclass(slots=True)
class Attempt:
    """One employee at one job."""

    bench: Bench
    employee: Employee
    job: Job
    report: Report

    async def perform(self) -> Deliverable:
        """Take turns with the model until it has answered.

        Raises:
            GaveUp: no answer came of it (refused, went in circles, too many turns): the next tier may do better.
            BudgetExceeded, PriceUnknown, NobodyAvailable: from the metered door.
            LostClaim: somebody else works on this attempt.
        """
        self._tell(ProgressStage.WORKING)
        talk = None if self.job.fresh else await self.bench.books.read(restore, self.job.attempt_id)
        if talk is None:
            talk = await self._begin()
        while not talk.answered:
            if talk.turns:
                await self._use_tools(talk, talk.turns[-1])
            try:
                if len(talk.turns) >= self.bench.max_turns:
                    raise GaveUp(f"The {self.employee.title} found no end in {self.bench.max_turns} turns.")
                await self._take_turn(talk)
            except GaveUp:
                if not talk.looks_again:
                    raise
                break  # the answer is there; only the second look at it came to nothing
        return self._deliver(talk, talk.final[-1])

    async def _begin(self) -> Talk:
        """What the employee is told; passages are fetched up front.

        That is so for an order about documents or with one, and for a plain little question, which gets no tool to
        search with: its words may not say that the answer lies in the Board's documents, and where nothing fits nothing
        is found.
        """
        assignment, order = self.job.assignment, self.job.order
        passages: tuple[Passage, ...] = ()
        plain = assignment.kind is Kind.CHAT and assignment.difficulty is Difficulty.TRIVIAL
        meant = assignment.points_at
        near = plain or meant or order.attached
        if assignment.kind is Kind.DOCUMENTS or (near and not self.bench.library.is_empty()):
            limit = BEST_OF_CHAT if plain else BEST
            asked = f"{order.text} {meant.about}" if meant else order.text
            passages = await passages_for(self.bench.library, order, asked, limit)
        opening = await self._opening(passages, reminded=await self._reminder())
        return Talk(self.job.attempt_id, opening)

    async def _reminder(self) -> str:
        """What else was said here that fits; where the memory can't be asked now, the work goes on without it."""
        assignment, most = self.job.assignment, self.bench.reminder_tokens
        if not most or (assignment.kind not in briefing.REMINDED and assignment.recalls is None):
            return ""
        try:
            found = await self.bench.memory.beside(self.job.order)
        except NotReady as error:
            log.warning("nothing could be remembered for order #%s: %s", self.job.order.number, error)
            return ""
        return briefing.reminder(self.job, found, most)

    async def _opening(self, passages: tuple[Passage, ...], *, small: bool = False, reminded: str = "") -> Opening:
        assignment = self.job.assignment
        before: tuple[Receipt, ...] = ()
        if self.job.attempt_number > 1:
            before = await self.bench.books.read(effects_before, self.job.order.id, self.job.attempt_id)
        done = [receipt for receipt in before if not self._is_pure(receipt.tool)]
        order = self.job.order
        standing = await self.bench.books.read(projects.standing, Asking.at(order.conversation, order.person_id))
        prompt = self.bench.prompts[self.employee.prompt]
        mode = self.bench.self_test
        points = selftest.points(self.job) if mode != "off" else ()
        return Opening(
            text=briefing.opening(
                self.job,
                passages,
                done,
                small=small,
                wanted=selftest.in_the_briefing(points),
                reminded=reminded,
                project=standing.here_name,
            ),
            question=selftest.question(points) if selftest.wants_a_turn(self.job, mode) else "",
            prompt=briefing.system_prompt(prompt, self.employee, self.bench.company, assignment.language),
            tools=briefing.tools_for(self.employee, assignment.kind, assignment.difficulty),
            passages=passages[:3] if small else passages,
        )

    def _is_pure(self, name: str) -> bool:
        return any(tool.spec.name == name and tool.repeat is Repeat.PURE for tool in self.bench.toolbox.tools.values())

    async def _take_turn(self, talk: Talk) -> None:
        try:
            await self._ask(talk)
            return
        except ContextTooLong:
            if talk.turns:
                raise GaveUp(f"The order grew too long for the {self.employee.title}'s model.") from None
        except ModelRejected as error:
            raise GaveUp(f"No model of the {self.employee.title} takes this request: {error}") from None
        talk.opening = await self._opening(talk.opening.passages, small=True)
        try:
            await self._ask(talk)
        except ModelRejected as error:
            raise GaveUp(f"The order is too long for the {self.employee.title}'s model: {error}") from None

    async def _ask(self, talk: Talk) -> None:
        """One metered call; the turn is recorded in the transaction that settles it."""
        number = len(talk.turns) + 1
        recorded: list[bool] = []

        def also(tx: Connection, completion: Completion) -> None:
            turn = turn_of(completion, number)
            now = self.bench.clock.now()
            recorded.append(append(tx, talk.attempt_id, talk.opening, turn, self.employee.name, now))

        completion = await self.bench.metered.complete(
            self._models(), self._call(talk), self._account(), also=also,
            on_text=None if talk.looks_again else self._on_text,
            cache=number == 1 and self.job.attempt_number == 1 and self.job.order.parent_id is None,
        )  # fmt: skip
        if not recorded or not recorded[-1]:
            raise LostClaim("Somebody else works on this attempt.")
        turn = turn_of(completion, number)
        talk.turns.append(turn)
        if turn.model != str(self.employee.models[0]) and number == 1:
            self._tell(ProgressStage.FALLBACK, turn.model)

    def _models(self) -> tuple[ModelRef, ...]:
        known = tuple(ref for ref in self.employee.models if ref.provider in self.bench.doors)
        return known or self.employee.models

    def _call(self, talk: Talk) -> ModelCall:
        return ModelCall(
            model="", system=talk.opening.prompt.text, messages=talk.messages(self.bench.max_turns),
            tools=self.bench.toolbox.specs(talk.opening.tools), max_output_tokens=self.employee.max_output_tokens,
            timeout_s=self.employee.timeout_s, idle_timeout_s=min(IDLE_S, self.employee.timeout_s),
            effort=briefing.EFFORTS.get(self.employee.tier, ""),
        )  # fmt: skip

    def _account(self) -> Account:
        return Account(
            person_id=self.job.order.person_id, employee=self.employee.name, purpose=Purpose.WORK,
            order_id=self.job.order.id, attempt_id=self.job.attempt_id, tier=self.job.tier,
        )  # fmt: skip

    async def _use_tools(self, talk: Talk, turn: Turn) -> None:
        for call in turn.message.tool_calls:
            begun = talk.receipts.get((turn.number, call.id))
            if begun is not None and begun.state != "started":
                continue
            asked = talk.times_asked(turn.number, call)
            if asked > SAME_CALLS:
                raise GaveUp(f"The {self.employee.title} went in circles, asking {call.name} for the same again.")
            if asked == SAME_CALLS:
                continue  # the transcript tells it to stop
            self._tell(ProgressStage.TOOL, call.name)
            work = self._work(talk, turn)
            receipt = await self.bench.toolbox.use(call, talk.opening.tools, work, begun)
            talk.receipts[turn.number, call.id] = receipt

    def _work(self, talk: Talk, turn: Turn) -> Work:
        return Work(
            person_id=self.job.order.reader_id, order_id=self.job.order.id, attempt_id=talk.attempt_id,
            employee=self.employee.name, turn=turn.number, next_number=len(talk.passages) + 1,
            foreign=briefing.foreign(self.job.order, talk.passages, reminded=talk.reminded),
        )  # fmt: skip

    def _deliver(self, talk: Talk, turn: Turn) -> Deliverable:
        if turn.stop is Stop.REFUSAL:
            raise GaveUp(f"The {self.employee.title}'s model declined this request.")
        text = talk.text
        if turn.stop is Stop.LENGTH:
            text += "\n\n…"  # visibly unfinished: QA sees that the answer was cut off twice
        primary = str(self.employee.models[0])
        unknown = [one for one in talk.receipts.values() if one.state == "unknown"]
        return Deliverable(
            text=text, employee=self.employee.name, title=self.employee.title, tier=self.job.tier, model=turn.model,
            citations=citations(text, talk.passages), fallback_from="" if turn.model == primary else primary,
            unknown_effects=tuple(f"{one.tool} {one.arguments[:200]}" for one in unknown),
            self_test=self._self_test(talk, text),
        )  # fmt: skip

    def _self_test(self, talk: Talk, text: str) -> tuple[str, ...]:
        if self.bench.self_test == "off":
            return ()
        return selftest.held(selftest.points(self.job), text, mended=talk.mended)

    def _on_text(self, piece: str) -> None:
        if not piece:  # the call failed in the middle; the next one begins anew
            self._tell(ProgressStage.WORKING)
            return
        self.report(Progress(stage=ProgressStage.TEXT, text=piece, employee=self.employee.title))

    def _tell(self, stage: ProgressStage, text: str = "") -> None:
        self.report(Progress(stage=stage, text=text, employee=self.employee.title))
