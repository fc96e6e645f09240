"""Tools: typed Python functions that a model may ask for, and the record of each use.

Owner of the table receipts. A receipt is `started`, committed, before the effect, and `done` or `failed` after it, with
the result and a signature (HMAC-SHA256 under the audit key) over tool, arguments, result and times: what a model claims
to have done can be held against it. After a crash a receipt that is still `started` is read by the tool's own word on
repetition: pure and idempotent ones run again under the same receipt; of the others nobody knows, and that is said.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from sqlalchemy import Connection, Row, insert, select, update

from company import audit, decisions
from company.attempts import of_order
from company.books import AUDIT_KEY, Books, to_json
from company.clock import Clock, new_id
from company.errors import ApprovalNeeded, ConfigError, ToolError
from company.library_ports import Library, Memory
from company.memory_records import NoMemory
from company.records import Json, Passage, ToolCall, ToolSpec
from company.schema import attempts, receipts
from company.tool_uses import ToolUse

log = logging.getLogger(__name__)

LONGEST_RESULT = 20_000
"""Characters of a result that a model is shown."""
UNKNOWN = (
    "Nobody knows whether this happened: the work was interrupted at that moment. Do not do it again. "
    "Tell the Board that its outcome is unknown."
)


DENIED = "The Board said no to this. Do not ask for it again; go on without it, and tell the Board what is not done."


class Repeat(StrEnum):
    """What may be done with a use that was interrupted."""

    PURE = "pure"  # no effect outside: run it again
    IDEMPOTENT = "idempotent"  # the second time with the same receipt changes nothing: run it again
    ONCE = "once"  # never run it again by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """For whom and under which receipt a tool is used. `next_number` is the number its first passage gets.

    `person_id` is whose own things may be read: in a group the group (`WorkOrder.reader_id`), never a member.
    """

    person_id: str
    order_id: str
    attempt_id: str
    employee: str
    turn: int
    receipt_id: str = ""
    next_number: int = 1
    foreign: str = ""  # whose words the order holds besides the asker's own: "forwarded, attached"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a tool has to say; the passages are numbered from `Work.next_number` on."""

    text: str
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One use of a tool. `state` is started, done, failed or unknown."""

    id: str
    turn: int
    call_id: str
    tool: str
    arguments: str
    state: str
    text: str = ""
    passages: tuple[Passage, ...] = ()
    signature: str = ""
    started_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What tools may be built from."""

    library: Library
    notes_dir: Path
    memory: Memory = field(default_factory=NoMemory)


