"""The record of an attempt, turn by turn, so that work goes on after the last recorded one.

Owner of the table turns. Turn 0 is what the employee was told, written together with turn 1 in the transaction that
settles its charge; each later turn is the model's, written the same way. What the model was told in between (results of
tools, "go on", "stop repeating") follows from the turns and the receipts, so it is derived, never stored.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, text, update

from company.books import to_json
from company.records import Completion, Message, Passage, Stop, ToolCall, ToolResult
from company.schema import attempts, receipts, turns
from employees.prompts import Rendered, recall, remember
from employees.selftest import HOLDS
from employees.toolbox import Receipt, receipts_of

GO_ON = "Go on exactly where you stopped; repeat nothing."
LAST_TURN = "That was the last use of a tool: give your answer now, with what you have."
STOP_REPEATING = (
    "You asked this of the tool three times with the same arguments; it was not run again. Use what you have, "
    "or say what you could not find out."
)
SEARCH_MEMORY = "search_memory"
SAID_EARLIER = "said earlier"
"""The origin of data that is from the memory."""
SAME_CALLS = 3
"""The same tool with the same arguments: this time it is not run any more; once more and the attempt is given up."""

# Statements of the way of every attempt are built once: building one costs SQLAlchemy more than running it.
_OF_ATTEMPT = turns.c.attempt_id == bindparam("attempt")
_THERE = select(turns.c.message).where(_OF_ATTEMPT, turns.c.number == bindparam("turn"))
_WHOLE = select(turns).where(_OF_ATTEMPT).order_by(turns.c.number)
_TAKEN = select(func.count()).where(_OF_ATTEMPT, turns.c.number > 0)
_ADD = text(
    "insert into turns (attempt_id, number, message, model, stop, created_at) "
    "values (:attempt_id, :number, :message, :model, :stop, :created_at) on conflict (attempt_id, number) do nothing"
)
_MARK = (
    update(attempts)
    .where(attempts.c.id == bindparam("attempt"))
    .values(prompt_hash=bindparam("prompt"), employee=bindparam("who"), model=bindparam("by"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Turn 0: the first message, the prompt above it, the tools handed out, the passages it numbers."""

    text: str
    prompt: Rendered
    tools: tuple[str, ...] = ()
    passages: tuple[Passage, ...] = ()
    question: str = ""  # what is asked once more when the answer is there; "": nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of a model. `number` counts from 1; `model` is "provider/model"."""

    number: int
    message: Message
    stop: Stop
    model: str


