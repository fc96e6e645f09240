"""Messages that need no model: small talk, and questions on the company's own state. Certain, or not at all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from company.records import Exchange, Kind
from company.router.features import Features
from company.router.lexicon import LANGUAGES, Hit, covered

_TALK = frozenset({"thanks", "greet", "bye", "ack", "help", "about"})
_ACKNOWLEDGES = frozenset({"ack"})
_TALK_WORDS = _TALK | {"fill"}
_STATE = frozenset({"state"})
_STATE_WORDS = _STATE | {"state_fill"}
_LONGEST_TALK = 14  # tokens
_LONGEST_STATE = 26
_ASKS_BACK = re.compile(r"[?？][^?？]{0,160}$")


def needs_no_model(features: Features, history: Sequence[Exchange]) -> Kind | None:
    """SMALLTALK or STATE when every word of the message is explained by it, else None.

    "ok" is small talk, unless we asked something just before: then it is the answer to that and not ours to swallow.
    """
    if features.given or features.block_chars or features.fenced:
        return None
    asked_back = bool(history and _ASKS_BACK.search(history[-1].answer[-400:]))
    if not features.tokens:
        return Kind.SMALLTALK if only_pictures(features.text) and not asked_back else None
    tongues = {tongue for hit in features.hits for label, tongue in hit.labels if label in _TALK or label in _STATE}
    for tongue in sorted(tongues & LANGUAGES.keys()):
        if _is_talk(features, tongue, asked_back):
            return Kind.SMALLTALK
        if _is_state(features, tongue):
            return Kind.STATE
    return None


def only_pictures(text: str) -> bool:
    """True for emoji and the like without any letter or digit."""
    shown = [character for character in text if not character.isspace()]
    return any(unicodedata.category(character) in ("So", "Sk") for character in shown) and not any(
        character.isalnum() for character in shown
    )


def _is_talk(features: Features, tongue: str, asked_back: bool) -> bool:
    if len(features.tokens) > _LONGEST_TALK:
        return False
    used = _explained(features.hits, len(features.tokens), _TALK_WORDS, tongue)
    talk = used & _TALK
    return bool(talk) and not (asked_back and talk == _ACKNOWLEDGES)


def _is_state(features: Features, tongue: str) -> bool:
    if len(features.tokens) > _LONGEST_STATE:
        return False
    return bool(_explained(features.hits, len(features.tokens), _STATE_WORDS, tongue) & _STATE)


def _explained(hits: Sequence[Hit], count: int, allowed: frozenset[str], tongue: str) -> set[str]:
    explained, used = covered(hits, count, allowed, tongue)
    return used if len(explained) == count else set()
