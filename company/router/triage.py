"""What the Admin's model is asked, and what of its answer is believed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from company.records import Difficulty, Exchange, Json, Kind, Message, ModelCall, ModelRef, WorkOrder
from company.router.tokens import clip

_PROMPT = Path(__file__).parent / "prompts" / "triage.md"
_VARIABLES = {"kinds", "library", "words", "suffix"}
_MESSAGE_TOKENS = 1500
_ATTACHED_TOKENS = 300
_BRIEF_WORDS = 120
_MAX_OUTPUT_TOKENS = 450
_LANGUAGE = re.compile(r"[a-z]{2}")
_WHY_CHARS = 200

SCHEMA: Json = {
    "type": "object",
    "properties": {
        "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
        "difficulty": {"type": "string", "enum": [level.value for level in Difficulty]},
        "language": {"type": "string", "pattern": "^[a-z]{2}$"},
        "needs_documents": {"type": "boolean"},
        "brief": {"type": "string"},
        "why": {"type": "string"},
    },
    "required": ["kind", "difficulty", "language", "needs_documents", "brief", "why"],
    "additionalProperties": False,
}
"""JSON Schema of the model's answer (JSON Schema 2020-12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """A model's judgement, checked for form."""

    kind: Kind
    difficulty: Difficulty
    language: str
    needs_documents: bool
    brief: str
    why: str


def load_prompt() -> Template:
    """The prompt file. Reads the disk, so call it in a thread.

    Raises `ValueError` when its variables are not exactly the known ones, `OSError` when it can't be read.
    """
    template = Template(_PROMPT.read_text(encoding="utf-8"))
    if not template.is_valid() or set(template.get_identifiers()) != _VARIABLES:
        raise ValueError(f"{_PROMPT.name} must use exactly the variables {sorted(_VARIABLES)}.")
    return template


def build_call(
    template: Template, model: ModelRef, order: WorkOrder, extract: str, *, library_is_empty: bool, timeout_s: float
) -> ModelCall:
    """The call for one order. `extract` is the extractive brief; the model sees it in place of the whole history."""
    system = template.substitute(
        kinds=", ".join(kind.value for kind in Kind),
        library="there are none now" if library_is_empty else "there are some",
        words=str(_BRIEF_WORDS),
        suffix="/no_think" if model.model.startswith("qwen3") else "",
    )
    data = {
        "history": extract.splitlines(),
        "attached": [
            {"origin": block.origin.value, "text": clip(block.text, _ATTACHED_TOKENS)} for block in order.blocks[:8]
        ],
        "message": clip(order.text, _MESSAGE_TOKENS),
    }
    # "<" can't close the delimiter from inside, whatever a forwarded text says
    shown = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return ModelCall(
        model=model.model,
        system=system,
        messages=(Message(role="user", text=f"<data>\n{shown}\n</data>"),),
        max_output_tokens=_MAX_OUTPUT_TOKENS,
        schema=SCHEMA,
        timeout_s=timeout_s,
        idle_timeout_s=timeout_s,
    )


def parse(text: str) -> Triage | None:
    """The model's answer as a record, or None when it is nonsense."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    kind, level, language = (answer.get(name) for name in ("kind", "difficulty", "language"))
    brief, why, needs = answer.get("brief"), answer.get("why", ""), answer.get("needs_documents")
    if not (isinstance(kind, str) and isinstance(level, str) and isinstance(needs, bool)):
        return None
    if kind not in [*Kind] or level not in [*Difficulty]:
        return None
    if not (isinstance(language, str) and isinstance(brief, str) and isinstance(why, str)):
        return None
    return Triage(
        kind=Kind(kind),
        difficulty=Difficulty(level),
        language=language if _LANGUAGE.fullmatch(language) else "",
        needs_documents=needs,
        brief=" ".join(brief.split()),
        why=" ".join(why.split())[:_WHY_CHARS],
    )


def has_history(history: tuple[Exchange, ...]) -> bool:
    """Whether there is anything a brief could speak of."""
    return any(exchange.question.strip() or exchange.answer.strip() for exchange in history)
