"""The model judge: asked only where a spec wants it and rules can't decide, believed only as far as can be checked.

It reads the answer as data. An answer that speaks to its judge is not shown to one; a problem counts only if the words
that it points at stand in the answer; two judges that disagree have decided nothing. Whatever goes wrong (no money, no
model, no time, nonsense twice), the ruling is UNVERIFIED, never PASS. After Zheng et al., "Judging LLM-as-a-Judge with
MT-Bench and Chatbot Arena" (2023): problems before the verdict, and no model judges its own answer.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from company.errors import BudgetExceeded, NexusError
from company.ports import Metered
from company.records import (
    Account,
    Deliverable,
    Employee,
    Finding,
    Json,
    Message,
    ModelCall,
    ModelRef,
    Outcome,
    Passage,
    Purpose,
    Stop,
    Tier,
    WorkOrder,
)
from qa.specs import JudgeRules

LAYER = "judge"
FAILED, UNDECIDED, DISAGREE = "judge-failed", "judge-undecided", "judges-disagree"
JUDGEABLE = frozenset({"refusal"})
"""Notes of the rules that a reader can settle: whether an answer that says "I can't" leaves the work undone."""
EMPLOYEE = "qa"
"""The ledger's name for the judge."""
TIMEOUT_S = 40.0  # of all its calls on one answer
MAX_OUTPUT_TOKENS = 700
TRIES = 2  # of one judge: the second after an answer that is no ruling
LONGEST_ANSWER, LONGEST_REQUEST, LONGEST_FOREIGN = 16_000, 4_000, 4_000  # characters
MOST_PROBLEMS = 5
LONGEST_SENTENCE = 300

_PROMPT = Path(__file__).parent / "prompts" / "judge.md"
_RUBRIC = (
    "Does the answer do what the request asks for, all of it?",
    "Is anything in it wrong, as far as the material or plain reasoning shows?",
    "Does it contradict itself, the attached texts or the passages?",
    "Where it says that something can't be done or isn't known: is that so, and does it still give what can be given?",
)
SCHEMA: Json = {
    "type": "object",
    "properties": {
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("quote", "problem", "mend")},
                "required": ["quote", "problem", "mend"],
                "additionalProperties": False,
            },
        },
        "verdict": {"type": "string", "enum": ["pass", "fail", "unsure"]},
    },
    "required": ["problems", "verdict"],
    "additionalProperties": False,
}
"""JSON Schema of a ruling (JSON Schema 2020-12)."""

