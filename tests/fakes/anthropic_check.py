"""Anthropic's contract, read independently: what the Messages API refuses, and what its prompt cache would do.

Sources: https://platform.claude.com/docs/en/api/messages, .../prompt-caching, .../about-claude/models/
migration-guide (sampling parameters and manual thinking budgets refused from 4.7 on, prefill from 4.6 on), and the
SDK's published parameter types.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from tests.fakes.models import Refusal, Tokens, tokens_of

Wire = dict[str, Any]
MODELS = (
    "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5", "claude-opus-5", "claude-sonnet-5", "claude-fable-5-2",
    "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5",
    "claude-haiku-4-5-20251001",
)  # fmt: skip
FIELDS = frozenset({
    "max_tokens", "messages", "model", "cache_control", "container", "diagnostics", "inference_geo", "metadata",
    "output_config", "service_tier", "speed", "stop_sequences", "system", "thinking", "tool_choice", "tools", "stream",
})  # fmt: skip
SAMPLING = {"temperature", "top_p", "top_k"}
VERSIONS = ("2023-06-01", "2026-10-21")
NEWEST = VERSIONS[-1]
"""From this version on no sampling parameter exists: https://platform.claude.com/docs/en/api/migration-2026-10-21."""
_USER_BLOCKS = {"text", "image", "document", "tool_result", "search_result"}
_ASSISTANT_BLOCKS = {"text", "thinking", "redacted_thinking", "tool_use"}
_VERSION = re.compile(r"claude-[a-z]+-(\d+)(?:-(\d{1,2}))?(?:-|$)")


def invalid(text: str) -> Refusal:
    """400 invalid_request_error."""
    return Refusal(400, "invalid_request_error", text)


def generation(model: str) -> tuple[int, int]:
    """(5, 5) for claude-opus-5-5; unknown names count as the newest."""
    match = _VERSION.match(model)
    return (int(match[1]), int(match[2] or 0)) if match else (99, 0)


def check_request(raw: Wire, *, counting: bool = False, version: str = NEWEST) -> None:
    """Raise Refusal (400) for whatever the Messages API refuses."""
    if strange := raw.keys() - FIELDS - (SAMPLING if version < NEWEST else set()):
        raise invalid(f"{sorted(strange)[0]}: Extra inputs are not permitted")
    wanted = {"model": str, "messages": list} | ({} if counting else {"max_tokens": int})
    for name, kind in wanted.items():
        if name not in raw:
            raise invalid(f"{name}: Field required")
        if not isinstance(raw[name], kind) or isinstance(raw[name], bool):
            raise invalid(f"{name}: Input should be a valid {kind.__name__}")
    if raw.get("max_tokens", 1) < 0:
        raise invalid("max_tokens: Input should be greater than or equal to 0")
    _check_sampling(raw)
    _check_thinking(raw)
    _check_tools(raw)
    _check_messages(raw)
    _check_marks(raw)


