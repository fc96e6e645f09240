"""The built-in router: the Admin's work without a model, from features of the text, in well under 5 ms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from company.clock import Clock
from company.language.again import asks_again
from company.language.recalling import PastQuestion, past_question
from company.language.tokens import fold
from company.records import Assignment, Difficulty, Exchange, Kind, PointsAt, Reason, Recalls, Tier, WorkOrder
from company.router import judge, language
from company.router.compress import Compressor
from company.router.features import Features, read
from company.router.following import brief_of, pointed_at
from company.router.ladder import Policy, TierNames, ladder
from company.router.lexicon import the_lexicon
from company.router.smalltalk import needs_no_model
from company.router.tokens import tokenise

UTC = ZoneInfo("UTC")
_LAST, _SHOWN = 5, 80  # orders that are asked back with, and characters of each
_SURE = 0.5
_OWN_THREAD_FROM = 12_000  # characters of history; above it compressing could hold the loop up

LanguageOf = Callable[[WorkOrder], str]
"""The language a person is answered in when the message does not say; must not block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the built-in router thinks. `certain`: no model could know better, so none is asked."""

    assignment: Assignment
    features: Features
    certain: bool


def english(_order: WorkOrder) -> str:
    """The language when nobody knows better."""
    return "en"


class BuiltinRouter:
    """Implements the `Router` port without a model.

    Args:
        clock: measures the decision.
        available: the tiers that can work now (values of `Tier`), asked at each order.
        library_is_empty: whether there is no document at all; then only an explicit mention makes a DOCUMENTS order.
        policy: where an order starts on the ladder; see `Policy` for what each costs.
        brief_tokens: the limit of the brief, in estimated tokens.
        language_of: the language to answer in when neither the message nor the conversation tells.
        zone: in which "yesterday" is counted.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        available: Callable[[], frozenset[str]],
        library_is_empty: Callable[[], bool],
        policy: Policy = Policy.BY_DIFFICULTY,
        brief_tokens: int = 800,
        language_of: LanguageOf = english,
        zone: ZoneInfo = UTC,
    ) -> None:
        self._clock = clock
        self._available = available
        self._library_is_empty = library_is_empty
        self._policy = policy
        self._brief_tokens = brief_tokens
        self._language_of = language_of
        self._zone = zone
        self.compressor = Compressor()
        self._lexicon = the_lexicon()
        self._names = TierNames()

    async def assign(self, order: WorkOrder, history: tuple[Exchange, ...]) -> Assignment:
        """Decide; never fails. A long history is compressed in a thread."""
        return (await self.consider(order, history)).assignment

    async def consider(self, order: WorkOrder, history: tuple[Exchange, ...]) -> Decision:
        """`decide`, off the loop when the history is long."""
        if sum(len(exchange.question) + len(exchange.answer) for exchange in history) > _OWN_THREAD_FROM:
            return await asyncio.to_thread(self.decide, order, history)
        return self.decide(order, history)

    def decide(self, order: WorkOrder, history: tuple[Exchange, ...]) -> Decision:
        """The whole decision, brief included. Never raises for any text."""
        began = self._clock.monotonic()
        if asks_again(order.text):  # what is meant could not be told when it came
            return self._which(order, history, began)
        if (target := pointed_at(order, history)) is not None:
            return self._follow(order, history, target, began)
        features = read(self._lexicon, order.text, order.blocks)
        if (past := self._past(order, features)) is not None:
            return self._recall(order, history, features, past, began)
        kind, hard, reasons, certain = self._judge(features, order, history)
        brief = "" if certain else self.compressor.compress(history, order.text, self._brief_tokens)
        assignment = self.assignment(
            order, features, kind, hard, self._language(order, features, history), brief, reasons
        )
        elapsed = (self._clock.monotonic() - began) * 1000
        wanted = self.wanted(order)
        return Decision(
            assignment=replace(assignment, elapsed_ms=elapsed), features=features, certain=certain and wanted is None
        )

    def _follow(self, order: WorkOrder, history: Sequence[Exchange], target: PointsAt, began: float) -> Decision:
        """A follow-up is what the order was that it points back to; one that does not say where asks which."""
        features = read(self._lexicon, target.question, ())
        tongue = self._language(order, read(self._lexicon, order.text, order.blocks), history)
        if not target.section:
            why = Reason(
                code="which", text=f"It may mean any of the {len(target.titles)} sections of #{target.number}."
            )
            built = Assignment(
                kind=Kind.SMALLTALK, difficulty=Difficulty.TRIVIAL, language=tongue, ladder=(Tier.CLERK,), brief="",
                reasons=(why,),
            )  # fmt: skip
        else:
            kind, hard, _, _ = self._judge(features, order, ())
            if kind in (Kind.SMALLTALK, Kind.STATE, Kind.CALCULATION):
                kind = Kind.CHAT
            brief = brief_of(target, order, history, self.compressor, self._brief_tokens)
            title = target.titles[target.section - 1]
            why = Reason(code="follow-up", text=f"Points at S{target.section} of #{target.number}: {title}.")
            built = self.assignment(order, features, kind, hard, tongue, brief, (why,))
        elapsed = (self._clock.monotonic() - began) * 1000
        return Decision(
            assignment=replace(built, points_at=target, elapsed_ms=elapsed), features=features, certain=True
        )

    def _which(self, order: WorkOrder, history: Sequence[Exchange], began: float) -> Decision:
        """The same once more, but of what? Asked back with the last ones there were."""
        features = read(self._lexicon, order.text, order.blocks)
        real = [one for one in history if not asks_again(one.question)]
        last = tuple(f"#{one.number} {' '.join(one.question.split())[:_SHOWN]}" for one in real[-_LAST:])
        built = Assignment(
            kind=Kind.SMALLTALK, difficulty=Difficulty.TRIVIAL, language=self._language(order, features, history),
            ladder=(Tier.CLERK,), brief="",
            reasons=(Reason(code="again", text="Asks for the same once more; it can't be told of what."),),
            points_at=PointsAt(order_id="", number=0, section=0, titles=last, question=order.text),
        )  # fmt: skip
        elapsed = (self._clock.monotonic() - began) * 1000
        return Decision(assignment=replace(built, elapsed_ms=elapsed), features=features, certain=True)

    def _past(self, order: WorkOrder, features: Features) -> PastQuestion | None:
        """The question about what was said, unless it is put to a text: one that came with it, or the documents."""
        if order.blocks or features.asked["documents"]:
            return None
        return past_question(order.text, order.created_at, self._zone, several=order.conversation.shared)

    def _recall(
        self, order: WorkOrder, history: Sequence[Exchange], features: Features, past: PastQuestion, began: float
    ) -> Decision:
        """A question about what was said is answered from what was said: by the Clerk, or whoever is cheapest."""
        since, until = past.span or (None, None)
        asked = Recalls(about=past.about, when=past.when, since=since, until=until, by=past.by)
        brief = self.compressor.compress(history, order.text, self._brief_tokens)
        why = Reason(code="recall", text="Asks for what was said here before.")
        tongue = self._language(order, features, history)
        built = self.assignment(order, features, Kind.CHAT, Difficulty.TRIVIAL, tongue, brief, (why,))
        elapsed = (self._clock.monotonic() - began) * 1000
        return Decision(assignment=replace(built, recalls=asked, elapsed_ms=elapsed), features=features, certain=True)

    def assignment(
        self,
        order: WorkOrder,
        features: Features,
        kind: Kind,
        hard: Difficulty,
        tongue: str,
        brief: str,
        reasons: tuple[Reason, ...],
    ) -> Assignment:
        """An assignment with its ladder, for a kind and difficulty that anybody may have judged."""
        rungs, why = ladder(
            kind,
            hard,
            available=self._available(),
            wanted=self.wanted(order),
            policy=self._policy,
            irreversible=bool(features.asked["irreversible"]),
        )
        return Assignment(
            kind=kind, difficulty=hard, language=tongue, ladder=rungs, brief=brief, reasons=(*reasons, *why)
        )

    def wanted(self, order: WorkOrder) -> Tier | None:
        """The employee the person named, by command or in plain words of their own."""
        return order.wanted_tier or self._names.find(order.text)

    def library_is_empty(self) -> bool:
        """Whether there is no document at all."""
        return self._library_is_empty()

    def _judge(
        self, features: Features, order: WorkOrder, history: Sequence[Exchange]
    ) -> tuple[Kind, Difficulty, tuple[Reason, ...], bool]:
        certain = needs_no_model(features, history)
        if certain is not None:
            text = f"Every word is {certain.value}."
            return certain, Difficulty.TRIVIAL, (Reason(code=certain.value, text=text),), True
        scores = judge.kind_scores(features, library_is_empty=self._library_is_empty())
        kind = max(scores, key=lambda candidate: scores[candidate])
        hard, score = judge.difficulty(features, kind)
        reasons = [
            Reason(code=f"kind-{kind.value}", text=f"Reads like {kind.value} ({scores[kind]:.1f})."),
            Reason(code=f"difficulty-{hard.value}", text=f"{_why(features)} ({score:.1f})."),
        ]
        if not features.hits and not order.blocks and not history and features.words < 3 and not features.numbers:
            reasons.append(Reason(code="unclear", text="No word of it is known here: ask what is meant."))
        return kind, hard, tuple(reasons), False

    def _language(self, order: WorkOrder, features: Features, history: Sequence[Exchange]) -> str:
        asked = _asked_language(features)
        if asked is not None:
            return asked
        instruction = features.text[: features.tokens[-1].end] if features.tokens else features.text
        own = None
        if len(features.tokens) >= 2 or not features.payload_words:
            own = language.detect(self._lexicon, instruction, features.tokens, features.hits, margin=_SURE)
        found = own or self._detect(features.text)
        if found is not None:
            return found
        for exchange in list(reversed(history))[:3]:
            earlier = self._detect(exchange.question[:400])
            if earlier is not None:
                return earlier
        return self._language_of(order)

    def _detect(self, text: str) -> str | None:
        tokens = tokenise(fold(text[:1000]))
        return language.detect(self._lexicon, text[:1000], tokens, self._lexicon.scan(tokens))


def _asked_language(features: Features) -> str | None:
    """The language of "answer in French", when the person says it."""
    if features.asked["translation"]:
        return None
    for hit in features.hits:
        if any(label == "answer_in" for label, _ in hit.labels):
            for other in features.hits:
                if hit.end <= other.start <= hit.end + 1:
                    for label, _ in other.labels:
                        if label.startswith("language:"):
                            return label.partition(":")[2]
    return None


def _why(features: Features) -> str:
    counts = features.asked + features.given
    parts = [f"{features.words:.0f} words"]
    parts += [f"{counts[label]} {name}" for label, name in _SPOKEN if counts[label]]
    return "; ".join(parts)


_SPOKEN = (
    ("hard", "signs of heavy work"),
    ("stakes", "signs of high stakes"),
    ("steps", "steps"),
    ("deep", "asks to explain"),
)
