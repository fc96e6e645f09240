"""The joints of the house: what the main path asks of the departments. They implement; `nexus.py` introduces.

Functions that take a `Connection` run inside the caller's transaction: they do no other I/O and do not commit.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy import Connection

from company.document_records import Standing
from company.past_port import PastOffice as PastOffice
from company.program_records import Answered, Populate, Populated, Query, Trace
from company.projects import ProjectLine
from company.records import (
    Account,
    Assignment,
    Citation,
    Completion,
    ConversationKey,
    Deliverable,
    Desk,
    Exchange,
    Health,
    Job,
    Kind,
    ModelCall,
    ModelRef,
    Person,
    Progress,
    Reply,
    Request,
    Verdict,
    WorkOrder,
)
from company.reports import (
    Acceptance,
    AuditPage,
    CostReport,
    DayReport,
    DecisionResult,
    HourOfOrders,
    SessionLine,
    StatusReport,
)
from company.retrieval_choice import RetrievalChoice, Trial
from company.sandbox_records import SandboxResult, SandboxTask
from company.spec_records import MissReport, SpecChange, SpecDraft, SpecReport, SpecSheet, SpecVersion
from company.speech_records import Kept, Recording, Transcript
from company.topics import Topic

OnText = Callable[[str], None]
"""Called on the loop with each new piece of a streamed answer; must not block. An empty piece: what came before is
void, the answer begins anew."""

Report = Callable[[Progress], None]
"""Called on the loop with news of an order; must not block."""

Also = Callable[[Connection, Completion], None]
"""Written in the same transaction that settles the call, so that a turn and its charge are one commit."""


Change = Callable[[Connection], None]
"""Something to write in the caller's transaction."""


class Model(Protocol):
    """A door to one provider."""

    provider: str

    async def complete(self, call: ModelCall, on_text: OnText | None = None) -> Completion:
        """One answer. Raises a `ModelError`; never returns a cut-off text as if it were whole."""
        ...

    async def check(self) -> Health:
        """Whether the provider can be reached and knows us; spends nothing."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Metered(Protocol):
    """The one metered door through which every model call goes: reserve, cache, call, retry, settle."""

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
        """The first of `models` that answers. `call.model` is replaced by each.

        Raises `BudgetExceeded`, `PriceUnknown`, `NobodyAvailable`, or the last `ModelRejected`.
        """
        ...


class Router(Protocol):
    """The Admin's decision: what an order is and who does it."""

    async def assign(self, order: WorkOrder, history: tuple[Exchange, ...]) -> Assignment:
        """Never fails: with no model, or with one that talks nonsense, the built-in router decides."""
        ...


class Staff(Protocol):
    """Who does the work."""

    async def perform(self, job: Job, report: Report) -> Deliverable:
        """One attempt, resumed after its last recorded turn when it was begun before. Raises an `OrderError`."""
        ...

    def available(self) -> frozenset[str]:
        """The tiers that can work with what is configured (values of `Tier`); the Clerk always can."""
        ...


class Inspector(Protocol):
    """QA."""

    async def inspect(self, order: WorkOrder, deliverable: Deliverable) -> Verdict:
        """Judge one answer against the spec of its kind. Never raises for a bad answer; undecided is UNVERIFIED."""
        ...


class Specs(Protocol):
    """What QA demands of an answer, kind by kind."""

    def sheet(self, kind: Kind) -> SpecSheet:
        """The spec in force."""
        ...

    def files_version(self, kind: Kind) -> int:
        """The version of the spec that came with the house, under the Board's."""
        ...

    async def draft(self, kind: Kind, path: str, value: str) -> SpecDraft:
        """The spec with one field changed; nothing is in force yet. Raises `Refused` with the path and the fault."""
        ...

    def checked(self, version: SpecVersion) -> SpecVersion:
        """An old version, if it can still be used. Raises `Refused`."""
        ...

    def refresh(self, tx: Connection) -> None:
        """Put in force what the books say."""
        ...


