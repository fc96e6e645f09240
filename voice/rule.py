"""When a phrase that the grammar heard is believed.

A grammar hears one of its phrases in whatever is said, so its own score says nothing. Two other figures do (ADR 23):
the phones a second of speech, which are few where a long sentence was pressed into a short phrase; and the edit
distance between the phonemes of the grammar's phrase and of what a general language model heard in the same sound.
Both must agree for COMMAND; the first alone is LIKELY.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from company.speech_records import Heard, SpokenCommand
from voice.phrases import first_of_each, meant

FURTHEST = 0.55
"""Of 390 sentences outside the grammar one came nearer to the phrase it was taken for (docs/voice.md)."""
SLOWEST = 6.5
"""Phones a second; 95 % of right phrases are faster, 80 % of other sentences slower (synthetic voices)."""
LONGEST_S = 6.0
"""Speech beyond this is no command: the longest phrase takes half of it."""
MOST_CHOICES = 3

Phones = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """What two readings of one recording are.

    Attributes:
        phrase: what the grammar heard; "" for nothing.
        phones: of that phrase.
        speech_s: of the recording, without silence before and after.
        free_phones: of what the general language model heard.
        all_phones: of every phrase, to find others that are near.
    """

    phrase: str
    phones: Phones
    speech_s: float
    free_phones: Phones = ()
    all_phones: Mapping[str, Phones] = field(default_factory=dict)


def fast_enough(phones: int, speech_s: float) -> bool:
    """Whether so many phones in so long can be the phrase and nothing else; what is not needs no second reading."""
    return 0 < speech_s <= LONGEST_S and phones / speech_s >= SLOWEST


def judge(heard: Hypotheses) -> tuple[Heard, tuple[SpokenCommand, ...]]:
    """How sure it is, and the commands it may be, likeliest first."""
    command = meant(heard.phrase)
    if command is None or not fast_enough(len(heard.phones), heard.speech_s):
        return Heard.NOTHING, ()
    if distance(heard.phones, heard.free_phones) <= FURTHEST:
        return Heard.COMMAND, (command,)
    near = sorted(heard.all_phones, key=lambda phrase: distance(heard.all_phones[phrase], heard.free_phones))
    others = [one for one in first_of_each(near, MOST_CHOICES) if (one.name, one.argument) != _key(command)]
    return Heard.LIKELY, (command, *others[: MOST_CHOICES - 1])


def _key(command: SpokenCommand) -> tuple[str, str]:
    return command.name, command.argument


def distance(one: Sequence[str], other: Sequence[str]) -> float:
    """Edits (Levenshtein 1966) from one to the other, by the longer's length: 0 the same, 1 nothing in common."""
    before = list(range(len(other) + 1))
    for row, mine in enumerate(one, 1):
        now = [row]
        for column, theirs in enumerate(other, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (mine != theirs)))
        before = now
    return before[-1] / max(len(one), len(other), 1)
