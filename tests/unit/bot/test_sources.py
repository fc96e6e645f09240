"""[Sources]: passages as quotes that unfold, the words that carry the claim in bold, bounded; and old ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import dress, sources
from bot.markup import MESSAGE_LIMIT, EntityKind, Rendered, utf16_len
from bot.markup.records import Units
from bot.texts import Texts
from bot.wording import Wording
from company import work_orders
from company.document_records import Trust, Way
from company.records import Citation, Condition, Health, Passage
from company.reports import StatusReport
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer
from tests.unit.bot.test_markup_reference import check_entities

TEXTS = Texts()
TEXTS.load()
LEASE = (
    "The tenant keeps the garden in order. The notice period is\nthree months to the end of a quarter. It has to be "
    "given in writing, **by post**."
)
CLAIM = "The notice period is three months to the end of a quarter."


def cited(number: int, quote: str = CLAIM, place: str = "page 2") -> Citation:
    return Citation(marker=number, passage_id=f"p{number}", document="lease.pdf", place=place, quote=quote)


def passage(text: str = LEASE, number: int = 1) -> Passage:
    return Passage(id=f"p{number}", document="lease.pdf", place="page 2", text=text)


def parts(rendered: Rendered, kind: EntityKind) -> list[str]:
    units = Units(rendered.text)
    return [
        rendered.text[units.point(entity.offset) : units.point(entity.end)]
        for entity in rendered.entities
        if entity.kind is kind
    ]


def test_the_claim_is_bold_inside_of_its_passage_which_unfolds() -> None:
    shown = sources.opened([cited(1)], [passage()], TEXTS, "en")
    assert shown.text == f"Sources\n\n[1] lease.pdf, page 2\n{LEASE}"  # what looks like markup stays as it is
    assert parts(shown, EntityKind.EXPANDABLE_BLOCKQUOTE) == [LEASE]
    assert parts(shown, EntityKind.BOLD)[-1] == CLAIM.replace("is three", "is\nthree")


def test_a_long_passage_is_cut_around_the_claim() -> None:
    long = "word " * 2000 + LEASE + " tail" * 2000
    shown = sources.opened([cited(1)], [passage(long)], TEXTS, "en")
    (quote,) = parts(shown, EntityKind.EXPANDABLE_BLOCKQUOTE)
    assert quote.startswith("…")
    assert quote.endswith("…")
    assert len(quote) <= sources.ROOM + 2
    assert CLAIM.replace("is three", "is\nthree") in parts(shown, EntityKind.BOLD)


def test_a_passage_that_is_gone_is_said_with_what_was_quoted() -> None:
    shown = sources.opened([cited(1)], [None], TEXTS, "en")
    assert "no longer in the documents" in shown.text
    assert parts(shown, EntityKind.EXPANDABLE_BLOCKQUOTE) == [CLAIM]


def test_many_sources_are_one_message_with_the_rest_counted() -> None:
    many = [cited(number) for number in range(1, 31)]
    shown = sources.opened(many, [passage("x " * 5000 + LEASE)] * sources.MOST, TEXTS, "en")
    assert shown.text.endswith("and 22 more")
    assert utf16_len(shown.text) <= MESSAGE_LIMIT
    assert len(dress.messages(shown)) == 1


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=900)), min_size=1, max_size=10))
def test_any_passage_and_any_quote_are_valid_entities(found: list[tuple[str, str]]) -> None:
    citations = [cited(number, quote) for number, (quote, _) in enumerate(found, 1)]
    passages = [passage(text) if text else None for _, text in found]
    for message in dress.messages(sources.opened(citations, passages, TEXTS, "en")):
        check_entities(message["text"], message.get("entities", []))
        assert 0 < utf16_len(message["text"]) <= MESSAGE_LIMIT


async def test_the_button_opens_them_in_the_chat(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.say(OWNER, "How long is the notice?")
    await fake.wait_for(lambda: reception.office.accepted)
    order = await reception.books.read(work_orders.by_number, 1)
    assert order is not None
    reception.office.citations = (cited(1),)
    reception.shelf.passages["p1"] = passage()
    await answer(reception.books, reception.clock, reception.delivery, order, "Three months [1].")
    shown = await fake.next_answer(OWNER)
    await fake.press(OWNER, shown.message_id, text="Sources")
    opened = await fake.next_answer(OWNER)
    assert "[1] lease.pdf, page 2" in opened.text
    assert [entity["type"] for entity in opened.entities].count("expandable_blockquote") == 1


def test_of_a_deleted_document_nothing_is_shown_but_that() -> None:
    shown = sources.opened([cited(1, quote="")], [None], TEXTS, "en")
    assert shown.text == "Sources\n\n[1] lease.pdf, page 2\nThis document was deleted, and its words with it."
    assert "no longer in the documents" in sources.opened([cited(1)], [None], TEXTS, "en").text


def test_status_says_what_is_still_being_read() -> None:
    doing = "reading for meaning (ollama/nomic-embed-text): 16 of 60 passages"
    health = (Health(part="knowledge", condition=Condition.OK, facts={"doing": doing}),)
    report = StatusReport(
        at=0, company="NEXUS", version="0.1.0", up_ms=1000, running=(), waiting=(), recent=(), orders_today=0,
        open_decisions=0, employees=(), caps=(), health=health, warnings=(),
    )  # fmt: skip
    assert f"⏳ {doing}" in Wording(TEXTS).status(report, "en").replace("\\", "")
    well = replace(report, health=(replace(health[0], facts={"doing": ""}),))
    assert "⏳" not in Wording(TEXTS).status(well, "en")


@pytest.mark.parametrize(
    ("trust", "language", "words"),
    [
        (Trust.BOARD, "en", "sent by Ada on 2026-11-21"),
        (Trust.MEMBER, "de", "geschickt von Ada am 2026-11-21"),
        (Trust.FOREIGN, "en", "forwarded by Ada on 2026-11-21: somebody else's words"),
    ],
)
def test_who_brought_it_and_when_stands_below_the_source(trust: Trust, language: str, words: str) -> None:
    citation = Citation(marker=1, passage_id="p", document="lease.pdf", place="page 2", quote="three months")
    one = Passage(
        id="p", document="lease.pdf", place="page 2", text="It is three months.", brought_by="Ada",
        brought_at=1_795_219_200_000, way=Way.CHAT, trust=trust,
    )  # fmt: skip
    assert words in sources.opened((citation,), (one,), TEXTS, language).text
    in_a_folder = replace(one, brought_by="", brought_at=0, way=Way.FOLDER)
    assert "Ada" not in sources.opened((citation,), (in_a_folder,), TEXTS, language).text


def test_a_source_of_a_project_that_may_not_be_read_has_no_words() -> None:
    withheld = Citation(marker=1, passage_id="p", document="–", place="", quote="", withheld=True)
    said = sources.opened((withheld,), (None,), TEXTS, "en").text
    assert said.splitlines()[2:] == ["[1] –", "It belongs to a project that you may not read here (any more)."]