class Sandbox(Protocol):
    """Where commands run that nobody vouches for: no network, no files of the machine, bounded in everything."""

    async def execute(self, task: SandboxTask) -> SandboxResult:
        """Run one command to its end.

        Raises `NotReady` with one sentence and its mend when this machine has no safe sandbox: nothing is then run.
        Raises `ToolError` when the task itself can't be put into one (the name of a file, its size).
        """
        ...


class Transcriber(Protocol):
    """Who listens to recordings."""

    @property
    def longest_s(self) -> int:
        """The longest recording that is listened to, seconds."""
        ...

    async def transcribe(self, recording: Recording) -> Transcript:
        """What was said in it. Never raises for a bad recording or a missing engine: the transcript says why."""
        ...

    async def keep(self, recording: Recording) -> Kept:
        """Put a recording away that could not be understood, for a while."""
        ...


class Courier(Protocol):
    """How a desk brings a reply to a person. Each desk has its own."""

    desk: Desk

    async def render(self, order: WorkOrder, reply: Reply) -> object:
        """The reply as the desk will send it; no effect. Long texts are rendered off the loop."""
        ...

    def post(self, tx: Connection, order: WorkOrder, rendered: object) -> None:
        """Write the rendered reply to the outbox, in the transaction that makes the order ready."""
        ...

    def notice(
        self, tx: Connection, where: ConversationKey, text: str, *, topic: Topic | None = None, silent: bool = True
    ) -> bool:
        """Write a short plain-text notice that belongs to no order to the outbox, in the caller's transaction.

        With a `topic` nobody asked for it: the desk may keep it for later, or leave it out where that subject was
        silenced. False when it will never be shown.
        """
        ...

    def wake(self) -> None:
        """After the commit: there is something to send."""
        ...

    def progress(self, order: WorkOrder, news: Progress) -> None:
        """News of running work, best effort; must not block."""
        ...


class Dispatcher(Protocol):
    """Who works on which order, and when."""

    def enqueue(self, tx: Connection, order: WorkOrder) -> None:
        """In the transaction that accepts or wakes the order."""
        ...

    def wake(self, order: WorkOrder) -> None:
        """After the commit: the order may be started."""
        ...

    async def run(self, fulfil: Callable[[str], Awaitable[None]]) -> None:
        """Call `fulfil(order_id)` for each order: one at a time in a conversation, conversations in parallel."""
        ...

    def cancel(self, order_id: str) -> bool:
        """Cancel the running work on an order, if it runs here."""
        ...


class SessionOffice(Protocol):
    """Who was seen at which desk. Every method raises `Refused` with a sentence for whoever is not of the Board."""

    async def lines(self, person: Person) -> tuple[SessionLine, ...]:
        """Every session of every desk, the latest seen first."""
        ...

    async def end(self, person: Person, session_id: str, *, also: Change | None = None) -> bool:
        """End somebody else's session; False when it is over already. `also` is written in any case."""
        ...


