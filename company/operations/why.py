"""[Why]: who did an order and why, what QA looked at and found in each attempt, what it cost, and when. As Markdown."""

from __future__ import annotations

from sqlalchemy import Connection

from company import attempts, audit, budget
from company.attempts import Attempt
from company.money import dollars
from company.operations.timeline import timeline
from company.records import Finding, Json, Outcome, Tier, Verdict, WorkOrder
from company.texts import Texts

_MARKS = {Outcome.PASS: "✅", Outcome.FAIL: "❌", Outcome.UNVERIFIED: "❔"}
_BUILT_IN = "built-in"
_SPECIAL = frozenset("\\`*_[]<>#|~!")


class Why:
    """Says it in one language.

    Args:
        texts: the company's sentences.
        language: the person's.
    """

    def __init__(self, texts: Texts, language: str) -> None:
        self._texts = texts
        self._language = language

    def report(self, tx: Connection, order: WorkOrder) -> str:
        """All of it, from the books."""
        parts = [self._routing(order)]
        verdicts, facts = dict(attempts.verdicts_by_attempt(tx, order.id)), _inspections(tx, order.id)
        for attempt in attempts.of_order(tx, order.id):
            parts.append(self._attempt(attempt, verdicts.get(attempt.id), facts.get(attempt.number, {})))
        parts.append(self._say("why_cost", cost=dollars(budget.charged_for(tx, order.id))))
        steps = [f"- `+{step.after_ms} ms` {step.step}: {plain(step.what)}" for step in timeline(tx, order)]
        parts.append("\n".join((f"**{self._say('why_timeline')}**", "", *steps)))
        return "\n\n".join(part for part in parts if part)

    def _routing(self, order: WorkOrder) -> str:
        assignment = order.assignment
        if assignment is None:
            return self._say("why_not_routed", number=order.number)
        router = assignment.router if assignment.router != _BUILT_IN else self._say("why_built_in")
        head = self._say(
            "why_routing", number=order.number, kind=assignment.kind, difficulty=assignment.difficulty,
            router=plain(router),
        )  # fmt: skip
        return "\n".join((head, "", *(f"- {plain(reason.text)}" for reason in assignment.reasons)))

    def _attempt(self, attempt: Attempt, verdict: Verdict | None, fact: Json) -> str:
        """Who tried, what became of it, what was looked at and what was found."""
        employee = "CEO" if attempt.tier is Tier.CEO else attempt.tier.capitalize()
        if attempt.model:
            employee += f" ({plain(attempt.model)})"
        lines = [
            self._say("why_attempt", number=attempt.number, employee=employee, outcome=self._outcome(attempt.outcome))
        ]
        if verdict is None:
            return lines[0]
        lines[0] = f"{_MARKS[verdict.outcome]} {lines[0]}"
        if verdict.spec_version:
            lines.append(self._say("why_spec", spec=plain(verdict.spec), version=verdict.spec_version))
        found = [finding.layer for finding in verdict.findings]
        if well := [self._layer(name) for name in fact.get("layers", ()) if name not in found]:
            lines.append(self._say("why_well", layers=", ".join(well)))
        if tested := fact.get("self_test"):
            lines.append(self._say("why_self_test", said=plain("; ".join(tested))))
        if said := fact.get("judged"):
            lines.append(self._say("why_judged", said=plain("; ".join(said))))
        return "\n".join(("  \n".join(lines), "", *(self._finding(one) for one in verdict.findings))).rstrip()

    def _finding(self, finding: Finding) -> str:
        return f"- **{self._layer(finding.layer)}**: {plain(finding.message)}"

    def _outcome(self, outcome: str) -> str:
        return self._say(f"why_{outcome}") if outcome in set(Outcome) else self._say("why_broken_off")

    def _layer(self, name: str) -> str:
        try:
            return self._say(f"layer_{name}")
        except KeyError:
            return plain(name)

    def _say(self, key: str, **values: object) -> str:
        return self._texts.say(self._language, key, **values)


def _inspections(tx: Connection, order_id: str) -> dict[int, Json]:
    """By the number of an attempt, what the record says of its inspection."""
    facts = audit.entries(tx, order_id=order_id, facts=frozenset({attempts.INSPECTED}), limit=100)
    return {fact.payload["attempt"]: fact.payload for fact in facts}


def plain(text: str) -> str:
    """Words of others in one line of our Markdown: nothing in them is markup."""
    return "".join(f"\\{sign}" if sign in _SPECIAL else sign for sign in " ".join(text.split()))