@dataclass(slots=True)
class Talk:
    """An attempt so far."""

    attempt_id: str
    opening: Opening
    turns: list[Turn] = field(default_factory=list)
    receipts: dict[tuple[int, str], Receipt] = field(default_factory=dict)

    def messages(self, max_turns: int) -> tuple[Message, ...]:
        """Everything said so far, as the next call needs it; append-only from turn to turn."""
        said = [Message(role="user", text=self.opening.text)]
        for turn in self.turns:
            said.append(turn.message)
            if turn.message.tool_calls:
                last = LAST_TURN if turn.number == max_turns - 1 else ""
                results = tuple(self._result(turn.number, call) for call in turn.message.tool_calls)
                said.append(Message(role="user", tool_results=results, text=last))
            elif turn.stop is Stop.LENGTH:
                said.append(Message(role="user", text=GO_ON))
            elif self.opening.question:
                said.append(Message(role="user", text=self.opening.question))
        return tuple(said)

    def _result(self, number: int, call: ToolCall) -> ToolResult:
        receipt = self.receipts.get((number, call.id))
        if receipt is None:  # asked too often: never run
            return ToolResult(call_id=call.id, text=STOP_REPEATING, failed=True)
        failed = receipt.state != "done"
        return ToolResult(call_id=call.id, text=receipt.text or "(nothing)", failed=failed)

    def times_asked(self, number: int, call: ToolCall) -> int:
        """How often this was asked, up to and with this turn."""
        same = [
            made
            for turn in self.turns
            if turn.number <= number
            for made in turn.message.tool_calls
            if made.name == call.name and made.arguments == call.arguments
        ]
        return len(same)

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Every passage shown so far; the first has the number 1."""
        found = [*self.opening.passages]
        for turn in self.turns:
            for call in turn.message.tool_calls:
                receipt = self.receipts.get((turn.number, call.id))
                found += receipt.passages if receipt else ()
        return tuple(found)

    @property
    def reminded(self) -> bool:
        """Whether something that was said earlier is before the employee."""
        told = f'<data origin="{SAID_EARLIER}"' in self.opening.text
        return told or any(one.tool == SEARCH_MEMORY for one in self.receipts.values())

    @property
    def answered(self) -> bool:
        """True when nothing is left to do: a turn without a tool call that ended by itself, or was cut off twice.

        Where a second look is wanted, an answer that ended well is held against the request before.
        """
        if not self.turns or self.turns[-1].message.tool_calls:
            return False
        if self.turns[-1].stop is Stop.END:
            return not self.opening.question or sum(answer[-1].stop is Stop.END for answer in self._answers) > 1
        return self.turns[-1].stop is not Stop.LENGTH or self.cut_off > 1

    @property
    def looks_again(self) -> bool:
        """True when there is a whole answer, and what follows is the second look at it."""
        return bool(self.opening.question) and any(answer[-1].stop is Stop.END for answer in self._answers)

    @property
    def _answers(self) -> list[list[Turn]]:
        """Each answer with the turns that it took: those cut off by the length limit, and the one after them."""
        found: list[list[Turn]] = []
        going_on = False
        for turn in self.turns:
            if turn.message.tool_calls:
                going_on = False
                continue
            if going_on:
                found[-1].append(turn)
            else:
                found.append([turn])
            going_on = turn.stop is Stop.LENGTH and len(found[-1]) == 1
        return found

    @property
    def final(self) -> list[Turn]:
        """The turns of the answer that counts: the second look's, if it mended something and came to an end."""
        answers = self._answers
        if len(answers) > 1 and self.opening.question and not self._mends(answers[-1]):
            return answers[-2]
        return answers[-1] if answers else []

    @property
    def mended(self) -> bool | None:
        """Whether the second look changed the answer; None when there was none."""
        answers = self._answers
        return self._mends(answers[-1]) if self.opening.question and len(answers) > 1 else None

    @staticmethod
    def _mends(answer: Sequence[Turn]) -> bool:
        said = "".join(turn.message.text for turn in answer).strip()
        return answer[-1].stop is Stop.END and bool(said) and said.strip(' .!*`"').upper() != HOLDS

    @property
    def text(self) -> str:
        """The answer that counts."""
        return "".join(turn.message.text for turn in self.final).strip()

    @property
    def cut_off(self) -> int:
        """How many of the last turns ended at the length limit."""
        count = 0
        for turn in reversed(self.turns):
            if turn.stop is not Stop.LENGTH or turn.message.tool_calls:
                break
            count += 1
        return count


def turn_of(completion: Completion, number: int) -> Turn:
    """A model's answer as a turn."""
    message = Message(
        role="assistant", text=completion.text, tool_calls=completion.tool_calls, opaque=completion.opaque
    )  # fmt: skip
    model = f"{completion.provider}/{completion.model}"
    return Turn(number=number, message=message, stop=completion.stop, model=model)


def append(tx: Connection, attempt_id: str, opening: Opening, turn: Turn, employee: str, now: int) -> bool:
    """Write a turn (and before the first, what was told) in the transaction that settles its charge.

    Returns:
        False when another turn stands there: somebody else works on this attempt, and nothing was written.
    """
    said = to_json(turn.message)
    row = {
        "attempt_id": attempt_id, "number": turn.number, "message": said, "model": turn.model,
        "stop": turn.stop.value, "created_at": now,
    }  # fmt: skip
    if tx.execute(_ADD, row).rowcount == 0:
        there = tx.execute(_THERE, {"attempt": attempt_id, "turn": turn.number}).one()
        return bool(there.message == said)  # our own, from a commit whose answer was lost, or another's
    if turn.number == 1:
        remember(tx, opening.prompt, now)
        told = {
            "text": opening.text, "prompt": opening.prompt.hash, "tools": opening.tools, "passages": opening.passages,
            "question": opening.question,
        }  # fmt: skip
        tx.execute(_ADD, {**row, "number": 0, "message": to_json(told), "model": "", "stop": ""})
        tx.execute(_MARK, {"attempt": attempt_id, "prompt": opening.prompt.hash, "who": employee, "by": turn.model})
    return True