ToolFunction = Callable[..., Awaitable[Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool; made by `tool`."""

    spec: ToolSpec
    arguments: type[BaseModel]
    function: ToolFunction
    repeat: Repeat
    timeout_s: float
    approval: bool = False


def tool(function: ToolFunction, *, repeat: Repeat, timeout_s: float = 20.0, approval: bool = False) -> Tool:
    """A tool out of a typed coroutine function `name(work: Work, ...) -> Outcome`.

    Its name and the first paragraph of its docstring are what the model reads; its JSON Schema comes from the type
    hints (`Annotated[str, Field(description=...)]` describes an argument). It raises `ToolError` with a sentence for
    the model when it did nothing; whatever else it raises means that something may have happened.

    Args:
        approval: the Board is asked before each use, with the exact arguments. Any tool with an effect asks where the
            order holds words that are not the asker's own.
    """
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[name] = (hints[name], default)
    label = getattr(function, "__name__", "tool")
    arguments = create_model(label, __config__=ConfigDict(extra="forbid", strict=True), **fields)
    about = inspect.cleandoc(function.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    spec = ToolSpec(name=label, description=about, schema=_lean(arguments.model_json_schema()))
    return Tool(
        spec=spec, arguments=arguments, function=function, repeat=repeat, timeout_s=timeout_s, approval=approval
    )


def _lean(schema: Json) -> Json:
    """Without pydantic's titles: every byte of a schema is paid for in each call."""
    kept = {key: value for key, value in schema.items() if key not in ("title", "additionalProperties")}
    kept["properties"] = {
        name: {key: value for key, value in part.items() if key != "title"}
        for name, part in schema.get("properties", {}).items()
    }
    return kept


def load_tools(names: frozenset[str], equipment: Equipment) -> Mapping[str, Tool]:
    """The named tools: a plain name is a module of `employees.tools`, a dotted one any module on the path.

    Each module has `build(equipment: Equipment) -> Tool`. Imports: call it in a thread.

    Raises:
        ConfigError: there is no such module, or it has no `build`.
    """
    loaded: dict[str, Tool] = {}
    for name in sorted(names):
        try:
            made: Tool = import_module(name if "." in name else f"employees.tools.{name}").build(equipment)
        except (ImportError, AttributeError) as error:
            raise ConfigError(f"There is no tool '{name}' ({error}); mend the `tools` of your employees.") from None
        loaded[name] = made
    return loaded


@dataclass(slots=True)
class Toolbox:
    """Uses tools and keeps the record.

    Args:
        books: where receipts are kept.
        clock: gives their times.
        tools: what there is, by the name in the settings.
    """

    books: Books
    clock: Clock
    tools: Mapping[str, Tool] = field(default_factory=dict)

    def specs(self, names: tuple[str, ...]) -> tuple[ToolSpec, ...]:
        """The named tools as a model sees them, in that order; unknown names are left out."""
        return tuple(self.tools[name].spec for name in names if name in self.tools)

    async def use(self, call: ToolCall, allowed: tuple[str, ...], work: Work, begun: Receipt | None = None) -> Receipt:
        """Do what a model asks, and keep the receipt.

        Args:
            call: the model's wish.
            allowed: the tools this employee was handed for this order.
            work: for whom.
            begun: the receipt of the same call from before a crash, if there is one.

        Raises:
            ApprovalNeeded: the Board must say yes first; nothing was done or written.
        """
        chosen = next((self.tools[name] for name in allowed if self._named(name, call.name)), None)
        receipt = begun or self._started(call, work)
        if chosen is None:
            return await self._refuse(receipt, work, f"You have no tool '{call.name}' here.")
        try:
            arguments = chosen.arguments.model_validate(call.arguments)
        except ValidationError as error:
            return await self._refuse(receipt, work, _explain(call.name, error))
        if begun is not None and chosen.repeat is Repeat.ONCE:
            return await self._finish(receipt, work, "unknown", Outcome(text=UNKNOWN))
        if begun is None:
            if await self._denied(chosen, call, work):
                return await self._refuse(receipt, work, DENIED)
            await self.books.write(_insert, receipt, work)
        state, outcome = await self._run(chosen, arguments, _with_receipt(work, receipt.id))
        return await self._finish(receipt, work, state, outcome)

    async def _denied(self, chosen: Tool, call: ToolCall, work: Work) -> bool:
        """Whether the Board said no to this use. Raises `ApprovalNeeded` where it has not been asked."""
        if not chosen.approval and (chosen.repeat is Repeat.PURE or not work.foreign):
            return False
        which = f"{work.attempt_id}/{work.turn}/{call.id}"
        answer = await self.books.read(decisions.answer_to, work.order_id, call.name, call.arguments, which)
        if not answer:
            raise ApprovalNeeded(
                f"The use of {call.name} must be approved.", act=call.name, arguments=call.arguments, call=which,
                why=work.foreign,
            )  # fmt: skip
        return answer != decisions.APPROVE

    def _named(self, name: str, wanted: str) -> bool:
        return name in self.tools and self.tools[name].spec.name == wanted

    def _started(self, call: ToolCall, work: Work) -> Receipt:
        now = self.clock.now()
        return Receipt(
            id=new_id(now), turn=work.turn, call_id=call.id, tool=call.name, arguments=to_json(call.arguments),
            state="started", started_at=now,
        )  # fmt: skip

    async def _run(self, chosen: Tool, arguments: BaseModel, work: Work) -> tuple[str, Outcome]:
        values = {name: getattr(arguments, name) for name in type(arguments).model_fields}
        lost = "unknown" if chosen.repeat is Repeat.ONCE else "failed"
        try:
            async with asyncio.timeout(chosen.timeout_s):
                outcome = await chosen.function(work, **values)
        except ToolError as error:
            return "failed", Outcome(text=str(error))
        except TimeoutError:
            text = UNKNOWN if lost == "unknown" else f"It took longer than {chosen.timeout_s:g} seconds."
            return lost, Outcome(text=text)
        except Exception as error:
            log.exception("The tool %s broke", chosen.spec.name)
            text = UNKNOWN if lost == "unknown" else f"The tool broke ({type(error).__name__})."
            return lost, Outcome(text=text)
        if len(outcome.text) > LONGEST_RESULT:
            cut = outcome.text[:LONGEST_RESULT] + "\n(The rest was left out: the result is too long.)"
            outcome = Outcome(text=cut, passages=outcome.passages)
        return "done", outcome

    async def _refuse(self, receipt: Receipt, work: Work, why: str) -> Receipt:
        return await self._finish(receipt, work, "failed", Outcome(text=why))

    async def _finish(self, receipt: Receipt, work: Work, state: str, outcome: Outcome) -> Receipt:
        return await self.books.write(_close, receipt, work, state, outcome, self.clock.now())


def _with_receipt(work: Work, receipt_id: str) -> Work:
    return Work(**(asdict(work) | {"receipt_id": receipt_id}))


def _explain(name: str, error: ValidationError) -> str:
    wrong = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
    return f"The arguments of {name} are wrong: {wrong}"


def _insert(tx: Connection, receipt: Receipt, work: Work) -> None:
    row = {
        "id": receipt.id, "attempt_id": work.attempt_id, "turn": receipt.turn, "call_id": receipt.call_id,
        "tool": receipt.tool, "arguments": receipt.arguments, "state": receipt.state, "started_at": receipt.started_at,
    }  # fmt: skip
    tx.execute(insert(receipts), [row])


def _close(tx: Connection, receipt: Receipt, work: Work, state: str, outcome: Outcome, now: int) -> Receipt:
    if tx.execute(select(receipts.c.id).where(receipts.c.id == receipt.id)).first() is None:
        _insert(tx, receipt, work)  # refused before it could have an effect: one row, one commit
    result = to_json({"text": outcome.text, "passages": [asdict(passage) for passage in outcome.passages]})
    values = {"state": state, "result": result, "ended_at": now}
    signature = _sign(tx, work.attempt_id, receipt, state, result, now)
    tx.execute(update(receipts).where(receipts.c.id == receipt.id).values(**values, signature=signature))
    audit.record(
        tx, now, work.employee, f"tool.{state}", order_id=work.order_id, tool=receipt.tool, receipt=receipt.id,
        signature=signature,
    )  # fmt: skip
    return Receipt(
        id=receipt.id, turn=receipt.turn, call_id=receipt.call_id, tool=receipt.tool, arguments=receipt.arguments,
        state=state, text=outcome.text, passages=outcome.passages, signature=signature, started_at=receipt.started_at,
    )  # fmt: skip


def _sign(tx: Connection, attempt_id: str, receipt: Receipt, state: str, result: str, ended_at: int) -> str:
    facts = [
        receipt.id, attempt_id, receipt.turn, receipt.call_id, receipt.tool, receipt.arguments, state, result,
        receipt.started_at, ended_at,
    ]  # fmt: skip
    return hmac.digest(tx.info[AUDIT_KEY], b"tool receipt " + to_json(facts).encode(), "sha256").hex()


def receipts_of(tx: Connection, attempt_id: str) -> tuple[Receipt, ...]:
    """The uses of tools in one attempt, oldest first."""
    query = select(receipts).where(receipts.c.attempt_id == attempt_id).order_by(receipts.c.turn, receipts.c.id)
    return tuple(_receipt(row) for row in tx.execute(query))


def effects_before(tx: Connection, order_id: str, attempt_id: str) -> tuple[Receipt, ...]:
    """What earlier attempts at the same order did or may have done, oldest first."""
    query = (
        select(receipts)
        .join(attempts, attempts.c.id == receipts.c.attempt_id)
        .where(attempts.c.order_id == order_id, attempts.c.id != attempt_id)
        .where(receipts.c.state.in_(("done", "unknown", "started")))
        .order_by(receipts.c.id)
    )
    return tuple(_receipt(row) for row in tx.execute(query))


def false_receipts(tx: Connection, attempt_id: str) -> tuple[str, ...]:
    """The ids of finished receipts whose signature does not fit what they say: somebody changed them."""
    rows = tx.execute(select(receipts).where(receipts.c.attempt_id == attempt_id, receipts.c.state != "started"))
    return tuple(
        row.id
        for row in rows
        if not hmac.compare_digest(
            row.signature, _sign(tx, attempt_id, _receipt(row), row.state, row.result, row.ended_at)
        )
    )


def uses_of_tools(tx: Connection, order_id: str) -> tuple[ToolUse, ...]:
    """What tools did in every attempt at an order, each with whether its receipt is genuine."""
    found: list[ToolUse] = []
    for attempt in of_order(tx, order_id):
        false = false_receipts(tx, attempt.id)
        found += (
            ToolUse(tool=one.tool, arguments=one.arguments, state=one.state, genuine=one.id not in false)
            for one in receipts_of(tx, attempt.id)
        )
    return tuple(found)


def _receipt(row: Row[Any]) -> Receipt:
    result: Json = json.loads(row.result) if row.result else {"text": "", "passages": []}
    return Receipt(
        id=row.id, turn=row.turn, call_id=row.call_id, tool=row.tool, arguments=row.arguments, state=row.state,
        text=result["text"], passages=tuple(Passage(**one) for one in result["passages"]), signature=row.signature,
        started_at=row.started_at,
    )  # fmt: skip
