"""What has arrived of a model's answer so far: the part of a door that is the same for every provider."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from company.errors import ModelNonsense
from company.ports import OnText
from company.records import Completion, Json, Stop, ToolCall, Usage


@dataclass(slots=True)
class CallPieces:
    """A tool call whose arguments arrive as pieces of JSON text."""

    id: str
    name: str
    json: str = ""


@dataclass(slots=True)
class Draft:
    """Collects a stream; `completion` says whether it became a whole answer.

    Args:
        who: provider and model as people read them, for the sentences of errors.
        on_text: told each new piece of text.
    """

    who: str
    on_text: OnText | None = None
    opened: bool = False  # the provider has begun to answer: what breaks now is a broken answer
    usage: Usage = field(default_factory=Usage)
    stop: Stop | None = None
    pieces: list[str] = field(default_factory=list)
    calls: list[CallPieces] = field(default_factory=list)

    def add_text(self, piece: str) -> None:
        """A further piece of the answer."""
        if piece:
            self.pieces.append(piece)
            if self.on_text is not None:
                self.on_text(piece)

    @property
    def begun(self) -> bool:
        """True as soon as anything that costs money has arrived."""
        return bool(self.pieces or self.calls) or self.usage != Usage()

    def nonsense(self, what: str) -> ModelNonsense:
        """The error for an answer that is no answer, with what it cost all the same."""
        return ModelNonsense(f"{self.who} {what}.", usage=self.usage)

    def completion(self, provider: str, model: str, latency_ms: int, opaque: str = "") -> Completion:
        """The whole answer.

        Raises:
            ModelNonsense: the stream ended before the model did, or there is neither text nor a tool call in it.
        """
        if self.stop is None:
            raise self.nonsense("broke off in the middle of its answer")
        calls = tuple(call for call in map(self._tool_call, self.calls) if call is not None)
        text = "".join(self.pieces)
        if not text.strip() and not calls and self.stop is not Stop.REFUSAL:
            raise self.nonsense("gave an empty answer")
        stop = self.stop
        if stop in (Stop.END, Stop.TOOL):
            stop = Stop.TOOL if calls else Stop.END
        return Completion(
            text=text, usage=self.usage, stop=stop, provider=provider, model=model, tool_calls=calls, opaque=opaque,
            latency_ms=latency_ms,
        )  # fmt: skip

    def _tool_call(self, call: CallPieces) -> ToolCall | None:
        arguments: Json | None = None
        try:
            found = json.loads(call.json or "{}")
            arguments = found if isinstance(found, dict) else None
        except ValueError:
            pass
        if arguments is None or not call.name:
            if self.stop is Stop.LENGTH:
                return None  # the limit fell into the middle of the call: it was never made
            raise self.nonsense(f"asked for the tool '{call.name}' with arguments that are no JSON object")
        return ToolCall(id=call.id, name=call.name, arguments=arguments)