def restore(tx: Connection, attempt_id: str) -> Talk | None:
    """The attempt as it was recorded; None when it has no turn yet."""
    rows = tx.execute(_WHOLE, {"attempt": attempt_id}).all()
    if not rows:
        return None
    told = json.loads(rows[0].message)
    prompt = recall(tx, told["prompt"])
    if prompt is None:
        return None
    opening = Opening(
        text=told["text"], prompt=prompt, tools=tuple(told["tools"]),
        passages=tuple(Passage(**one) for one in told["passages"]), question=told.get("question", ""),
    )  # fmt: skip
    receipts = {(one.turn, one.call_id): one for one in receipts_of(tx, attempt_id)}
    return Talk(attempt_id, opening, [_turn(row) for row in rows[1:]], receipts)


def turns_taken(tx: Connection, attempt_id: str) -> int:
    """How many answers of a model an attempt has."""
    return tx.scalar(_TAKEN, {"attempt": attempt_id}) or 0


def _turn(row: Row[Any]) -> Turn:
    return Turn(number=row.number, message=_message(json.loads(row.message)), stop=Stop(row.stop), model=row.model)


def _message(data: Mapping[str, Any]) -> Message:
    message = Message(role=data["role"], text=data["text"], opaque=data["opaque"])
    return replace(message, tool_calls=tuple(ToolCall(**call) for call in data["tool_calls"]))


def forget(tx: Connection, passage_ids: Collection[str]) -> None:
    """Empty what employees were told in attempts that are over, where these passages were part of it.

    An attempt that still runs keeps what it was told: it could not go on after a restart.
    """
    over = select(attempts.c.id).where(attempts.c.outcome != "")
    openings = select(turns.c.attempt_id, turns.c.message).where(turns.c.number == 0, turns.c.attempt_id.in_(over))
    found: dict[str, str] = {}
    for row in tx.execute(openings.execution_options(yield_per=100)):
        told = json.loads(row.message)
        if any(one["id"] in passage_ids for one in told["passages"]):
            found[row.attempt_id] = to_json({**told, "text": "", "passages": []})
    for attempt_id, emptied in found.items():
        mine = (turns.c.attempt_id == attempt_id) & (turns.c.number == 0)
        tx.execute(update(turns).where(mine).values(message=emptied))


def forget_orders(tx: Connection, whole: Collection[str], told: Collection[str]) -> None:
    """Delete what employees wrote in the attempts at some orders; of others, what they were told, where they are over.

    Args:
        whole: ids of orders whose words were forgotten: turns and uses of tools go.
        told: ids of orders whose employees may have been told of these; so are what they looked up of the past.
    """
    for some in _pieces(whole):
        tries = select(attempts.c.id).where(attempts.c.order_id.in_(some))
        tx.execute(delete(turns).where(turns.c.attempt_id.in_(tries)))
        tx.execute(delete(receipts).where(receipts.c.attempt_id.in_(tries)))
    for some in _pieces(told):
        tries = select(attempts.c.id).where(attempts.c.order_id.in_(some), attempts.c.outcome != "")
        openings = select(turns).where(turns.c.number == 0, turns.c.attempt_id.in_(tries))
        for row in tx.execute(openings).all():
            emptied = to_json({**json.loads(row.message), "text": "", "passages": []})
            mine = (turns.c.attempt_id == row.attempt_id) & (turns.c.number == 0)
            tx.execute(update(turns).where(mine).values(message=emptied))
        tx.execute(delete(receipts).where(receipts.c.tool == SEARCH_MEMORY, receipts.c.attempt_id.in_(tries)))


def _pieces(ids: Collection[str], size: int = 200) -> list[list[str]]:
    whole = sorted(ids)
    return [whole[at : at + size] for at in range(0, len(whole), size)]
