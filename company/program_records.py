"""What programs ask of the company and what they are told: the bodies of requests and responses, read strictly.

A request is JSON from outside: `query_of` and `populate_of` make a frozen record of it or say in one sentence what is
wrong. Money is micro-dollars, durations are milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config

from company.errors import Refused
from company.profiling import ProfileLine
from company.records import Citation

LONGEST_QUERY = 200_000
LONGEST_DOCUMENT = 2_000_000
MOST_DOCUMENTS = 1_000
LONGEST_WAIT_S = 300.0

Name = Annotated[str, Field(min_length=1, max_length=200)]
T = TypeVar("T")


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A question of a program.

    Attributes:
        query: the words; "S2" points at a section of an earlier answer of the same thread.
        thread_id: which thread it goes on with; a new one when neither this nor `session_id` is given.
        user_id, session_id: for programs that tell their own users apart: each pair is a thread.
        request_id: the program's own; the same one again is the same question, whatever became of the first call.
        wait_s: how long the program waits for an answer before it is told that there is none yet.
    """

    query: Annotated[str, Field(min_length=1, max_length=LONGEST_QUERY, pattern=r"\S")]
    thread_id: Name | None = None
    user_id: Name | None = None
    session_id: Name | None = None
    request_id: Name | None = None
    wait_s: Annotated[float, Field(ge=0, le=LONGEST_WAIT_S)] = 60.0


class Outcome(StrEnum):
    """How a query stands."""

    ANSWERED = "answered"
    UNVERIFIED = "unverified"  # answered, and QA could not vouch for it: `reason` says why
    REFUSED = "refused"
    FAILED = "failed"
    STOPPED = "stopped"
    WAITING = "waiting"  # for money, an approval or a provider: `reason` says for what; ask again for its result
    WORKING = "working"  # nothing yet; ask again for its result


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionTitle:
    """One section of an answer that has several."""

    label: str  # "S1"
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of a query.

    Attributes:
        text: Markdown; the sources' [n] in it, the block SUIVI at its end when it has enough sections.
        trace_id: 32 hexadecimal digits, as the W3C's Trace Context has them; `trace` tells its steps.
        latency_ms: from the message to the end of the work.
        cached: whether a model's answer came from the cache, or the whole answer is that of an earlier query.
    """

    status: Outcome
    order_id: str
    order_number: int
    thread_id: str
    trace_id: str
    text: str = ""
    reason: str = ""
    citations: tuple[Citation, ...] = ()
    sections: tuple[SectionTitle, ...] = ()
    cost_micro: int = 0
    latency_ms: int = 0
    cached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceStep:
    """One step of a query: how long after the message it came, and how long it took itself, if that is known."""

    step: str
    what: str
    after_ms: int
    took_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedProfile:
    """Where the time of one query went, under the id of its trace; sampled every `every_ms` while it was in hand."""

    trace_id: str
    every_ms: float
    samples: int
    lines: tuple[ProfileLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The steps of one query, in their order, and its profile: None where no sample of it is kept."""

    trace_id: str
    order_id: str
    steps: tuple[TraceStep, ...]
    profile: TracedProfile | None = None


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class NamedText:
    """A document with a name, whose ending says its format."""

    name: Name
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_DOCUMENT)]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Populate:
    """Documents for the library: bare texts, which get a name from their content, or named ones."""

    documents: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_DOCUMENT)] | NamedText, ...],
        Field(min_length=1, max_length=MOST_DOCUMENTS),
    ]


class Ingested(StrEnum):
    """How a document stands."""

    INDEXED = "indexed"
    FAILED = "failed"
    READING = "reading"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentResult:
    """What became of one document. `same_as` names the one that has its content already."""

    name: str
    status: Ingested
    chunks: int = 0
    reason: str = ""
    same_as: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Populated:
    """What became of each document, in the order in which they came."""

    documents: tuple[DocumentResult, ...]
    indexed: int
    failed: int


def query_of(body: bytes | str) -> Query:
    """A query from JSON. Raises `Refused` with one sentence."""
    return _read(_adapters()[0], body)


def populate_of(body: bytes | str) -> Populate:
    """Documents from JSON. Raises `Refused` with one sentence."""
    return _read(_adapters()[1], body)


def json_of(answer: Answered | Populated | Trace) -> str:
    """A response as JSON."""
    return _adapters()[2].dump_json(answer, indent=2).decode()


@cache
def _adapters() -> tuple[TypeAdapter[Query], TypeAdapter[Populate], TypeAdapter[Answered | Populated | Trace]]:
    """Made once, when the first program comes."""
    return TypeAdapter(Query), TypeAdapter(Populate), TypeAdapter(Answered | Populated | Trace)


def _read(adapter: TypeAdapter[T], body: bytes | str) -> T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"][:2])
        message = str(first["msg"])
        if first["type"] == "json_invalid":
            raise Refused(f"The body is not valid JSON ({message.removeprefix('Invalid JSON: ')}).") from None
        if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
            raise Refused(f"The body has an unknown field '{where}'; take it out.") from None
        if first["type"] in ("missing", "missing_argument"):
            raise Refused(f"The body lacks the field '{where}'.") from None
        if where.startswith("documents."):
            raise Refused(
                f"The body's '{where}' is neither a text nor an object of name and text, neither empty nor too long."
            ) from None
        raise Refused(f"The body's '{where or 'top'}' is wrong: {message[:1].lower()}{message[1:]}.") from None
