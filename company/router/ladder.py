"""Which rungs of the org chart an order may climb, and in which order they are tried."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from company.language.tokens import fold
from company.records import Difficulty, Kind, Reason, Tier

CLIMB = (Tier.INTERN, Tier.DIRECTOR, Tier.CEO)
_START = {Difficulty.TRIVIAL: Tier.INTERN, Difficulty.NORMAL: Tier.DIRECTOR, Difficulty.COMPLEX: Tier.CEO}
_NO_MODEL = frozenset({Kind.SMALLTALK, Kind.STATE})
_QA_CANNOT_JUDGE = frozenset({Kind.WRITING, Kind.ANALYSIS})

_TITLES = {  # folded
    Tier.CLERK: "clerk|commis|sachbearbeiter(?:in)?|oficinista|клерк\\w*|文员",
    Tier.INTERN: "intern|stagiaire|praktikant(?:in|en)?|becari[oa]|pasante|стажер\\w*|实习生",
    Tier.DIRECTOR: "director|directeur|directrice|direktor(?:in)?|director[a]?|директор\\w*|总监|主管",
    Tier.CEO: "ceo|big boss|pdg|geschaftsfuhrer(?:in)?|chefin|consejero delegado"
    "|гендиректор\\w*|генеральн\\w+ директор\\w*|首席执行官",
}
_VERBS = (
    "ask|let|have|give (?:this|it) to|hand (?:this|it) to|assign (?:this|it)? ?to"
    "|pass (?:this|it) to"
    "|demande(?:z)? (?:a|au)|laisse(?:z)?|donne (?:ca|cela|le)? ?(?:a|au)|confie (?:ca|cela|le)? ?(?:a|au)"
    "|passe (?:ca|cela|le)? ?(?:a|au)"
    "|frag(?:e)?|lass|gib (?:das|es|dies) (?:an )?|ubergib (?:das|es)? ?(?:an )?"
    "|pregunta(?:le)? (?:al|a)|deja que|dale esto (?:al|a)|pasa(?:le)? esto (?:al|a)"
    "|encarga(?:lo|le)? (?:esto )?(?:al|a)"
    "|спроси(?:те)?(?: у)?|пусть|дай(?:те)?(?: это)?|передай(?:те)?(?: это)?"
    "|поручи(?:те)?(?: это)?|отдай(?:те)?(?: это)?"
    "|问一下|问问|问|让|交给|叫|找"
)
_PLEASE = "(?:please |bitte |s'il te plait,? |por favor,? |пожалуйста,? |请|nexus[,:]? )?"
_ARTICLE = "(?:the |our |le |la |l'|den |dem |die |der |unseren |el |al |la |un |a |нашему |нашего )?"
_NOT_OURS = (  # "ask the director of the museum" is about somebody else, "let the director know" about a message
    r"(?!\s*(?:of|from|at|know|have|about the|de|du|des|d'|del|von|vom|der|des|bei|из|компании|школы|的))"
)


@dataclass(frozen=True, slots=True)
class _Patterns:
    """How a person names an employee: as a command, with a verb, or as an address before a colon."""

    tier: Tier
    pattern: re.Pattern[str]


class Policy(StrEnum):
    """Where an order starts on the ladder; a setting of the router.

    The trade-off: a replay of 8,000 prompts on three tiers, with a free QA of accuracy 0.90, gave the plain ladder
    102 % of the CEO's quality at 43 to 69 % of its cost; a choice from the prompt alone saved about a third of that.
    `LADDER` is therefore cheaper, at the price of more failed first attempts (time), and only as good as QA: below an
    accuracy of 0.85 it saves nothing. `BY_DIFFICULTY` is predictable, quick for hard orders and does not lean on QA;
    it costs the difference, and a message judged too hard is paid too dearly.
    """

    BY_DIFFICULTY = "by-difficulty"  # trivial: Intern, normal: Director, complex: CEO; each climbs on from there
    LADDER = "ladder"  # Intern first; Director where QA can't judge the kind or the act can't be undone


class TierNames:
    """Finds the employee a person asks for in plain words; compiled once."""

    def __init__(self) -> None:
        self._patterns = tuple(
            _Patterns(
                tier,
                re.compile(
                    rf"\s*(?:/(?:{titles})\b|{_PLEASE}(?:{_VERBS}) ?{_ARTICLE}(?:{titles})(?![^\W\d_一-龥]){_NOT_OURS}"
                    rf"|{_PLEASE}(?:{titles})\s*[:：,，])"
                ),
            )
            for tier, titles in _TITLES.items()
        )

    def find(self, text: str) -> Tier | None:
        """The tier named at the beginning of the person's own words: "ask the CEO: ...", "/ceo ...", "CEO, ..."."""
        start = fold(text[:120])
        for entry in self._patterns:
            if entry.pattern.match(start):
                return entry.tier
        return None


def ladder(
    kind: Kind,
    difficulty: Difficulty,
    *,
    available: Collection[str],
    wanted: Tier | None = None,
    policy: Policy = Policy.BY_DIFFICULTY,
    irreversible: bool = False,
) -> tuple[tuple[Tier, ...], tuple[Reason, ...]]:
    """The rungs, first one first, and why. Never empty.

    The person's own wish comes first, then what needs no model, then the policy. Rungs that can't work with what is
    configured are left out; when none is left, the Clerk serves.
    """
    if wanted is Tier.CLERK:
        return (Tier.CLERK,), (Reason(code="wanted", text="You asked for the Clerk, who uses no model."),)
    if wanted is None and kind in _NO_MODEL:
        return (Tier.CLERK,), (Reason(code="no-model-needed", text="This needs no model and costs nothing."),)
    start, reasons = _first_rung(kind, difficulty, wanted, policy, irreversible)
    working = tuple(tier for tier in CLIMB if tier.value in available)
    if not working:
        text = "No language model is configured, so the Clerk answers without one."
        return (Tier.CLERK,), (*reasons, Reason(code="nobody-else", text=text))
    rungs = tuple(tier for tier in working if CLIMB.index(tier) >= CLIMB.index(start))
    if not rungs:
        rungs = working[-1:]
    if rungs[0] is not start:
        text = f"{start.value} is not available; {rungs[0].value} starts instead."
        reasons = (*reasons, Reason(code="not-available", text=text))
    return rungs, reasons


def _first_rung(
    kind: Kind, difficulty: Difficulty, wanted: Tier | None, policy: Policy, irreversible: bool
) -> tuple[Tier, tuple[Reason, ...]]:
    if wanted is not None:
        return wanted, (Reason(code="wanted", text=f"You asked for the {wanted.value}."),)
    if policy is Policy.BY_DIFFICULTY:
        tier = _START[difficulty]
        return tier, (Reason(code="difficulty", text=f"Judged {difficulty.value}: starts at the {tier.value}."),)
    if irreversible:
        return Tier.DIRECTOR, (Reason(code="irreversible", text="It can't be undone: starts at the director."),)
    if kind in _QA_CANNOT_JUDGE and difficulty is not Difficulty.TRIVIAL:
        return Tier.DIRECTOR, (
            Reason(code="qa-cannot-judge", text=f"QA can't judge {kind.value}: starts at the director."),
        )
    return Tier.INTERN, (Reason(code="ladder", text="Starts with the cheapest; climbs when QA finds faults."),)
