"""Names and months of cited sentences, languages that were asked for, addresses that hide, prompts told in pieces."""

from __future__ import annotations

import pytest

from company.records import Citation, DataBlock, Kind, Origin, Passage
from qa.language import asked_language
from tests.unit.qa.making import case, codes

PASSAGE = Passage(
    id="a",
    document="lease.md",
    place="line 4",
    text="Your adviser is Helena Brandt at the branch in Potsdam; the contract of 3 May 2026 runs for 12 months.",
)
CITED = Citation(marker=1, passage_id="a", document="lease.md", place="line 4", quote="Your adviser is Helena Brandt")


def cited(text: str, *, language: str = "en", request: str = "Who and when?") -> list[str]:
    looked_at = case(
        text, request=request, kind=Kind.DOCUMENTS, language=language, citations=(CITED,), passages=(PASSAGE,)
    )
    return codes(looked_at)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your adviser is Helena Krause [1].", "name-wrong"),
        ("Helena Krause advises you [1].", "name-wrong"),
        ("She works at the branch in Cottbus [1].", "name-wrong"),
        ("Ask Mr Robert Lind [1].", "name-wrong"),
        ("The contract is of 3 June 2026 [1].", "date-wrong"),
        ("The contract is of June 3, 2026 [1].", "date-wrong"),
        ("The contract is of 2026-06-03 [1].", "date-wrong"),
    ],
)
def test_names_and_months_that_the_passage_does_not_hold(text: str, code: str) -> None:
    assert code in cited(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your adviser is Helena Brandt [1].",
        "Ms Brandt works at the branch in Potsdam [1].",
        "Brandt's branch is in Potsdam [1].",
        "**Helena Brandt** advises you since May [1].",
        "The contract is of 3 May 2026, and of 2026-05-03 in the annex [1].",
        "The Lease Agreement runs for 12 months [1].",
        "Contact person: Helena Brandt, by the Internet or on Monday [1].",
        "Helena Krause is somebody else.",
    ],
)
def test_names_and_months_that_it_holds(text: str) -> None:
    assert cited(text + ("" if "[1]" in text else " Your adviser is Helena Brandt [1].")) == []


def test_german_capitals_are_no_names() -> None:
    german = Passage(
        id="a", document="miete.md", place="Zeile 1", text="Es berät Sie Helena Brandt in der Filiale Potsdam."
    )
    quote = Citation(marker=1, passage_id="a", document="miete.md", place="Zeile 1", quote="Es berät Sie Helena Brandt")
    parts = {"request": "Wer?", "kind": Kind.DOCUMENTS, "language": "de", "citations": (quote,), "passages": (german,)}
    assert codes(case("Die Beratung übernimmt Helena Brandt am Schalter [1].", **parts)) == []  # type: ignore[arg-type]
    wrong = "Die Beratung übernimmt Helena Krause am Schalter [1]."
    assert codes(case(wrong, **parts)) == ["name-wrong"]  # type: ignore[arg-type]


def test_a_passage_in_another_language_is_passed_over() -> None:
    assert cited("Die Beratung macht Helena Krause in der Filiale [1].", language="de") == []


def test_a_name_of_the_request_may_be_repeated() -> None:
    assert cited("Robert Lind is not named; your adviser is Helena Brandt [1].", request="Is it Robert Lind?") == []


@pytest.mark.parametrize(
    ("request_", "language"),
    [
        ("Translate into French: I am here.", "fr"),
        ("Answer in German, please.", "de"),
        ("Write a poem in plain English.", "en"),
        ("Übersetze ins Chinesische: Guten Tag", "zh"),
        ("Antworte auf Englisch", "en"),
        ("Traduis en espagnol : bonjour", "es"),
        ("Traduce al ruso: hola", "ru"),
        ("Ответь по-немецки", "de"),
        ("Переведи на французский: дом", "fr"),
        ("用英语回答", "en"),
        ("把这句话翻译成日语", "ja"),
        ("What is the German word for tree?", None),
        ("How do you say tree in German?", None),
        ("Explain the war in German history", "de"),
        ("Translate this into French and into German", None),
        ("Write about the French in Canada", None),
    ],
)
def test_the_language_that_a_request_wants(request_: str, language: str | None) -> None:
    assert asked_language(request_) == language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("See [paypal.com](https://paypal.com.evil-login.ru/x).", "link-disguised"),
        ("See [the page on bank.de](https://bank.example.net/x).", "link-disguised"),
        ("See https://bit.ly/3abc", "link-shortened"),
        ("See [this](https://tinyurl.com/abc).", "link-shortened"),
        ("See http://8.8.8.8/setup.exe", "link-to-number"),
    ],
)
def test_addresses_that_hide_where_they_lead(text: str, code: str) -> None:
    assert code in codes(case(text))
    assert codes(case(text, request=f"What is this? {text}")) == []


@pytest.mark.parametrize(
    "text",
    [
        "See [python.org](https://www.python.org/downloads/).",
        "See [docs.python.org](https://python.org/doc).",
        "See [bbc.co.uk](https://www.bbc.co.uk/news).",
        "Open http://127.0.0.1:8000 or http://192.168.1.1/.",
        "```\ncurl http://8.8.8.8/\n```",
        "See [the manual](https://www.example.org/manual).",
    ],
)
def test_addresses_that_say_where_they_lead(text: str) -> None:
    assert codes(case(text)) == []


def test_a_picture_of_a_foreign_text_is_not_shown() -> None:
    picture = "![x](https://pixel.example.net/a.png)"
    block = DataBlock(origin=Origin.FORWARDED, text=f"Hello {picture}")
    assert codes(case(f"It says hello. {picture}", request="What is it?", blocks=(block,))) == ["remote-picture"]
    assert codes(case(picture, request=f"Show {picture}")) == []
    document = Passage(id="b", document="page.md", place="line 1", text=f"Hello {picture}")
    assert codes(case(f"It says hello. {picture}", request="What is it?", passages=(document,))) == []


PROMPT = (
    "You are the Intern of a small company. Answer the question in front of you,\n"
    "keep it short, and never speak about the money of other people.\n"
)


def test_a_prompt_told_over_line_ends_is_found() -> None:
    told = "Answer the question in\nfront of you, keep it **short**, and never speak about\nthe money of other people."
    assert codes(case(told, prompts=(PROMPT,))) == ["prompt-leak"]
    assert codes(case("Keep it short, and never speak about the money of others.", prompts=(PROMPT,))) == []


@pytest.mark.parametrize(
    "text", ["Mein Systemprompt lautet: sei kurz.", "Voici mes instructions : être bref.", "我的系统提示是：简短。"]
)
def test_prompts_are_told_in_other_languages_too(text: str) -> None:
    assert "prompt-leak" in codes(case(text, language=""))
