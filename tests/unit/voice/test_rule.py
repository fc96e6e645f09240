"""When a phrase is believed, on hypotheses as they were recorded from synthetic voices."""

from __future__ import annotations

import pytest

from bot.commands import MENU
from company.speech_records import Heard
from voice.phrases import PHRASES, jsgf, meant
from voice.rule import Hypotheses, distance, judge

STATUS = ("W", "AH", "T", "IH", "Z", "DH", "AH", "S", "T", "AE", "T", "AH", "S")
COSTS = ("SH", "OW", "DH", "AH", "K", "AA", "S", "T", "S")


def heard(phrase: str, phones: tuple[str, ...], free: str, speech_s: float) -> Hypotheses:
    return Hypotheses(
        phrase=phrase, phones=phones, speech_s=speech_s, free_phones=tuple(free.split()),
        all_phones={"show costs": COSTS, "what is the status": STATUS, "audit": ("AO", "D", "AH", "T")},
    )  # fmt: skip


def test_two_readings_that_agree_are_a_command() -> None:
    kind, commands = judge(heard("what is the status", STATUS, "W AH T S DH AH S T EY T AH S", 1.2))
    assert kind is Heard.COMMAND
    assert [(one.name, one.argument) for one in commands] == [("status", "")]


def test_the_rate_alone_asks_with_the_likeliest_first_and_the_nearest_after_it() -> None:
    kind, commands = judge(heard("show the costs", COSTS, "AO D AH T S", 1.0))
    assert kind is Heard.LIKELY
    assert [one.name for one in commands] == ["cost", "audit", "status"]


@pytest.mark.parametrize(
    ("phrase", "phones", "speech_s"),
    [
        ("what is the status", STATUS, 2.4),  # a long sentence pressed into a short phrase
        ("what is the status", STATUS, 7.0),
        ("", (), 1.0),
        ("what is the status", STATUS, 0.0),
        ("make tea", STATUS, 1.0),
    ],
)
def test_the_rest_is_not_understood(phrase: str, phones: tuple[str, ...], speech_s: float) -> None:
    assert judge(heard(phrase, phones, "W AH T IH Z DH AH S T AE T AH S", speech_s)) == (Heard.NOTHING, ())


def test_a_phrase_that_stopped_in_the_middle_counts_when_only_one_command_begins_so() -> None:
    for words, command in (
        ("verify the", ("audit", "verify")),
        ("what are you", ("status", "")),
        ("stop", ("stop", "")),
    ):
        found = meant(words)
        assert found is not None
        assert (found.name, found.argument) == command
    assert meant("what") is None
    assert meant("show") is None
    assert meant("") is None


def test_every_phrase_is_a_command_that_can_be_typed() -> None:
    assert {command.split()[0] for command in PHRASES.values()} <= set(MENU)
    assert all(phrase in jsgf() for phrase in PHRASES)
    assert all(phrase == " ".join(phrase.lower().split()) for phrase in PHRASES)


def test_the_distance_is_symmetric_and_between_nothing_and_everything() -> None:
    assert distance(STATUS, STATUS) == 0
    assert distance(STATUS, ()) == distance((), STATUS) == 1
    assert distance(STATUS, COSTS) == distance(COSTS, STATUS)
    assert distance((), ()) == 0
    assert distance(("A", "B"), ("A", "C")) == 0.5