_SPEAKS = re.compile(
    r"[\"'“](?:verdict|problems|outcome)[\"'”]\s*:|"
    r"\b(?:judges?|graders?|evaluators?|inspectors?|reviewers?|rubric|verdict|inspection|grading|QA|"
    r"Richter\w*|Prüfer\w*|Bewertung\w*|Urteil\w*|juges?|évaluat\w+|verdict|jue[zc]\w*|evaluador\w*|veredicto)\b"
    r"[^.\n]{0,60}\b(?:pass(?:es|ed)?|approve\w*|accept\w*|mark (?:it|this)|score|ignore|must|"
    r"bestanden|besteh\w*|annehm\w*|admet\w*|admis\w*|accepte\w*|aprueb\w*|aprobad\w*|acept\w*)\b|"
    r"\b(?:ignore|disregard|forget|ignorier\w*|vergiss|oubliez?|ignorez|ignora|olvida)\b[^.\n]{0,40}\b(?:instructions?|"
    r"rules?|rubric|points|prompts?|Anweisung\w*|Regeln|consignes|règles|instrucciones|reglas)\b|"
    r"(?:судь|вердикт|провер|оценщик)\w*[^.\n]{0,60}(?:приня|пройден|одобр|зачт|игнорир)\w*|"
    r"(?:评审|裁判|评委|判定|质检)[^。\n]{0,30}(?:通过|合格|忽略)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What came of it. `said` names each model asked with its verdict, for the record."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """One model's answer, checked for form."""

    verdict: str
    findings: tuple[Finding, ...]


class Judge:
    """Asks models through the one metered door, on a cap line of its own (`[budget] judge_day`).

    Args:
        metered: the door.
        roster: the org chart as it is now.
        reachable: whether a model's provider is configured and not known to be away.
        named: the judges of the settings; () takes the models of the tiers below the answer's.
    """

    def __init__(
        self, metered: Metered, *, roster: Callable[[], Mapping[str, Employee]],
        reachable: Callable[[ModelRef], bool], named: Sequence[ModelRef] = (),
    ) -> None:  # fmt: skip
        self._metered = metered
        self._roster = roster
        self._reachable = reachable
        self._named = tuple(named)
        self._prompt = ""

    async def load(self) -> None:
        """Read the prompt file."""
        self._prompt = await asyncio.to_thread(_PROMPT.read_text, encoding="utf-8")

    def candidates(self, deliverable: Deliverable) -> tuple[ModelRef, ...]:
        """Who may judge this answer, cheapest tier first; nobody judges an answer without a model, or its own."""
        if deliverable.tier is Tier.CLERK:
            return ()
        tiers = list(Tier)
        models = self._named or tuple(
            ref
            for one in sorted(self._roster().values(), key=lambda one: tiers.index(one.tier))
            if Tier.CLERK is not one.tier and tiers.index(one.tier) < tiers.index(deliverable.tier)
            for ref in one.models
        )
        return tuple(ref for ref in dict.fromkeys(models) if self._reachable(ref) and str(ref) != deliverable.model)

    async def rule(
        self, order: WorkOrder, deliverable: Deliverable, rules: JudgeRules, *, noticed: Sequence[Finding] = (),
        passages: Sequence[Passage] = (),
    ) -> Ruling | None:  # fmt: skip
        """A ruling; None when there is nobody to ask. Raises nothing but `CancelledError`."""
        models = self.candidates(deliverable)
        if not models:
            return None
        if speaks_to_judge(deliverable.text):
            return _undecided("The answer speaks to its judge, so none was asked.")
        if len(deliverable.text) > LONGEST_ANSWER:
            return _undecided("The answer is too long for a judge.")
        if len(models) < rules.judges:
            return _undecided("The spec wants two judges, and there are not two models to ask.")
        call = self._call(order, deliverable, rules, noticed, passages)
        # one judge may be any of them; of two, each is a certain one
        benches = [models] if rules.judges == 1 else [(ref,) for ref in models[: rules.judges]]
        account = Account(person_id=order.person_id, employee=EMPLOYEE, purpose=Purpose.QA, order_id=order.id)
        said: list[str] = []
        heard: list[_Said] = []
        try:
            async with asyncio.timeout(TIMEOUT_S):
                for bench in benches:
                    one, name = await self._ask(bench, call, account, deliverable.text)
                    said.append(f"{name}: {one.verdict if one is not None else 'nonsense'}")
                    if one is None or one.verdict == "unsure":
                        why = "The model judge gave no usable ruling." if one is None else "The model judge is unsure."
                        return _undecided(why, said)
                    heard.append(one)
        except TimeoutError:
            return _undecided("The model judge took too long.", said)
        except BudgetExceeded as error:
            return _undecided(f"The model judge was not asked: {error}", said)
        except (NexusError, OSError, ValueError) as error:
            return _undecided(f"The model judge could not be asked ({type(error).__name__}).", said)
        return _ruling(heard, said)

    def _call(
        self, order: WorkOrder, deliverable: Deliverable, rules: JudgeRules, noticed: Sequence[Finding],
        passages: Sequence[Passage],
    ) -> ModelCall:  # fmt: skip
        points = "\n".join(f"- {' '.join(point.split())}" for point in (*_RUBRIC, *rules.rubric))
        data = {
            "request": order.text[:LONGEST_REQUEST],
            "attached": _shown(f"{block.origin.value}: {block.text}" for block in order.blocks),
            "passages": _shown(f"{passage.document}: {passage.text}" for passage in passages),
            "noticed": [finding.message for finding in noticed],
            "answer": deliverable.text,
        }
        # "<" can't close the delimiter from inside, whatever the answer says
        shown = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        return ModelCall(
            model="", system=Template(self._prompt).substitute(rubric=points),
            messages=(Message(role="user", text=f"<data>\n{shown}\n</data>"),), schema=SCHEMA,
            max_output_tokens=MAX_OUTPUT_TOKENS, timeout_s=TIMEOUT_S, idle_timeout_s=TIMEOUT_S, effort="low",
        )  # fmt: skip

    async def _ask(
        self, bench: tuple[ModelRef, ...], call: ModelCall, account: Account, answer: str
    ) -> tuple[_Said | None, str]:
        """One judge, again once when it talks nonsense; the first ruling on the same answer is kept by the cache."""
        name = str(bench[0])
        for number in range(TRIES):
            completion = await self._metered.complete(bench, call, account, cache=number == 0)
            name = f"{completion.provider}/{completion.model}"
            said = parse(completion.text, answer) if completion.stop is Stop.END else None
            if said is not None:
                return said, name
        return None, name

    @property
    def prompt_version(self) -> str:
        """The first digits of the prompt's SHA-256."""
        return hashlib.sha256(self._prompt.encode()).hexdigest()[:8]


def speaks_to_judge(text: str) -> bool:
    """Whether a text seems to address whoever inspects it, or to bring a verdict along."""
    return _SPEAKS.search(text) is not None


def parse(text: str, answer: str) -> _Said | None:
    """A model's ruling; None when it is none.

    A problem whose words do not stand in the answer is dropped; a "fail" that has none left is unsure.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.keys() != {"problems", "verdict"}:
        return None
    verdict, problems = data["verdict"], data["problems"]
    if verdict not in ("pass", "fail", "unsure") or not isinstance(problems, list):
        return None
    if not all(_is_problem(one) for one in problems) or (verdict == "pass" and problems):
        return None
    known = _flat(answer)
    real = [one for one in problems if _flat(one["quote"]) in known and one["problem"].strip()]
    if verdict == "fail" and not real:
        return _Said(verdict="unsure", findings=())
    findings = tuple(_finding(one) for one in real[:MOST_PROBLEMS]) if verdict == "fail" else ()
    return _Said(verdict=verdict, findings=findings)


def _is_problem(one: object) -> bool:
    return (
        isinstance(one, dict)
        and one.keys() == {"quote", "problem", "mend"}
        and all(isinstance(value, str) for value in one.values())
    )


def _finding(problem: Mapping[str, str]) -> Finding:
    quote, what, mend = (" ".join(problem[name].split())[:LONGEST_SENTENCE] for name in ("quote", "problem", "mend"))
    words = f"“{quote}”: {what}" if quote else what
    return Finding(layer=LAYER, code=FAILED, message=f"{words.rstrip('.')}. {mend}".strip())


def _ruling(heard: Sequence[_Said], said: Sequence[str]) -> Ruling:
    verdicts = {one.verdict for one in heard}
    if len(verdicts) > 1:
        note = Finding(layer=LAYER, code=DISAGREE, message="Two model judges disagree on this answer.")
        return Ruling(outcome=Outcome.UNVERIFIED, findings=(note,), said=tuple(said))
    if verdicts == {"pass"}:
        return Ruling(outcome=Outcome.PASS, said=tuple(said))
    return Ruling(outcome=Outcome.FAIL, findings=heard[0].findings, said=tuple(said))


def _undecided(why: str, said: Sequence[str] = ()) -> Ruling:
    note = Finding(layer=LAYER, code=UNDECIDED, message=why)
    return Ruling(outcome=Outcome.UNVERIFIED, findings=(note,), said=tuple(said))


def _shown(texts: Iterable[str]) -> list[str]:
    """Foreign texts, cut; one that speaks to a judge is left out."""
    found = list(texts)
    return ["(left out: it speaks to a judge)" if speaks_to_judge(one) else one[:LONGEST_FOREIGN] for one in found[:8]]


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()
