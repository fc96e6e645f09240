"""From features to a kind of order and its difficulty: weights set by hand on the development parts of
`benchmarks/router`.

The length weights, the two cuts and the prior of CHAT were chosen on the same parts with 40 % of the known words
struck out at random: tuned on words that are all known, they judge every message with unknown words too easy.
"""

from __future__ import annotations

from company.records import Difficulty, Kind
from company.router.features import Features

_CHAT_PRIOR = 1.0  # what another kind must beat
_PAYLOAD = 0.3  # a sign in the given text counts this much of one in the instruction
_HEAD_BONUS = 1.0  # for what the message begins with: the verb is there
_FURTHER = 0.35  # each further sign of the same sort, up to three

_SIGNS: tuple[tuple[Kind, str, float], ...] = (
    (Kind.DOCUMENTS, "documents", 4.5),
    (Kind.DOCUMENTS, "documents?", 0.95),
    (Kind.DOCUMENTS, "ours", 0.4),
    (Kind.CODE, "code", 2.6),
    (Kind.CODE, "code?", 0.9),
    (Kind.WRITING, "writing", 2.5),
    (Kind.WRITING, "writing?", 0.8),
    (Kind.WRITING, "edit", 2.4),
    (Kind.ANALYSIS, "analysis", 2.3),
    (Kind.ANALYSIS, "analysis?", 0.8),
    (Kind.CALCULATION, "calculation", 2.3),
    (Kind.CALCULATION, "calculation?", 0.7),
    (Kind.TRANSLATION, "translation", 4.2),
    (Kind.EXTRACTION, "extraction", 2.8),
    (Kind.EXTRACTION, "extraction?", 0.7),
)
_TRANSFORMS = frozenset({Kind.TRANSLATION, Kind.EXTRACTION})

_BASE = {
    Kind.CHAT: 0.5,
    Kind.DOCUMENTS: 0.75,
    Kind.CODE: 0.85,
    Kind.WRITING: 1.3,
    Kind.ANALYSIS: 1.3,
    Kind.CALCULATION: 0.3,
    Kind.TRANSLATION: 0.4,
    Kind.EXTRACTION: 0.4,
}
_GRAVE = {Kind.CHAT: 1.6, Kind.ANALYSIS: 1.2}
"""For what can cost a home, a job, health or the company: a short question is not an easy one."""

_PER_WORD = 1 / 45
_PER_ITEM = 0.18
_NORMAL_FROM = 0.95
_COMPLEX_FROM = 2.2


def kind_scores(features: Features, *, library_is_empty: bool) -> dict[Kind, float]:
    """How much speaks for each kind that needs a model; CHAT is what remains when nothing else is clear."""
    scores = dict.fromkeys(_BASE, 0.0)
    scores[Kind.CHAT] = _CHAT_PRIOR
    for kind, label, weight in _SIGNS:
        if label in ("documents?", "ours") and library_is_empty:
            continue
        scores[kind] += weight * (_saturated(features.asked[label]) + _PAYLOAD * _saturated(features.given[label]))
        if weight >= 2 and label in features.head:
            scores[kind] += _HEAD_BONUS
    _outward_signs(features, scores)
    return scores


def _saturated(count: int) -> float:
    return 0.0 if count == 0 else 1 + _FURTHER * (min(count, 4) - 1)


def _outward_signs(features: Features, scores: dict[Kind, float]) -> None:
    asked = features.asked
    _signs_of_figures(features, scores)
    languages = sum(count for label, count in asked.items() if label.startswith("language:"))
    if features.fenced:
        scores[Kind.CODE] += 2.5
    scores[Kind.CODE] += 1.3 * min(features.code_marks, 3)
    if features.names_file:
        scores[Kind.DOCUMENTS] += 3.0
    if (asked["code"] or features.code_marks) and not asked["edit"]:
        scores[Kind.WRITING] -= 2  # "write a function" is not writing
    if asked["opinion"]:
        scores[Kind.WRITING] -= 1.5  # "recommend a novel" neither
    if languages and features.given and features.words < 20 and not asked["answer_in"]:
        scores[Kind.TRANSLATION] += 2.4  # "what is 'Brot' in English": a quoted text and a language
    if languages and (asked["quick"] or asked["translation"]):
        scores[Kind.TRANSLATION] += 1.8
    elif asked["translation"] and features.numbers and asked["calculation"]:
        scores[Kind.TRANSLATION] -= 3  # Russian has one verb for translating and for converting units
    if features.payload_words > 4 or features.block_chars:
        scores[Kind.EXTRACTION] += 1.2 * (scores[Kind.EXTRACTION] > 0)
    else:
        scores[Kind.EXTRACTION] *= 0.7  # nothing there to take it out of


