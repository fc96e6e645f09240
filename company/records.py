"""Frozen records: the words that the departments use with each other. Data only; no I/O, no behaviour beyond reading.

Units: money is integer micro-dollars (`*_micro`), time is integer milliseconds since 1970 UTC (`*_at`), durations are
named by their unit (`*_ms`, `*_s`), tokens are counted as the provider counts them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from company.model_records import Completion as Completion
from company.model_records import Json as Json
from company.model_records import Message as Message
from company.model_records import ModelCall as ModelCall
from company.model_records import ModelRef as ModelRef
from company.model_records import Stop as Stop
from company.model_records import ToolCall as ToolCall
from company.model_records import ToolResult as ToolResult
from company.model_records import ToolSpec as ToolSpec
from company.model_records import Usage as Usage
from company.reference_records import PointsAt as PointsAt
from company.reference_records import Recalls as Recalls


class Desk(StrEnum):
    """Where people meet the company."""

    TELEGRAM = "telegram"
    CONSOLE = "console"
    WEB = "web"
    API = "api"  # other programs


class Role(StrEnum):
    """What a person may do; see `company.people.may`."""

    BOARD = "board"  # everything, money and other people included
    MEMBER = "member"  # own orders, own figures
    OBSERVER = "observer"  # reads status; no orders


class Difficulty(StrEnum):
    """How hard the Admin judges an order."""

    TRIVIAL = "trivial"
    NORMAL = "normal"
    COMPLEX = "complex"


class Tier(StrEnum):
    """The rungs of the org chart, cheapest first."""

    CLERK = "clerk"  # no model: documents by extraction, the company's own state
    INTERN = "intern"
    DIRECTOR = "director"
    CEO = "ceo"


class Kind(StrEnum):
    """What sort of order it is; each kind has one QA spec."""

    CHAT = "chat"  # conversation, opinion, a simple question
    DOCUMENTS = "documents"  # a question on the Board's own documents
    CODE = "code"  # write, explain or mend code
    WRITING = "writing"  # a text of some length
    ANALYSIS = "analysis"  # compare, plan, weigh, research
    CALCULATION = "calculation"  # figures, units, dates
    TRANSLATION = "translation"
    EXTRACTION = "extraction"  # structure out of given text: lists, JSON, tables
    STATE = "state"  # the company's own state: cost, orders, who works here
    SMALLTALK = "smalltalk"  # thanks, greetings, help: needs no model


class State(StrEnum):
    """The state of a work order. The last four are ends: reached once, never left."""

    ACCEPTED = "accepted"  # written down; nothing decided yet
    ASSIGNED = "assigned"  # brief, kind and ladder are decided
    WORKING = "working"  # an attempt is under way
    WAITING = "waiting"  # for the Board's decision, money, a provider or a time
    READY = "ready"  # the answer is in the outbox
    DELIVERED = "delivered"  # the person has it
    REFUSED = "refused"  # not done; the reason was said
    FAILED = "failed"  # tried; the reason was said
    STOPPED = "stopped"  # the Board stopped it

    @property
    def ended(self) -> bool:
        """True for the four ends."""
        return self in (State.DELIVERED, State.REFUSED, State.FAILED, State.STOPPED)


class Origin(StrEnum):
    """Whose words a text is. Only OWN can ask for anything; the rest is data."""

    OWN = "own"
    FORWARDED = "forwarded"
    QUOTED = "quoted"
    REPLIED = "replied"
    ATTACHED = "attached"  # a file that came with the message


class Outcome(StrEnum):
    """What QA says of one answer."""

    PASS = "pass"
    FAIL = "fail"
    UNVERIFIED = "unverified"  # no check could decide


class Purpose(StrEnum):
    """What a model call was made for; each call is charged to one."""

    TRIAGE = "triage"
    WORK = "work"
    QA = "qa"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody the company knows."""

    id: str
    name: str
    role: Role
    language: str = "en"


