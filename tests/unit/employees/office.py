"""What the tests of the staff start from: an order in real books, a scripted metered door, a small library."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import insert

from company import people, work_orders
from company.books import Books, to_json
from company.clock import Clock
from company.ports import Also, OnText
from company.records import (
    Account,
    Assignment,
    Completion,
    ConversationKey,
    DataBlock,
    Desk,
    Difficulty,
    Employee,
    Finding,
    Job,
    Kind,
    ModelCall,
    ModelRef,
    Passage,
    Progress,
    Request,
    Role,
    Stop,
    Tier,
    ToolCall,
    Usage,
)
from company.schema import attempts
from employees.employee import Attempt, Bench
from employees.prompts import Prompt, load_prompts
from employees.toolbox import Equipment, Outcome, Repeat, Tool, Toolbox, Work, load_tools, tool

SONNET = ModelRef(provider="anthropic", model="claude-sonnet-5-5")
LOCAL = ModelRef(provider="ollama", model="qwen3:8b")
TOOLS = ("search_documents", "calculate", "save_note")
DIRECTOR = Employee(
    name="director", title="Director", tier=Tier.DIRECTOR, models=(SONNET, LOCAL), prompt="employee",
    max_output_tokens=2048, timeout_s=60, tools=TOOLS,
)  # fmt: skip
PRICES = Passage(id="p1", document="prices.md", place="Delivery", text="Delivery takes two days. It costs 9 euros.")
HOURS = Passage(id="p2", document="hours.md", place="line 3", text="We open at nine. On Sundays we are closed.")


def said(text: str = "", *calls: ToolCall, stop: Stop | None = None, model: ModelRef = SONNET) -> Completion:
    """What a model answers."""
    return Completion(
        text=text, usage=Usage(input_tokens=10, output_tokens=5), stop=stop or (Stop.TOOL if calls else Stop.END),
        provider=model.provider, model=model.model, tool_calls=calls,
    )  # fmt: skip


def asks(name: str, call_id: str = "c1", **arguments: Any) -> ToolCall:
    """A model's wish for a tool."""
    return ToolCall(id=call_id, name=name, arguments=arguments)


@dataclass
class ScriptedMetered:
    """Answers from a script, as the metered door does: what is `also` to be written is committed with the answer."""

    books: Books
    script: deque[Completion | BaseException] = field(default_factory=deque)
    calls: list[ModelCall] = field(default_factory=list)
    models: list[tuple[ModelRef, ...]] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    cached: list[bool] = field(default_factory=list)
    answer: Callable[[ModelCall], Completion] | None = None

    async def complete(
        self,
        models: tuple[ModelRef, ...],
        call: ModelCall,
        account: Account,
        *,
        on_text: OnText | None = None,
        also: Also | None = None,
        cache: bool = False,
    ) -> Completion:
        self.models.append(models)
        self.calls.append(call)
        self.accounts.append(account)
        self.cached.append(cache)
        step = self.answer(call) if self.answer is not None else self.script.popleft()
        if isinstance(step, BaseException):
            raise step
        if on_text is not None and step.text:
            on_text(step.text)
        if also is not None:
            await self.books.write(also, step)
        return step


@dataclass
class Shelf:
    """A library of a few passages."""

    passages: tuple[Passage, ...] = (PRICES, HOURS)
    questions: list[str] = field(default_factory=list)

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        self.questions.append(question)
        return self.passages[:limit]

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        return next((one for one in self.passages if one.id == passage_id), None)

    def is_empty(self) -> bool:
        return not self.passages


@dataclass
class Office:
    """One order with its first attempt, and everything that works on it."""

    books: Books
    clock: Clock
    metered: ScriptedMetered
    shelf: Shelf
    job: Job
    notes: Path
    tools: Mapping[str, Tool]
    prompts: Mapping[str, Prompt]
    employee: Employee = DIRECTOR
    max_turns: int = 10
    self_test: str = "points"
    news: list[Progress] = field(default_factory=list)

    def attempt(self, **changes: Any) -> Attempt:
        """A fresh employee at the (changed) job, as after a restart."""
        bench = Bench(
            books=self.books, metered=self.metered, library=self.shelf,
            toolbox=Toolbox(self.books, self.clock, self.tools), prompts=self.prompts,
            clock=self.clock, company="Acme", doors=frozenset({"anthropic", "ollama"}), max_turns=self.max_turns,
            self_test=self.self_test,
        )  # fmt: skip
        return Attempt(bench, self.employee, replace(self.job, **changes), self.news.append)

    def script(self, *steps: Completion | BaseException) -> None:
        """What the models will answer."""
        self.metered.script.extend(steps)

    async def next_attempt(self, *findings: Finding, draft: str = "") -> Job:
        """The row of a second attempt, and its job."""
        await self.books.write(_attempt_row, self.job.order.id, "attempt-2", 2)
        return replace(
            self.job, attempt_id="attempt-2", attempt_number=2, findings=findings, previous_draft=draft
        )  # fmt: skip


async def open_office(
    books: Books, clock: Clock, folder: Path, *, text: str = "How long does delivery take?", kind: Kind = Kind.CHAT,
    difficulty: Difficulty = Difficulty.NORMAL, blocks: tuple[DataBlock, ...] = (), brief: str = "",
) -> Office:  # fmt: skip
    """An order, accepted and assigned, with the row of its first attempt."""

    def prepare(tx: Any) -> Any:
        person = people.add(tx, clock.now(), name="Ann", role=Role.BOARD, language="en", by="test")
        request = Request(
            desk=Desk.CONSOLE, external_id="1", person=person, text=text, blocks=blocks, received_at=clock.now(),
            conversation=ConversationKey(desk=Desk.CONSOLE, chat="1"),
        )  # fmt: skip
        order = work_orders.accept(tx, clock.now(), request)
        _attempt_row(tx, order.id, "attempt-1", 1)
        return order

    order = await books.write(prepare)
    assignment = Assignment(
        kind=kind, difficulty=difficulty, language="en", ladder=(Tier.DIRECTOR, Tier.CEO), brief=brief
    )  # fmt: skip
    job = Job(order=order, assignment=assignment, attempt_id="attempt-1", attempt_number=1, tier=Tier.DIRECTOR)
    shelf, notes = Shelf(), folder / "notes"
    tools = await asyncio.to_thread(load_tools, frozenset(TOOLS), Equipment(library=shelf, notes_dir=notes))
    prompts = await asyncio.to_thread(load_prompts, frozenset({"employee"}))
    return Office(books, clock, ScriptedMetered(books), shelf, job, notes, tools, prompts)


def _attempt_row(tx: Any, order_id: str, attempt_id: str, number: int) -> None:
    row = {
        "id": attempt_id, "order_id": order_id, "number": number, "tier": "director", "started_at": 0,
        "findings": to_json([]),
    }  # fmt: skip
    tx.execute(insert(attempts), [row])


def post_office(sent: list[str], repeat: Repeat) -> Tool:
    """A tool with an effect outside, counted in `sent`."""

    async def send_letter(work: Work, to: Annotated[str, Field(description="Whom.")]) -> Outcome:
        """Send a letter."""
        sent.append(f"{to} {work.receipt_id}")
        return Outcome(text=f"Sent to {to}")

    return tool(send_letter, repeat=repeat)
