"""The extractive brief: planted facts survive, the limit holds, and nothing is made up."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from company.records import Exchange
from company.router.compress import Compressor, facts_of, merge
from company.router.tokens import clip, estimate_tokens

# (what the person said, the fact itself, a later question that needs it)
PLANTED = (
    ("Please call me Dr. Okafor from now on.", "Dr. Okafor", "How do you address me, what do I want to be called?"),
    ("My passport number is X4471902.", "X4471902", "What was my passport number?"),
    ("We decided to go with Postgres for the warehouse.", "Postgres", "Which database did we pick for the warehouse?"),
    ("The deadline for the tender is 14 March 2027.", "14 March 2027", "When is the tender due?"),
    ("Send the invoices to billing@kestrel.example.", "billing@kestrel.example", "Where do invoices go?"),
    ("I am allergic to hazelnuts.", "hazelnuts", "What should the caterer know of my allergic reactions?"),
    ("Our budget for the kitchen is 18,400 euros.", "18,400", "How much can the kitchen cost?"),
    ("Never use the supplier Brandt again.", "Brandt", "Which supplier must we avoid?"),
    ("The flight to Lisbon is TP1263.", "TP1263", "Which flight do I take to Lisbon?"),
    ("My daughter Ingrid starts school in Bergen.", "Bergen", "Where does Ingrid go to school?"),
    ("The alarm code of the shop is 7719.", "7719", "What is the alarm code?"),
    ("We agreed on a rent of 1,250 a month.", "1,250", "What rent did we agree on?"),
    ("I prefer answers in bullet points.", "bullet points", "Which form of answers do I prefer?"),
    ("The dentist is on Tuesday at 15:40.", "15:40", "When do I see the dentist?"),
    ("Our VAT number is DE811204987.", "DE811204987", "Please tell me our VAT number."),
    ("The meeting room is called Aurora.", "Aurora", "In which meeting room do we sit?"),
    ("Use the domain kestrel-labs.example.", "kestrel-labs.example", "Which domain do we use?"),
    ("The server runs at 10.4.17.22.", "10.4.17.22", "At which address does the server run?"),
    ("Contract 2026-0917 ends in June.", "2026-0917", "Which contract ends in June?"),
    ("Always write prices in Swiss francs.", "Swiss francs", "In which currency do I want prices?"),
    ("My accountant is Mrs Lindqvist.", "Lindqvist", "Who is my accountant?"),
    ("The parcel number is RR418820CN.", "RR418820CN", "Where is the parcel with that number?"),
    ("We approved the blue logo, version 3b.", "3b", "Which logo version was approved?"),
    ("The guests arrive at Gare de Lyon.", "Gare de Lyon", "Where do the guests arrive?"),
    ("Room 412 is booked for the workshop.", "412", "Which room has the workshop?"),
    ("The boiler serial is KX-20417.", "KX-20417", "What is the serial of the boiler?"),
    ("My car's plate is B-MW 1987.", "1987", "What is the plate of my car?"),
    ("We chose Halvorsen as the notary.", "Halvorsen", "Who is the notary?"),
    ("The interest rate is 3.85 percent.", "3.85", "What interest rate do we pay?"),
    ("I live at Rosenweg 27.", "Rosenweg 27", "Where do I live?"),
)
FILLER = (
    (
        "What do you think about remote work?",
        "It suits some teams. Communication takes more effort. Habits help a lot.",
    ),
    (
        "Can you explain how tides work?",
        "The moon pulls the water. The sun helps a little. So there are two tides a day.",
    ),
    ("Give me an idea for dinner", "A risotto would be nice. It takes half an hour. Stir it often and taste it."),
    (
        "How do I remove lime from a kettle?",
        "Vinegar works well. Let it stand for a while. Rinse it several times after.",
    ),
    ("Tell me something about owls", "They hunt at night. Their flight is silent. They turn their heads very far."),
    ("Is it going to be a cold winter?", "Nobody can know that yet. Forecasts reach some days. Seasons are uncertain."),
)


def a_talk(seed: int = 7) -> tuple[Exchange, ...]:
    """60 exchanges with the 30 facts at random places, the last three without any."""
    rnd = random.Random(seed)
    places = sorted(rnd.sample(range(1, 57), len(PLANTED)))
    said = dict(zip(places, rnd.sample(PLANTED, len(PLANTED)), strict=True))
    talk = []
    for number in range(1, 61):
        question, answer = FILLER[number % len(FILLER)]
        if number in said:
            question, answer = f"{said[number][0]} {question}", f"Noted. {answer}"
        talk.append(Exchange(number=number, question=question, answer=answer, at=number))
    return tuple(talk)


def test_every_fact_that_the_message_asks_for_is_in_the_brief() -> None:
    talk, compressor = a_talk(), Compressor()
    briefs = {fact: compressor.compress(talk, question, 800) for _, fact, question in PLANTED}
    lost = [fact for fact, brief in briefs.items() if fact not in brief]
    assert lost == []
    assert max(estimate_tokens(brief) for brief in briefs.values()) <= 800


@pytest.mark.parametrize("seed", range(5))
def test_most_facts_stay_even_when_nothing_asks_for_them(seed: int) -> None:
    brief = Compressor().compress(a_talk(seed), "Good, what comes next?", 800)
    kept = [fact for _, fact, _ in PLANTED if fact in brief]
    assert len(kept) >= 27, sorted({fact for _, fact, _ in PLANTED} - set(kept))


def test_the_asked_fact_survives_even_a_tiny_brief() -> None:
    talk, compressor = a_talk(), Compressor()
    lost = [fact for _, fact, question in PLANTED if fact not in compressor.compress(talk, question, 120)]
    assert len(lost) <= 3, lost


def test_the_newest_exchange_is_nearly_verbatim_and_marks_name_the_orders() -> None:
    talk = (
        *a_talk()[:59],
        Exchange(number=60, question="Which hotel is quieter?", answer="The Linde is quieter than the Post.", at=60),
    )
    brief = Compressor().compress(talk, "And the cheaper one?", 800)
    assert "just before (#60): asked: Which hotel is quieter? | answered: The Linde is quieter than the Post." in brief
    assert brief.startswith("earlier (#")
    numbers = [int(line.split("#")[1].split(")")[0]) for line in brief.splitlines()]
    assert numbers == sorted(numbers)


def test_facts_in_other_languages_are_kept() -> None:
    planted = (
        ("我的护照号码是 E48213377。", "E48213377"),
        ("请叫我陈老师。", "陈老师"),
        ("Меня зовут Аркадий, я живу в Туле.", "Аркадий"),
        ("Срок сдачи отчёта — 5 апреля.", "5 апреля"),
        ("Merk dir: ich esse kein Fleisch, nie.", "kein Fleisch"),
        ("On a décidé de prendre l'hôtel Bellevue.", "Bellevue"),
        ("Llámame Nacho, por favor.", "Nacho"),
    )
    talk = []
    for number in range(1, 50):
        question, answer = FILLER[number % len(FILLER)]
        if number % 7 == 0:
            question = planted[number // 7 - 1][0]
        talk.append(Exchange(number=number, question=question, answer=answer, at=number))
    brief = Compressor().compress(talk, "ok weiter", 600)
    assert [fact for _, fact in planted if fact not in brief] == []


def test_nothing_before_means_no_brief() -> None:
    assert Compressor().compress((), "hello", 800) == ""


def test_a_model_brief_that_lost_facts_is_mended() -> None:
    extract = (
        "earlier (#3): The code is K-77. Call me Ada.\nearlier (#5): We agreed on 1,250.\njust before (#9): asked: Hm?"
    )
    mended = merge("The client, Ada, agreed on a rent of 1,250.", extract, 200)
    assert "K-77" in mended
    assert "agreed on a rent of 1,250" in mended
    assert "We agreed on 1,250" not in mended  # it was not lost
    assert merge("K-77, Ada, 1,250", extract, 200) == "K-77, Ada, 1,250"


def test_a_model_brief_over_the_limit_is_cut_but_the_facts_stay() -> None:
    extract = "earlier (#3): The code is K-77."
    mended = merge("blah " * 2000, extract, 60)
    assert "K-77" in mended
    assert estimate_tokens(mended) <= 60


@settings(max_examples=150, deadline=None)
@given(
    talk=st.lists(st.tuples(st.text(max_size=300), st.text(max_size=300)), max_size=8),
    message=st.text(max_size=60),
    limit=st.integers(min_value=1, max_value=300),
)
def test_the_limit_always_holds_and_every_word_was_said(talk: list[tuple[str, str]], message: str, limit: int) -> None:
    history = tuple(Exchange(number=n, question=q, answer=a, at=n) for n, (q, a) in enumerate(talk, 1))
    brief = SHARED.compress(history, message, limit)
    assert estimate_tokens(brief) <= limit
    said = " ".join(f"{q} {a}" for q, a in talk).split()
    added = {"earlier", "just", "before", "asked:", "answered:", "|", *(f"(#{n}):" for n in range(1, 9))}
    for word in brief.replace("…", " ").split():
        ours = any(part in word or part.startswith(word) for part in added)  # cut short where the limit is that low
        assert ours or any(word in original for original in said)


SHARED = Compressor()


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=400), limit=st.integers(min_value=1, max_value=120))
def test_clip_keeps_to_the_limit(text: str, limit: int) -> None:
    assert estimate_tokens(clip(text, limit)) <= limit
    if estimate_tokens(text) <= limit:
        assert clip(text, limit) == text


def test_tokens_are_estimated_by_script() -> None:
    assert estimate_tokens("a" * 400) == 100
    assert estimate_tokens("日" * 150) == 100
    assert estimate_tokens("я" * 200) == 100
    assert estimate_tokens("\ud800") >= 1


def test_facts_are_recognised() -> None:
    found = facts_of("Write to Ada Lovelace at ada@engine.example about A-113 by 2026-12-10; it costs €1,250.50.")
    assert {"lovelace", "ada@engine.example", "a-113", "2026-12-10"} <= found
    assert any("1,250.50" in fact for fact in found)