GROUP = "group:"
"""How a group is named where a person's id is asked for; no id begins so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationKey:
    """One thread of talk: a chat of a desk, and a topic inside it ("" when it has none)."""

    desk: Desk
    chat: str
    topic: str = ""

    @property
    def shared(self) -> bool:
        """Whether several people read it: a group (https://core.telegram.org/api/bots/ids: its id is negative).

        What is said here is for all of them, so nothing that is one person's own is told or shown to a model here.
        """
        return self.desk is Desk.TELEGRAM and self.chat.startswith("-")

    def reader(self, person_id: str) -> str:
        """Whose documents may be read for somebody who speaks here: theirs in private, in a group the group's own.

        Who asks and in which topic is part of it, for the project that is in use there: see `company.asking`.
        """
        if self.shared:
            return f"{GROUP}{self.desk}:{self.chat}{'/' if self.topic else ''}{self.topic}@{person_id}"
        return f"{person_id}/{self.desk}:{self.chat}:{self.topic}" if self.topic else person_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation as the books hold it. Orders numbered up to `memory_from` are no longer shown to anybody."""

    id: str
    key: ConversationKey
    language: str
    memory_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataBlock:
    """Text that came with a request but is not the person's own words: never an instruction.

    `source` is a name that its sender chose, so nothing is decided by it; `ours` says that the company itself said it.
    """

    origin: Origin
    text: str
    source: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a desk makes of one incoming message."""

    desk: Desk
    external_id: str  # the desk's id of the update: the key that makes a repeat harmless
    conversation: ConversationKey
    person: Person
    text: str
    message_id: str = ""  # the desk's id of the message, for replies and reactions
    blocks: tuple[DataBlock, ...] = ()
    reply_to_order: str | None = None
    tier: Tier | None = None  # the person named an employee
    language: str = ""
    received_at: int
    raw: str = ""  # the update as it came, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason of a routing decision: `code` for machines, `text` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The router's decision: what the order is and which ladder it may climb."""

    kind: Kind
    difficulty: Difficulty
    language: str  # ISO 639-1, the language to answer in
    ladder: tuple[Tier, ...]  # never empty; the first rung starts
    brief: str  # the conversation, compressed; "" when there is nothing before this message
    reasons: tuple[Reason, ...] = ()
    router: str = "built-in"  # or the Admin's model
    elapsed_ms: float = 0.0
    points_at: PointsAt | None = None
    recalls: Recalls | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkOrder:
    """One order as the books hold it."""

    id: str
    number: int
    conversation_id: str
    conversation: ConversationKey
    person_id: str
    parent_id: str | None
    state: State
    claim: int
    text: str
    blocks: tuple[DataBlock, ...]
    message_id: str
    reply_to_order: str | None
    wanted_tier: Tier | None
    priority: int
    deadline_at: int | None
    assignment: Assignment | None
    rung: int  # index into the ladder
    crashes: int
    waiting_for: str
    answer: str
    label: str  # "" or why the answer is not verified
    end_reason: str
    created_at: int
    updated_at: int
    finished_at: int | None

    @property
    def reader_id(self) -> str:
        """Whose documents may be read for it, beside the company's: the asker's in private, in a group the group's."""
        return self.conversation.reader(self.person_id)

    @property
    def attached(self) -> frozenset[str]:
        """The names of the documents that its sender points at."""
        return frozenset(block.source for block in self.blocks if block.origin is Origin.ATTACHED and block.source)

    @property
    def tier(self) -> Tier | None:
        """The rung the order stands on now."""
        if self.assignment is None:
            return None
        return self.assignment.ladder[min(self.rung, len(self.assignment.ladder) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One earlier question and its answer in the same conversation."""

    number: int
    question: str
    answer: str
    at: int
    order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One row of the org chart: versioned data, in force from the next order on."""

    name: str  # "intern"
    title: str  # "Intern"
    tier: Tier
    models: tuple[ModelRef, ...]  # the primary, then fallbacks; empty for the Clerk
    prompt: str  # name of the prompt file
    max_output_tokens: int
    timeout_s: float
    tools: tuple[str, ...]
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom a model call is charged to."""

    person_id: str
    employee: str
    purpose: Purpose
    order_id: str | None = None
    attempt_id: str | None = None
    tier: Tier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of one of the Board's documents."""

    id: str
    document: str  # the document's name as people know it
    place: str  # where in it: "line 12", "Prices > Delivery"
    text: str
    score: float = 0.0
    owner: str = ""  # whose it is: "company", "person:<id>", "group:<desk>:<chat>", "project:<id>"
    project: str = ""  # the project's name, when it is one's
    brought_by: str = ""  # the name of whoever handed it in; "" when nobody in particular
    brought_at: int = 0  # 0: not known
    way: str = ""  # a `company.document_records.Way`
    trust: str = ""  # a `company.document_records.Trust`


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A source of an answer: marker [n], the passage, and the words that carry the claim."""

    marker: int
    passage_id: str
    document: str
    place: str
    quote: str
    owner: str = ""  # whose the document is, as in `Passage`
    withheld: bool = False  # it is a project's that whoever asks may not read: nothing but the marker is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What an employee is handed: one attempt at one order."""

    order: WorkOrder
    assignment: Assignment
    attempt_id: str
    attempt_number: int  # 1 for the first
    tier: Tier
    findings: tuple[Finding, ...] = ()  # what QA found in the previous draft
    previous_draft: str = ""
    fresh: bool = False  # the attempt was begun just now: nothing of it is recorded yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """An employee's answer to a job, as Markdown, before inspection."""

    text: str
    employee: str
    title: str
    tier: Tier
    model: str  # "provider/model"; "" for the Clerk
    citations: tuple[Citation, ...] = ()
    fallback_from: str = ""  # the model that was down, when another one answered
    unknown_effects: tuple[str, ...] = ()  # tool calls whose outcome nobody knows
    self_test: tuple[str, ...] = ()  # what the employee's own test before QA gave: "count: holds"
    earlier_at: int | None = None  # when it was first given, if it is the answer of an earlier order


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect QA found, in words that an employee can act on."""

    layer: str  # "format", "completeness", "security", "code", "citations"
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """QA's report on one deliverable."""

    outcome: Outcome
    spec: str
    spec_version: int
    findings: tuple[Finding, ...] = ()
    elapsed_ms: float = 0.0
    layers: tuple[str, ...] = ()  # that looked at it, in their order
    judged: tuple[str, ...] = ()  # the models that were asked, each with what it said


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The line under an answer."""

    order_number: int
    employee: str  # title, e.g. "Intern"
    model: str
    cost_micro: int
    seconds: float
    verdict: str  # "QA passed", "could not be verified: ..."
    escalations: int = 0
    fallback: str = ""
    sources: int = 0
    project: str = ""  # the name of the one in use there
    cached: bool = False  # a model call of it was not made, but served from the cache
    earlier_at: int | None = None  # when the answer was first given, if it is that of an earlier order


class ReplyKind(StrEnum):
    """What a reply is, so that a desk can dress it."""

    ANSWER = "answer"
    UNVERIFIED = "unverified"
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"
    CARD = "card"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button under a reply; `action` and `argument` come back when it is pressed."""

    label: str
    action: str
    argument: str = ""
    style: str = ""  # "", "primary", "success" or "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a desk has to say to a person."""

    kind: ReplyKind
    text: str  # Markdown
    receipt: Receipt | None = None
    citations: tuple[Citation, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()  # rows
    silent: bool = False
    closes_order: bool = True  # delivered when the last part has arrived


class ProgressStage(StrEnum):
    """Where the work on an order stands."""

    ROUTED = "routed"
    WORKING = "working"
    TEXT = "text"
    TOOL = "tool"
    INSPECTING = "inspecting"
    RETRYING = "retrying"
    ESCALATED = "escalated"
    FALLBACK = "fallback"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """News of an order that is being worked on; best effort, never stored."""

    stage: ProgressStage
    text: str = ""  # TEXT: the new piece of the answer; else a detail for the status line
    employee: str = ""
    cost_micro: int = 0


class Condition(StrEnum):
    """How a part of the house is."""

    OK = "ok"
    OFF = "off"  # not configured; `mend` says how to turn it on
    WARNING = "warning"
    ILL = "ill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a part says of itself when it is asked."""

    part: str
    condition: Condition
    detail: str = ""
    mend: str = ""
    facts: Json = field(default_factory=dict)