def _signs_of_figures(features: Features, scores: dict[Kind, float]) -> None:
    asked = features.asked
    if features.arithmetic:
        scores[Kind.CALCULATION] += 6
    elif features.operation and features.words < 9:
        scores[Kind.CALCULATION] += 3
    if features.percent and features.words < 40:
        scores[Kind.CALCULATION] += 3.2 if features.words < 8 and features.numbers > 1 else 1.6
    weak = asked["calculation?"]
    if features.numbers and (asked["calculation"] or weak > 1 or (weak and features.numbers > 1)):
        scores[Kind.CALCULATION] += 0.6 + 0.4 * min(features.numbers, 3)
    elif not features.given:
        scores[Kind.CALCULATION] -= 1.0


def difficulty(features: Features, kind: Kind) -> tuple[Difficulty, float]:
    """The class, and the score it was cut from (below 0.95 trivial, from 2.2 complex)."""
    asked, given = features.asked, features.given
    transforms = kind in _TRANSFORMS or (kind is Kind.WRITING and asked["edit"] > 0)

    def signs(label: str, at_most: int = 3) -> int:
        return min(asked[label] + (0 if transforms else given[label]), at_most)

    score = _BASE.get(kind, 0.0)
    score += _length(features, transforms)
    score += 0.75 * signs("hard") + 0.45 * signs("stakes") + 0.2 * signs("steps") + 0.08 * signs("constraint")
    score += 0.2 * max(0, min(features.questions, 4) - 1)
    if signs("grave") and not transforms:
        score += _GRAVE.get(kind, 0.4)
    if not transforms:
        score += _PER_ITEM * max(0, min(features.items, 8) - 1)
    if features.block_chars:
        score += 0.4 + min(features.block_chars / 4000, 1.0)
    return _cut(score + _of_kind(features, kind, transforms))


def _cut(score: float) -> tuple[Difficulty, float]:
    if score >= _COMPLEX_FROM:
        return Difficulty.COMPLEX, score
    return (Difficulty.NORMAL if score >= _NORMAL_FROM else Difficulty.TRIVIAL), score


def _length(features: Features, transforms: bool) -> float:
    if transforms:
        asked = features.words - features.payload_words
        return min(features.payload_words / 40, 1.2) + min(asked, 30) * _PER_WORD
    return min(features.words, 30) * _PER_WORD + min(max(features.words - 30, 0), 300) / 120


def _of_kind(features: Features, kind: Kind, transforms: bool) -> float:
    asked = features.asked
    if kind is Kind.WRITING:
        return -1.0 if asked["small_edit"] and features.payload_words < 25 else 0.0
    if kind is Kind.CHAT:
        deep = 0.55 if asked["deep"] or asked["opinion"] else 0.0
        hasty = 0.5 if asked["hasty"] else 0.0  # whoever says "quick question" explains at length and asks little
        return deep - hasty - (0.3 if asked["quick"] else 0.0)
    if kind is Kind.DOCUMENTS:
        return 0.3 * min(asked["deep"] + asked["edit"] + asked["analysis"], 3)
    if kind is Kind.CODE:
        shown = 0.3 if features.code_marks or features.fenced or features.payload_words > 4 else 0.0
        makes = 0.25 if asked["writing?"] or asked["writing"] or asked["code"] + asked["code?"] > 3 else 0.0
        return shown + makes - (0.15 if features.words < 10 and not shown and not makes else 0.0)
    if kind is Kind.CALCULATION:
        return 0.12 * max(0, min(features.numbers, 5) - 1) if not features.arithmetic else -0.3
    if kind is Kind.EXTRACTION:
        return 0.3 * (min(asked["extraction"], 2) * (features.numbers > 2) + (asked["extraction?"] > 1)) + (
            0.3 if features.items > 3 else 0.0
        )
    return 0.0 if transforms else 0.1 * asked["hard"]
