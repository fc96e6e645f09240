"""Orders, answers and cases for QA's tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from company.records import (
    Assignment,
    Citation,
    ConversationKey,
    DataBlock,
    Deliverable,
    Desk,
    Difficulty,
    Finding,
    Kind,
    Passage,
    State,
    Tier,
    WorkOrder,
)
from qa.case import Case, of_order
from qa.inspector import judged
from qa.specs import SPECS, Spec, read_spec

SPEC_OF: dict[Kind, Spec] = {kind: read_spec(SPECS / f"{kind.value}.json") for kind in Kind}


def order(
    text: str,
    *,
    kind: Kind = Kind.CHAT,
    language: str = "en",
    brief: str = "",
    blocks: tuple[DataBlock, ...] = (),
    assigned: bool = True,
) -> WorkOrder:
    """An order that waits for its answer."""
    assignment = Assignment(
        kind=kind, difficulty=Difficulty.NORMAL, language=language, ladder=(Tier.INTERN, Tier.DIRECTOR), brief=brief
    )
    return WorkOrder(
        id="o1",
        number=1,
        conversation_id="c1",
        conversation=ConversationKey(desk=Desk.CONSOLE, chat="1"),
        person_id="p1",
        parent_id=None,
        state=State.WORKING,
        claim=1,
        text=text,
        blocks=blocks,
        message_id="",
        reply_to_order=None,
        wanted_tier=None,
        priority=0,
        deadline_at=None,
        assignment=assignment if assigned else None,
        rung=0,
        crashes=0,
        waiting_for="",
        answer="",
        label="",
        end_reason="",
        created_at=0,
        updated_at=0,
        finished_at=None,
    )


def answer(
    text: str,
    *,
    citations: tuple[Citation, ...] = (),
    tier: Tier = Tier.INTERN,
    unknown_effects: tuple[str, ...] = (),
) -> Deliverable:
    """An answer of the Intern."""
    return Deliverable(
        text=text,
        employee="intern",
        title="Intern",
        tier=tier,
        model="anthropic/claude-haiku-4-5",
        citations=citations,
        unknown_effects=unknown_effects,
    )


def case(  # one argument for each thing a test may vary
    text: str,
    *,
    request: str = "",
    kind: Kind = Kind.CHAT,
    language: str = "en",
    brief: str = "",
    blocks: tuple[DataBlock, ...] = (),
    spec: Spec | None = None,
    citations: tuple[Citation, ...] = (),
    passages: tuple[Passage, ...] = (),
    secrets: tuple[str, ...] = (),
    prompts: tuple[str, ...] = (),
    hits: tuple[str, ...] = (),
    tier: Tier = Tier.INTERN,
) -> Case:
    """An answer on QA's table."""
    return of_order(
        order(request, kind=kind, language=language, brief=brief, blocks=blocks),
        answer(text, citations=citations, tier=tier),
        spec or SPEC_OF[kind],
        passages={passage.id: passage for passage in passages},
        secrets=secrets,
        prompts=prompts,
        pattern_hits=hits,
    )


def codes(looked_at: Case) -> list[str]:
    """The codes of all findings of all layers."""
    return [finding.code for finding in judged(looked_at)]


def found(looked_at: Case, code: str) -> Finding:
    """The finding of that code; fails when there is none."""
    return next(finding for finding in judged(looked_at) if finding.code == code)


@dataclass(frozen=True)
class Clean:
    """A clean answer of the corpus."""

    kind: Kind
    language: str
    request: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.language}-{self.request[:30]}"


def clean_answers() -> list[Clean]:
    """The corpus of clean answers."""
    corpus = (Path(__file__).parent / "clean_answers.md").read_text(encoding="utf-8")
    cases = []
    for part in corpus.split("\n@@ ")[1:]:
        head, _, text = part.partition("\n")
        kind, language, request = head.split(" | ", 2)
        cases.append(Clean(Kind(kind), language, request.replace("\\n", "\n"), text.rstrip("\n")))
    return cases
