"""What a console client and the company say to each other: one JSON object a line over a Unix socket, versioned.

The client opens with `Hello`; the company answers `Welcome` or a `Problem`. Then each side speaks when it has something
to say: questions and commands one way; news of running work, replies and reports the other. A reply (`Said`) is told
`Printed` once it stands on the screen; until then it is the company's to bring again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Annotated, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from company.document_records import Added, Reading
from company.errors import NexusError
from company.graph_records import Neighbourhood
from company.records import Citation, Passage, ProgressStage, Reply
from company.reports import AuditPage, CostReport, DecisionResult, StatusReport
from company.retrieval_choice import RetrievalChoice, Trial

VERSION = 1
LONGEST_LINE = 8 * 1024 * 1024
"""Bytes of one line: an answer with its citations, or a page of the audit. A longer one ends the connection."""
LONGEST_QUESTION = 200_000
"""Characters of one question."""
LONGEST_BODY = 5_000_000
"""Characters of a program's request."""

T = TypeVar("T")


class BadLine(NexusError):
    """The other side sent something that this protocol does not know."""


class Mode(StrEnum):
    """What a client is there for; it decides which replies are brought to it."""

    CHAT = "chat"  # a person sits there: everything that waits
    ASK = "ask"  # one question: its own order only
    COMMAND = "command"  # a report: no replies


class Name(StrEnum):
    """The commands."""

    STATUS = "status"
    COST = "cost"
    AUDIT = "audit"
    VERIFY = "verify"
    EXPORT = "export"
    STOP = "stop"
    ESCALATE = "escalate"
    ANEW = "anew"  # the same question for an employee, whatever was answered before
    NEW = "new"
    DECIDE = "decide"
    SOURCES = "sources"
    WHY = "why"
    RATE = "rate"
    QA = "qa"  # what QA demands: read, changed, taken back; its misses
    PROJECT = "project"  # who reads which documents
    KNOWLEDGE = "knowledge"
    QUOTA = "quota"
    FORGET = "forget"  # what was said: shown first, then by the numbers that were confirmed
    INGEST = "ingest"
    SEARCH = "search"
    PAGE = "page"  # a link to one's own page on this machine
    GRAPH = "graph"  # what is said of one thing
    CYPHER = "cypher"  # the whole graph
    QUERY = "query"  # of a program: JSON in, JSON out
    RESULT = "result"
    TRACE = "trace"
    POPULATE = "populate"
    DOCUMENTS = "documents"
    TUNE = "tune"  # how documents are looked for: what is in force, a trial, a choice


# -- the client says --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """The first line. `conversation` names a thread of talk; "" is the usual one."""

    type: Literal["hello"] = "hello"
    version: int = VERSION
    mode: Mode = Mode.CHAT
    conversation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A message to the company. The same `id` twice is the same message."""

    type: Literal["ask"] = "ask"
    id: Annotated[str, Field(min_length=8, max_length=64)]
    text: Annotated[str, Field(max_length=LONGEST_QUESTION)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command; `id` (the client's) comes back with its report."""

    type: Literal["command"] = "command"
    id: str = ""
    name: Name
    number: int | None = None  # an order
    numbers: Annotated[tuple[int, ...], Field(max_length=50)] = ()  # of orders that shall be forgotten
    period: Literal["today", "week", "month", "all"] = "today"
    limit: Annotated[int, Field(ge=1, le=1000)] = 20
    fact: str = ""
    decision: str = ""
    choice: str = ""
    rating: int = 0
    path: Annotated[str, Field(max_length=4096)] = ""  # of a file on this machine, absolute
    text: Annotated[str, Field(max_length=LONGEST_QUESTION)] = ""  # what is searched for
    body: Annotated[str, Field(max_length=LONGEST_BODY)] = ""  # a program's request, JSON
    program: str = ""  # whose name the Board lends itself for that
    link: bool = False  # to each passage that is found


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A reply stands on the screen."""

    type: Literal["printed"] = "printed"
    row: str


# -- the company says -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The desk is open for this person."""

    type: Literal["welcome"] = "welcome"
    version: int = VERSION
    company: str
    person: str
    waiting: int  # replies that came while nobody was here


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A question became an order."""

    type: Literal["taken"] = "taken"
    id: str
    order_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Where the work on an order stands; TEXT carries the next piece of the answer. Best effort."""

    type: Literal["news"] = "news"
    number: int
    stage: ProgressStage
    text: str = ""
    employee: str = ""
    cost_micro: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A reply. `away`: it came while nobody was here. `again`: it was brought before, and nobody said `Printed`."""

    type: Literal["said"] = "said"
    row: str
    number: int
    order_id: str
    reply: Reply
    at: int
    away: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The orders that a command touched."""

    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The citations of an answer; `link` is where they can be read in their documents, "" for nowhere."""

    citations: tuple[Citation, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The passages that fit what was searched for, best first, and where each can be read, where that was asked."""

    passages: tuple[Passage, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Something that was said, as far as it is shown before it is forgotten; `who` is "" for its asker."""

    number: int
    day: str
    who: str = ""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """What would be forgotten; or how many exchanges were."""

    exchanges: tuple[Exchange, ...] = ()
    done: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A report in words, Markdown."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a command brought; the one field that fits its name is set. `more`: further pieces follow."""

    type: Literal["brought"] = "brought"
    id: str
    more: bool = False
    status: StatusReport | None = None
    cost: CostReport | None = None
    audit: AuditPage | None = None
    decision: DecisionResult | None = None
    taken: Taken | None = None
    numbers: Numbers | None = None
    sources: Sources | None = None
    words: Words | None = None
    forgetting: Forgetting | None = None
    reading: Reading | None = None
    added: Added | None = None
    found: Found | None = None
    around: Neighbourhood | None = None
    trial: Trial | None = None
    retrieval: RetrievalChoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What could not be done, in a sentence for the person. `id` is the message's; "" speaks of the connection."""

    type: Literal["problem"] = "problem"
    id: str = ""
    text: str


FromClient = Hello | Ask | Command | Printed
FromCompany = Welcome | Taken | News | Said | Brought | Problem


@dataclass(frozen=True, slots=True)
class Codec:
    """Turns lines into records and back. Take `the_codec`: making one costs some sixty milliseconds."""

    incoming: TypeAdapter[FromClient] = field(
        default_factory=lambda: TypeAdapter(Annotated[FromClient, Field(discriminator="type")])
    )
    outgoing: TypeAdapter[FromCompany] = field(
        default_factory=lambda: TypeAdapter(Annotated[FromCompany, Field(discriminator="type")])
    )
    reply: TypeAdapter[Reply] = field(default_factory=lambda: TypeAdapter(Reply))

    def from_client(self, line: bytes) -> FromClient:
        """Raises `BadLine` for anything else."""
        return _read(self.incoming, line)

    def from_company(self, line: bytes) -> FromCompany:
        """Raises `BadLine` for anything else."""
        return _read(self.outgoing, line)

    def to_client(self, message: FromCompany) -> bytes:
        """One line."""
        return self.outgoing.dump_json(message) + b"\n"

    def to_company(self, message: FromClient) -> bytes:
        """One line."""
        return self.incoming.dump_json(message) + b"\n"


@cache
def the_codec() -> Codec:
    """The one codec of this process, made when a side first needs it. Blocking: it looks at files."""
    return Codec()


def _read(adapter: TypeAdapter[T], line: bytes) -> T:
    try:
        return adapter.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise BadLine(f"{where}: {first['msg']}") from None