class ProjectOffice(Protocol):
    """What a desk asks about projects. Refusals are `Refused` with a sentence; `also` is written with each change."""

    async def lines(self, person: Person, where: ConversationKey) -> tuple[ProjectLine, ...]:
        """The projects that this person is in, or decides over."""
        ...

    async def standing(self, person: Person, where: ConversationKey) -> Standing:
        """Which projects this person may read in a conversation, and which is in use there."""
        ...

    async def takes_documents(self, person: Person, where: ConversationKey) -> bool:
        """Whether this person may hand in documents there."""
        ...

    async def may_hand_in(self, reader: str, desk: Desk) -> bool:
        """Whether a reader (`company.asking`) known there may still do that: a link may be older than a right."""
        ...

    async def make(self, person: Person, name: str, *, also: Change | None = None) -> None:
        """A new project, with this person in it."""
        ...

    async def let_in(self, person: Person, name: str, who: str, *, also: Change | None = None) -> str:
        """Somebody may read a project from here on; their name."""
        ...

    async def put_out(self, person: Person, name: str, who: str, *, also: Change | None = None) -> str:
        """Somebody may read a project no longer; their name."""
        ...

    async def close(self, person: Person, name: str, *, also: Change | None = None) -> None:
        """Nobody reads it any more; it can be opened again until it is purged."""
        ...

    async def reopen(self, person: Person, name: str, *, also: Change | None = None) -> None:
        """A closed project is open again."""
        ...

    async def use(self, person: Person, where: ConversationKey, name: str, *, also: Change | None = None) -> str:
        """What is sent in a conversation is the project's, and it is searched first there; its name."""
        ...

    async def leave(self, person: Person, where: ConversationKey, *, also: Change | None = None) -> bool:
        """No project is in use there any more; False when none was."""
        ...


class QualityOffice(Protocol):
    """What a desk asks about QA for a Board member. Every method raises `Refused` with a sentence for the person."""

    async def specs(self, person: Person) -> tuple[SpecSheet, ...]:
        """The spec in force of each kind."""
        ...

    async def spec(self, person: Person, kind: str) -> SpecReport:
        """One spec and its versions."""
        ...

    async def change(
        self, person: Person, kind: str, path: str, value: str, *, also: Change | None = None
    ) -> SpecChange:
        """One field of a spec, tried before it is in force; a new version."""
        ...

    async def back(self, person: Person, kind: str, *, also: Change | None = None) -> SpecChange:
        """One version back, as a new version."""
        ...

    async def misses(self, person: Person, *, limit: int = 20) -> MissReport:
        """This month's answers that passed and got a thumb down."""
        ...


class ProgramOffice(Protocol):
    """What other programs ask of the company; whoever calls is a person with a role. Each raises `Refused`."""

    async def query(self, caller: Person, asked: Query) -> Answered:
        """Ask, and wait for the answer as long as the program wants to."""
        ...

    async def result(self, caller: Person, order_id: str, *, wait_s: float = 0.0) -> Answered:
        """What became of an earlier query of this caller's."""
        ...

    async def trace(self, caller: Person, trace_id: str) -> Trace:
        """The steps of an earlier query of this caller's."""
        ...

    async def populate(self, caller: Person, given: Populate) -> Populated:
        """Put documents into the library; each is in, or has its reason."""
        ...

    async def documents(self, caller: Person) -> Populated:
        """How every document stands that the caller may read."""
        ...


class RetrievalOffice(Protocol):
    """How documents are looked for: tried and chosen by the Board alone. Each raises `Refused`."""

    async def in_force(self, person: Person) -> RetrievalChoice:
        """The choice in force."""
        ...

    async def tried(self, person: Person, questions: str) -> Trial:
        """What each choice of a grid is worth on questions (JSON lines); nothing is changed."""
        ...

    async def choose(self, person: Person, choice: RetrievalChoice) -> None:
        """Put a choice in force, at once."""
        ...


