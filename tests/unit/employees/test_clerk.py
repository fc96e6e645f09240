"""What the Clerk does with each kind of order, with and without models in the house."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import (
    Assignment,
    ConversationKey,
    DataBlock,
    Desk,
    Difficulty,
    Finding,
    Job,
    Kind,
    Origin,
    Passage,
    Progress,
    State,
    Tier,
    WorkOrder,
)
from employees.clerk import Clerk
from employees.clerk_extract import answer, parts
from employees.clerk_sums import compute
from employees.clerk_texts import TEXTS

Build = Callable[..., Job]


def passage(text: str, document: str = "a.md", place: str = "line 1", number: int = 0) -> Passage:
    return Passage(id=f"{document}-{number}", document=document, place=place, text=text)


class Shelf:
    """A library that hands out what it was given, whatever is asked; it notes the questions."""

    def __init__(self, *passages: Passage) -> None:
        self.passages = passages
        self.asked: list[tuple[str, str]] = []

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        self.asked.append((question, person_id))
        return self.passages[:limit]

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        return next((one for one in self.passages if one.id == passage_id), None)

    def is_empty(self) -> bool:
        return not self.passages


class Company:
    async def describe(self, order: WorkOrder, language: str) -> str:
        return f"state for {order.text} in {language}"


def job(text: str, kind: Kind = Kind.DOCUMENTS, language: str = "en", blocks: tuple[DataBlock, ...] = ()) -> Job:
    assignment = Assignment(kind=kind, difficulty=Difficulty.NORMAL, language=language, ladder=(Tier.CLERK,), brief="")
    order = WorkOrder(
        id="o", number=1, conversation_id="c", conversation=ConversationKey(desk=Desk.CONSOLE, chat="1"),
        person_id="p", parent_id=None, state=State.WORKING, claim=1, text=text, blocks=blocks, message_id="",
        reply_to_order=None, wanted_tier=None, priority=0, deadline_at=None, assignment=assignment, rung=0, crashes=0,
        waiting_for="", answer="", label="", end_reason="", created_at=0, updated_at=0, finished_at=None,
    )  # fmt: skip
    return Job(order=order, assignment=assignment, attempt_id="a", attempt_number=1, tier=Tier.CLERK)


async def say(
    text: str, kind: Kind = Kind.DOCUMENTS, language: str = "en", *, shelf: Shelf | None = None, models: bool = False
) -> str:
    clerk = Clerk(shelf or Shelf(), Company(), lambda: models)
    return (await clerk.perform(job(text, kind, language), lambda _: None)).text


RENT = passage("The rent is 900 euros a month. The landlord is Odile Brandt. The deposit lies at the bank.")


async def test_a_deliverable_is_signed_by_the_clerk_and_costs_no_model() -> None:
    news: list[Progress] = []
    done = await Clerk(Shelf(RENT), Company(), lambda: False).perform(job("Who is the landlord?"), news.append)
    assert (done.employee, done.title, done.tier, done.model) == ("clerk", "Clerk", Tier.CLERK, "")
    assert done.text == "The landlord is Odile Brandt. [1]"
    (citation,) = done.citations
    assert (citation.marker, citation.passage_id, citation.quote) == (1, RENT.id, "The landlord is Odile Brandt.")
    assert [one.employee for one in news] == ["Clerk"]


async def test_the_persons_own_id_goes_to_the_library() -> None:
    shelf = Shelf(RENT)
    await say("Who is the landlord?", shelf=shelf)
    assert shelf.asked == [("Who is the landlord?", "p")]


@pytest.mark.parametrize("language", sorted(TEXTS))
async def test_nothing_relevant_is_said_in_the_language_with_a_way_on(language: str) -> None:
    said = await say("Xyzzy?", language=language, shelf=Shelf(RENT))
    assert said == f"{TEXTS[language].not_found} {TEXTS[language].add_model}"
    assert await say("Xyzzy?", language=language, shelf=Shelf(RENT), models=True) == TEXTS[language].not_found


async def test_an_empty_library_is_said_to_be_empty() -> None:
    assert (await say("Who is the landlord?")).startswith(TEXTS["en"].no_documents)


@pytest.mark.parametrize(
    ("text", "language", "field"),
    [
        ("Thank you!", "en", "thanks"),
        ("Merci beaucoup", "fr", "thanks"),
        ("Vielen Dank", "de", "thanks"),
        ("¡Muchas gracias!", "es", "thanks"),
        ("Спасибо большое", "ru", "thanks"),
        ("谢谢你", "zh", "thanks"),
        ("Hello", "en", "greeting"),
        ("Guten Morgen", "de", "greeting"),
        ("Здравствуйте", "ru", "greeting"),
        ("你好", "zh", "greeting"),
        ("How are you?", "en", "well"),
        ("Ça va ?", "fr", "well"),
        ("Hasta luego", "es", "bye"),
    ],
)
async def test_small_talk(text: str, language: str, field: str) -> None:
    assert await say(text, Kind.SMALLTALK, language) == getattr(TEXTS[language], field)


@pytest.mark.parametrize(
    ("text", "language"),
    [("help", "en"), ("Que peux-tu faire ?", "fr"), ("Was kannst du?", "de"), ("¿Qué puedes hacer?", "es"),
     ("Что ты умеешь?", "ru"), ("你能做什么?", "zh")],
)  # fmt: skip
async def test_help_says_what_works_now_and_what_needs_a_model(text: str, language: str) -> None:
    texts = TEXTS[language]
    assert (
        await say(text, Kind.SMALLTALK, language)
        == f"{texts.help_now}\n\n{texts.help_without_models} {texts.add_model}"
    )
    assert await say(text, Kind.SMALLTALK, language, models=True) == f"{texts.help_now}\n\n{texts.help_with_models}"


async def test_who_are_you_names_the_company() -> None:
    clerk = Clerk(Shelf(), Company(), lambda: False, company="Acme")
    assert "the Clerk of Acme" in (await clerk.perform(job("Who are you?", Kind.SMALLTALK), lambda _: None)).text


async def test_the_companys_state_comes_from_its_reader() -> None:
    assert await say("costs?", Kind.STATE, "de") == "state for costs? in de"


@pytest.mark.parametrize("kind", [Kind.CODE, Kind.WRITING, Kind.TRANSLATION, Kind.EXTRACTION])
async def test_what_needs_a_model_is_not_invented(kind: Kind) -> None:
    shelf = Shelf(RENT)
    said = await say("Write a poem about the rent and the landlord", kind, shelf=shelf)
    assert said == f"{TEXTS['en'].no_model} {TEXTS['en'].add_model}"
    assert shelf.asked == []


async def test_a_question_is_looked_up_whatever_its_kind() -> None:
    for kind in (Kind.CHAT, Kind.ANALYSIS, Kind.CALCULATION, Kind.WRITING):
        assert await say("Who is the landlord?", kind, shelf=Shelf(RENT)) == "The landlord is Odile Brandt. [1]"


async def test_a_chat_without_documents_or_model_says_both() -> None:
    said = await say("What is the meaning of life?", Kind.CHAT, shelf=Shelf(RENT))
    assert TEXTS["en"].not_found in said
    assert TEXTS["en"].no_model in said


async def test_an_unknown_language_is_answered_in_english() -> None:
    assert await say("Tack!", Kind.SMALLTALK, "sv") == TEXTS["en"].greeting


async def test_two_questions_get_two_answers_and_one_numbering() -> None:
    said = await say("Who is the landlord and how much is the rent?", shelf=Shelf(RENT))
    assert said == (
        "**Who is the landlord**\n\nThe landlord is Odile Brandt. [1]\n\n"
        "**how much is the rent?**\n\nThe rent is 900 euros a month. [2]"
    )


async def test_documents_that_disagree_are_shown_side_by_side() -> None:
    shelf = Shelf(
        passage("Delivery inside the city costs 6 euros.", "old.md"),
        passage("Delivery inside the city costs 8 euros.", "new.md"),
    )
    said = await say("How much is delivery inside the city?", shelf=shelf)
    assert said.startswith(TEXTS["en"].disagree)
    assert "- **old.md**: Delivery inside the city costs 6 euros. [1]" in said
    assert "- **new.md**: Delivery inside the city costs 8 euros. [2]" in said


async def test_of_documents_that_disagree_the_day_they_came_is_shown() -> None:
    old = dataclasses.replace(
        passage("Delivery inside the city costs 6 euros.", "old.md"), brought_at=1_772_323_200_000
    )
    new = dataclasses.replace(
        passage("Delivery inside the city costs 8 euros.", "new.md"), brought_at=1_780_272_000_000
    )
    said = await say("How much is delivery inside the city?", shelf=Shelf(old, new))
    assert "- **old.md**, 2026-03-01\n  Delivery inside the city costs 6 euros. [1]" in said
    assert "- **new.md**, 2026-06-01\n  Delivery inside the city costs 8 euros. [2]" in said


async def test_a_reply_is_asked_together_with_what_it_replies_to() -> None:
    shelf = Shelf(RENT)
    block = DataBlock(origin=Origin.REPLIED, text="the landlord")
    clerk = Clerk(shelf, Company(), lambda: False)
    done = await clerk.perform(job("And who exactly?", blocks=(block,)), lambda _: None)
    assert done.text == "The landlord is Odile Brandt. [1]"


async def test_after_findings_only_the_best_sentence_is_given() -> None:
    shelf = Shelf(passage("Biscuit the cat eats fish. Rex the dog eats meat."))
    first = job("What do the cat and the dog eat?")
    again = dataclasses.replace(first, findings=(Finding(layer="citations", code="x", message="x"),))
    clerk = Clerk(shelf, Company(), lambda: False)
    assert len((await clerk.perform(first, lambda _: None)).citations) == 2
    assert len((await clerk.perform(again, lambda _: None)).citations) == 1


def test_a_table_row_is_shown_with_its_columns_and_quoted_as_it_is() -> None:
    table = "| Machine | Warranty |\n|---|---|\n| Oven | 24 months |\n| Fridge | 60 months |"
    (found,) = answer("How long is the warranty of the fridge?", [passage(table)]).extracts
    assert (found.quote, found.shown) == ("| Fridge | 60 months |", "Machine: Fridge, Warranty: 60 months")


def test_a_sentence_that_points_back_brings_the_one_before() -> None:
    (found,) = answer(
        "What is Biscuit allergic to?", [passage("Biscuit is the cat. She is allergic to fish. The dog is fine.")]
    ).extracts
    assert found.quote == "Biscuit is the cat. She is allergic to fish."


def test_a_limit_is_not_cut_off() -> None:
    (found,) = answer(
        "How many days of holiday are there?", [passage("There are 28 days of holiday. However, none in December.")]
    ).extracts
    assert found.quote == "There are 28 days of holiday. However, none in December."


def test_a_figure_is_not_made_up_from_a_sentence_without_one() -> None:
    assert (
        answer("How much does the oven cost?", [passage("The oven is in the kitchen. The oven is black.")]).extracts
        == ()
    )


@given(
    st.lists(st.sampled_from(["rent", "Rent", "euros 900", ". ", "\n", "| a | b |\n|---|---|\n| rent | 9 |\n", "- ", "她", "租金。",
                              "However, ", "It ", "landlord", "```\n", "é", "4. ", "? "]), max_size=40),
    st.sampled_from(["How much is the rent?", "租金是多少?", "landlord", "Who is it?", "rent euros", "?"]),
)  # fmt: skip
def test_every_quote_occurs_in_its_passage(pieces: list[str], question: str) -> None:
    one = passage("".join(pieces))
    for found in answer(question, [one]).extracts:
        assert found.quote
        assert found.quote in one.text


@given(st.text(max_size=200))
def test_any_text_can_be_asked(text: str) -> None:
    assert parts(text)
    answer(text, [RENT])
    compute(text, "en")
    compute(text, "de")


@pytest.mark.parametrize(
    ("text", "language", "result"),
    [
        ("What is 12 * 3.50?", "en", "42"),
        ("15 % of 240", "en", "36"),
        ("Wie viel ist 1.200,50 + 3?", "de", "1203,5"),
        ("240的15%是多少", "zh", "36"),
        ("сколько будет 12 умножить на 3,5", "ru", "42"),
        ("0.1 + 0.2", "en", "0.3"),
        ("10/4", "fr", "2,5"),
        ("10/3", "en", "≈ 3.333333333"),
        ("(3+4)*2^3", "en", "56"),
        ("1,000,000 / 4", "en", "250000"),
    ],
)
async def test_sums(text: str, language: str, result: str) -> None:
    assert (await say(text, Kind.CALCULATION, language)).endswith(f"= **{result}**")


@pytest.mark.parametrize(
    "text", ["9**9**9", "1/0", "200 + 10%", "hello", "in 2024-05-01", "__import__('os')", "2^99999"]
)
def test_what_is_no_plain_sum_is_not_computed(text: str) -> None:
    assert compute(text, "en") is None


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6), st.sampled_from("+-*"))
def test_sums_are_exact(left: int, right: int, sign: str) -> None:
    computed = compute(f"{left} {sign} ({right})", "en")
    assert computed is not None
    assert int(computed[1]) == {"+": left + right, "-": left - right, "*": left * right}[sign]