def _check_sampling(raw: Wire) -> None:
    new = generation(raw["model"]) >= (4, 7)
    for name, default in (("temperature", 1), ("top_p", None), ("top_k", None)):
        if raw.get(name) is not None and new and raw[name] != default:
            raise invalid(f"`{name}` is deprecated for this model.")
    if raw.get("temperature") is not None and raw.get("top_p") is not None and generation(raw["model"]) >= (4, 1):
        raise invalid("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
    if not 0 <= float(raw.get("temperature") or 0) <= 1:
        raise invalid("temperature: range: 0..1")


def _check_thinking(raw: Wire) -> None:
    thinking, made = raw.get("thinking"), generation(raw["model"])
    if thinking is None:
        return
    kind = thinking.get("type")
    if kind not in ("enabled", "disabled", "adaptive", "between_tools"):
        raise invalid(f"thinking.type: unexpected value {kind!r}")
    if kind == "enabled":
        if made >= (4, 7):
            raise invalid('"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive".')
        if not 1024 <= int(thinking.get("budget_tokens", 0)) < raw.get("max_tokens", 1 << 30):
            raise invalid("thinking.budget_tokens: at least 1024 and less than max_tokens")
    if kind == "adaptive" and made < (4, 6):
        raise invalid("adaptive thinking is not supported on this model")
    if kind in ("enabled", "adaptive") and (raw.get("tool_choice") or {}).get("type") in ("any", "tool"):
        raise invalid("Thinking may not be enabled when tool_choice forces tool use.")


def _check_tools(raw: Wire) -> None:
    names = set()
    for index, tool in enumerate(raw.get("tools") or []):
        where = f"tools.{index}"
        if tool.get("type") not in (None, "custom"):
            names.add(str(tool.get("name")))
            continue  # a server tool: its own contract
        if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", str(tool.get("name", ""))):
            raise invalid(f"{where}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        if tool["name"] in names:
            raise invalid("tools: Tool names must be unique.")
        names.add(tool["name"])
        schema = tool.get("input_schema")
        if not isinstance(schema, dict) or schema.get("type") != "object":
            raise invalid(f"{where}.input_schema.type: Input should be 'object'")
        _check_schema(schema, where)
    choice = raw.get("tool_choice")
    if choice is not None:
        if not names:
            raise invalid("tool_choice may only be specified while providing tools")
        if choice.get("type") not in ("auto", "any", "tool", "none"):
            raise invalid("tool_choice.type: unexpected value")
        if choice["type"] == "tool" and choice.get("name") not in names:
            raise invalid(f"Tool '{choice.get('name')}' not found in provided tools")


def _check_schema(schema: Wire, where: str) -> None:
    from jsonschema import Draft202012Validator, SchemaError  # type: ignore[import-untyped]

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as problem:
        raise invalid(f"{where}.input_schema: JSON schema is invalid: {problem.message}") from None


def blocks_of(content: Any) -> list[Wire]:
    """Content as blocks, a string being one text block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _check_messages(raw: Wire) -> None:
    messages = raw["messages"]
    if not messages:
        raise invalid("messages: at least one message is required")
    if messages[0].get("role") != "user":
        raise invalid('messages: first message must use the "user" role')
    open_uses: set[str] = set()
    previous = ""
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in ("user", "assistant", "system"):
            raise invalid(f"messages.{index}.role: unexpected value {role!r}")
        blocks = blocks_of(message.get("content") if message.get("content") is not None else [])
        if not blocks and not (role == "assistant" and index == len(messages) - 1):
            raise invalid(f"messages.{index}: all messages must have non-empty content")
        _check_blocks(index, role, blocks)
        answered = {str(block["tool_use_id"]) for block in blocks if block["type"] == "tool_result"}
        if missing := open_uses - answered:
            raise invalid(
                f"messages.{index}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{', '.join(sorted(missing))}. Each `tool_use` block must have a corresponding `tool_result` "
                "block in the next message."
            )
        if strange := answered - open_uses:
            raise invalid(
                f"messages.{index}: unexpected `tool_use_id` found in `tool_result` blocks: {sorted(strange)[0]}. Each "
                "`tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        open_uses = {str(block["id"]) for block in blocks if block["type"] == "tool_use"}
        previous = role
    if open_uses:
        raise invalid("messages: final `tool_use` blocks lack `tool_result` blocks")
    if previous == "assistant" and generation(raw["model"]) >= (4, 6):
        raise invalid(
            "This model does not support assistant message prefill. The conversation must end with a user message."
        )


def _check_blocks(index: int, role: str, blocks: list[Wire]) -> None:
    allowed = {"user": _USER_BLOCKS, "assistant": _ASSISTANT_BLOCKS, "system": {"text"}}[role]
    results_over = False
    for at, block in enumerate(blocks):
        where, kind = f"messages.{index}.content.{at}", block.get("type")
        if kind not in allowed:
            raise invalid(f"{where}: unexpected block type {kind!r} for role {role}")
        if kind == "text" and not str(block.get("text", "")).strip():
            raise invalid(f"{where}: text content blocks must contain non-whitespace text")
        if kind == "tool_use" and not (isinstance(block.get("input"), dict) and block.get("id") and block.get("name")):
            raise invalid(f"{where}.tool_use: id, name and input are required")
        if kind == "tool_result":
            if results_over:
                raise invalid(f"{where}: tool_result blocks must come first in the message")
            if not block.get("tool_use_id"):
                raise invalid(f"{where}.tool_result.tool_use_id: Field required")
        elif role == "user":
            results_over = True
            if block.get("citations") and kind == "text":
                raise invalid(f"{where}.text.citations: not allowed in a user message")
        if kind == "thinking" and block.get("signature") != signature(str(block.get("thinking", ""))):
            raise invalid(f"{where}: Invalid `signature` in `thinking` block")


def signature(thinking: str) -> str:
    """The signature under a thinking block of this fake."""
    return "fake-" + hashlib.sha256(thinking.encode()).hexdigest()[:24]


def _check_marks(raw: Wire) -> None:
    marks = [block["cache_control"] for _, block in prompt_blocks(raw) if block.get("cache_control")]
    marks += [raw["cache_control"]] if raw.get("cache_control") else []
    if len(marks) > 4:
        raise invalid(f"A maximum of 4 blocks with cache_control may be provided. Found {len(marks)}.")
    hour_ended = False
    for mark in marks:
        if mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in ("5m", "1h"):
            raise invalid("cache_control: type must be 'ephemeral', ttl '5m' or '1h'")
        hour_ended = hour_ended or mark.get("ttl", "5m") == "5m"
        if hour_ended and mark.get("ttl") == "1h":
            raise invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block")


def prompt_blocks(raw: Wire) -> list[tuple[str, Wire]]:
    """The prompt in cache order: tools, system, messages. (role, block) each."""
    found = [("tool", tool) for tool in raw.get("tools") or []]
    found += [("system", block) for block in blocks_of(raw.get("system") or [])]
    for message in raw.get("messages", []):
        found += [(str(message.get("role")), block) for block in blocks_of(message.get("content") or [])]
    return found


class PromptCache:
    """Which prompt prefixes a provider holds. Prefixes shorter than `minimum` tokens are silently not kept."""

    def __init__(self, minimum: int) -> None:
        self.minimum = minimum
        self.known: set[str] = set()

    def count(self, raw: Wire) -> Tokens:
        """Split the prompt's tokens into read, written and plain ones, and remember what the marks ask to keep."""
        digest = hashlib.sha256(str(raw.get("model")).encode())
        blocks = prompt_blocks(raw)
        total, places, marked = 0, [], []
        for at, (role, block) in enumerate(blocks):
            bare = {key: value for key, value in block.items() if key != "cache_control"}
            text = role + json.dumps(bare, sort_keys=True, ensure_ascii=False)
            digest.update(text.encode())
            total += tokens_of(str(bare["text"]) if role != "tool" and bare.get("type") == "text" else text)
            places.append((digest.hexdigest(), total))
            if block.get("cache_control") or (raw.get("cache_control") and at == len(blocks) - 1):
                marked.append(at)
        marked = [at for at in marked if places[at][1] >= self.minimum]
        read = 0
        for mark in marked:  # the service looks back at most 20 blocks from each mark
            for at in range(mark, max(-1, mark - 21), -1):
                if places[at][0] in self.known:
                    read = max(read, places[at][1])
                    break
        kept = max((places[at][1] for at in marked), default=0)
        self.known.update(places[at][0] for at in marked)
        return Tokens(input=total - max(kept, read), cache_read=read, cache_write=max(0, kept - read))