class FrontOffice(Protocol):
    """What every desk asks of the company; `company.operations.Operations` is it.

    `also` is written in the same transaction as the change, so that a desk's bookkeeping (the polling offset, the
    outbox row of a confirmation) stands or falls with it. Every method checks what the person may do and raises
    `Refused` with a sentence for them; a stranger is None from `known` and never gets further.
    """

    @property
    def sessions(self) -> SessionOffice:
        """Who was seen where."""
        ...

    @property
    def projects(self) -> ProjectOffice:
        """Who is in which project."""
        ...

    @property
    def past(self) -> PastOffice:
        """What was said, and how it is forgotten."""
        ...

    @property
    def quality(self) -> QualityOffice:
        """What is asked about QA."""
        ...

    async def known(self, desk: Desk, external_id: str, *, device: str = "") -> Person | None:
        """Who speaks, or None for a stranger or a revoked session. Notes the session as seen."""
        ...

    async def turned_away(self, desk: Desk, external_id: str, detail: str) -> None:
        """One audit row for a stranger's message; repeated ones of a day are counted in the same row's stead."""
        ...

    async def pair(
        self, desk: Desk, external_id: str, code: str, *, name: str, language: str, also: Change | None = None
    ) -> Person | None:
        """Redeem a one-time code; None when it is wrong, used or expired."""
        ...

    async def accept(self, request: Request, *, also: Change | None = None) -> Acceptance:
        """Write the message down as a work order, once: a repeat of the same update changes nothing but `also`."""
        ...

    async def amend(self, person: Person, order_id: str, text: str, *, also: Change | None = None) -> bool:
        """Other words for one's own order that nobody has begun; False when it is too late, then `also` is left out."""
        ...

    async def note(
        self, desk: Desk, external_id: str, *, chat: str = "", message_id: str = "", raw: str = "",
        also: Change | None = None,
    ) -> bool:  # fmt: skip
        """Record an update that is no order (a command, a press) with its effect `also`; False for a repeat."""
        ...

    async def stop(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None
    ) -> tuple[int, ...]:
        """Stop the named order, or all unfinished ones of the conversation; their numbers. Answers come as replies."""
        ...

    async def escalate(
        self, person: Person, conversation: ConversationKey, *, number: int | None = None, order_id: str | None = None,
        also: Change | None = None,
    ) -> Acceptance:  # fmt: skip
        """One tier up for the named, replied-to or last order: a running one climbs, an ended one is done anew."""
        ...

    async def anew(self, person: Person, order_id: str, *, also: Change | None = None) -> Acceptance:
        """The same question again, answered by an employee whatever was answered before."""
        ...

    async def decide(self, person: Person, decision_id: str, choice: str) -> DecisionResult:
        """Take a card's decision; a second press changes nothing and says who decided and when."""
        ...

    async def set_cap(self, person: Person, scope: str, micro: int) -> None:
        """The Board sets the company's cap for every "day" or "month", micro-dollars; in force at once."""
        ...

    async def rate(self, person: Person, order_id: str, rating: int) -> None:
        """+1, -1 or 0 for an answer."""
        ...

    async def new_conversation(self, person: Person, conversation: ConversationKey) -> None:
        """From here on the conversation's earlier exchanges are not shown to anybody who works on it."""
        ...

    async def set_language(self, person: Person, language: str) -> Person:
        """The language a person wants to be spoken to in."""
        ...

    async def order_of(self, person: Person, conversation: ConversationKey, number: int) -> WorkOrder | None:
        """One order by its number, if this person may see it."""
        ...

    async def status(self, person: Person) -> StatusReport:
        """The true state of orders, employees, money and health."""
        ...

    async def cost(self, person: Person, *, period: str = "today") -> CostReport:
        """The ledger by employee for "today", "week", "month" or "all"; a member sees their own."""
        ...

    async def last_day(self, person: Person) -> tuple[HourOfOrders, ...]:
        """How orders ended in each of the last 24 hours, the current one last; a member sees their own."""
        ...

    async def day(self, person: Person) -> DayReport:
        """The last 24 hours, for a digest; a member sees their own part."""
        ...

    async def audit_page(
        self, person: Person, *, limit: int = 10, fact: str = "", order_number: int | None = None
    ) -> AuditPage:
        """The newest facts that fit."""
        ...

    async def audit_verify(self, person: Person) -> AuditPage:
        """Walk the whole chain and hold it against its anchors; the page has `verification`."""
        ...

    async def sources(self, person: Person, order_id: str) -> tuple[Citation, ...]:
        """The citations of an answer."""
        ...

    async def why(self, person: Person, order_id: str) -> str:
        """Why this employee, this price, this verdict: the routing reasons and QA's findings, as Markdown."""
        ...
