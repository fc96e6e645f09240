"""Frozen records of one model call: what is asked, what comes back, what it used. Part of `company.records`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
"""A decoded JSON object at the edge; inside the house it is turned into a record at once."""


class Stop(StrEnum):
    """Why a model stopped."""

    END = "end"
    TOOL = "tool"
    LENGTH = "length"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one call, as the provider counted them. `input_tokens` excludes what the cache served or stored."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as a model sees it; `schema` is a JSON Schema of its arguments."""

    name: str
    description: str
    schema: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """A model asks for a tool."""

    id: str
    name: str
    arguments: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    """What the tool answered, for the model."""

    call_id: str
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a model conversation. `opaque` is what a provider wants back unchanged (thinking blocks), JSON."""

    role: str  # "user" or "assistant"
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    opaque: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of a model. `model` is the provider's own name for it."""

    model: str
    system: str
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_output_tokens: int = 1024
    schema: Json | None = None  # ask for JSON of this schema
    timeout_s: float = 120.0
    idle_timeout_s: float = 30.0  # no byte for this long in a stream: give up
    effort: str = ""  # "low", "medium" or "high" where a model lets us choose how hard it thinks; "": its own default


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A model's answer."""

    text: str
    usage: Usage
    stop: Stop
    provider: str
    model: str
    tool_calls: tuple[ToolCall, ...] = ()
    opaque: str = ""
    latency_ms: int = 0
    cached: bool = False  # served by our own exact cache, free


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRef:
    """Which model at which provider, from "provider/model" in the settings."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}/{self.model}"
