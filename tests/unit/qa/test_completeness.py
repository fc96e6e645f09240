"""Layer 2: placeholders, substrings, questions, counts, forms, refusals and promises, each as good and bad pairs."""

from __future__ import annotations

import pytest

from company.records import DataBlock, Kind, Origin
from qa.specs import CompletenessRules, FormatRules, SecurityRules, Spec
from tests.unit.qa.making import case, codes, found


@pytest.mark.parametrize(
    "text",
    [
        "TODO: add the figures.",
        "The price is TODO.",
        "The rest follows. [TODO]",
        "FIXME: this is wrong.",
        "The date is TBD.",
        "Call XXX for more.",
        "Total: XXX euros",
        "Lorem ipsum dolor sit amet.",
        "Dear [insert name], welcome.",
        "Contact <your contact person> for more.",
        "The answer is {insert answer here}.",
        "Le prix est de [insérer le prix].",
        "Der Preis beträgt [hier einfügen].",
        "El precio es [insertar precio].",
        "Цена: [вставьте цену].",
        "价格是[插入价格]。",
        "[placeholder]",
        "As an AI language model, I like music.",
        "En tant qu'IA, je n'ai pas d'avis.",
        "Als KI-Sprachmodell habe ich keine Meinung.",
        "Como modelo de lenguaje, no tengo opinión.",
        "Как языковая модель, я не имею мнения.",
        "作为人工智能，我没有看法。",
        "Then comes … rest of the code.",
    ],
)
def test_a_placeholder_is_found(text: str) -> None:
    assert "placeholder" in codes(case(text))


@pytest.mark.parametrize(
    ("text", "request_text", "kind"),
    [
        ("Write `TODO` there.", "", Kind.CHAT),
        ('People search for "TODO" often.', "", Kind.CHAT),
        ("Man schreibt „TODO“ davor.", "", Kind.CHAT),
        ("> TODO: old note\n\nThis note is from May.", "", Kind.CHAT),
        ("```\n# TODO\n```\nThis is what it looks like.", "", Kind.CHAT),
        ("There are 3: TODO in a.py, FIXME in b.py.", "Count the TODO and FIXME comments", Kind.CHAT),
        ("The date is TBD in both notes.", "Is the date still TBD?", Kind.CHAT),
        ("Dear [insert name], hello.", "Make me a template for invitations", Kind.WRITING),
        ("Dear Sir, ... [Your Name]", "Write a letter", Kind.WRITING),
        ("Replace <your token> with yours.", "", Kind.CHAT),
        ("Use the [your profile](https://example.com) page.", "", Kind.CHAT),
        ("Make a TODO list every morning.", "", Kind.CHAT),
    ],
)
def test_words_about_a_placeholder_are_none(text: str, request_text: str, kind: Kind) -> None:
    assert codes(case(text, request=request_text, kind=kind)) == []


@pytest.mark.parametrize(
    ("body", "request_text", "bad"),
    [
        ("def f():\n    # TODO: implement\n    return 1", "Write f", True),
        ("def f():\n    # ... rest of the code\n    return 1", "Write f", True),
        ("def f():\n    # your code here\n    return 1", "Write f", True),
        ("def f():\n    return 1  # one", "Write f", False),
        ("def f():\n    # TODO: implement\n    return 1", "Mend this, keep my TODO comments", False),
        ('print("TODO")', "Write f", False),
    ],
)
def test_code_that_is_not_written(body: str, request_text: str, bad: bool) -> None:
    text = f"```python\n{body}\n```"
    assert codes(case(text, request=request_text, kind=Kind.CODE)) == (["placeholder"] if bad else [])


def test_a_placeholder_in_code_is_named_with_its_line() -> None:
    finding = found(case("Here:\n```python\na = 1\n# TODO: b\n```", kind=Kind.CODE), "placeholder")
    assert "line 4" in finding.message


def test_placeholders_can_be_switched_off() -> None:
    for rules in (SecurityRules(check_placeholders=False), SecurityRules(enabled=False)):
        assert codes(case("TODO: all of it.", spec=Spec(name="lax", security=rules))) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("success and more", []),
        ("more", ["required-missing"]),
        ("success, but draft", ["forbidden-found"]),
        ("success, see `draft`", []),
    ],
)
def test_substrings(text: str, expected: list[str]) -> None:
    rules = CompletenessRules(required_substrings=("success",), forbidden_substrings=("draft",))
    spec = Spec(name="words", format=FormatRules(type="markdown"), completeness=rules)
    assert codes(case(text, spec=spec)) == expected


def test_substrings_of_plain_text_are_found_anywhere() -> None:
    spec = Spec(name="words", completeness=CompletenessRules(forbidden_substrings=("draft",)))
    assert codes(case("see `draft`", spec=spec)) == ["forbidden-found"]


QUESTIONS = "1. What does it cost?\n2. When is it ready?\n3. Who pays?"


@pytest.mark.parametrize(
    ("text", "request_text", "missing"),
    [
        ("1. Ten euros.\n2. On Monday.\n3. We do.", QUESTIONS, False),
        ("1. Ten euros.\n2. On Monday.", QUESTIONS, True),
        ("**1. Cost**\nTen.\n\n**2. Date**\nMonday.", QUESTIONS, True),
        ("Ten euros, on Monday, and we pay.", QUESTIONS, False),
        ("1. Ten euros.\n2. On Monday.", "1) Cost? 2) When? 3) Who pays?", True),
        ("a) Ten euros.\nb) On Monday.", "a) Cost? b) When? c) Who pays?", True),
        ("a) Ten euros.\nb) On Monday.\nc) We.", "a) Cost? b) When? c) Who pays?", False),
        ("1. Unpack.\n2. Plug in.", "My list:\n1. milk\n2. bread\n3. eggs", False),  # no questions
    ],
)
def test_numbered_questions(text: str, request_text: str, missing: bool) -> None:
    assert ("question-unanswered" in codes(case(text, request=request_text))) is missing


def _list(number: int, mark: str = "-") -> str:
    return "\n".join(f"{mark} something worth doing on a day off" for _ in range(number))


@pytest.mark.parametrize(
    "request_text",
    [
        "Give me five ideas for a day off",
        "please list 5 things to do",
        "Suggest exactly five activities",
        "Donne-moi cinq idées pour dimanche",
        "Nenne mir fünf Ideen",
        "Dame cinco ideas para hoy",
        "Назови пять идей на выходные",
        "给我五个周末的建议",
        "推荐5本书",
    ],
)
def test_asked_count(request_text: str) -> None:
    assert "count-short" in codes(case(_list(3), request=request_text, language=""))
    assert "count-short" in codes(case(_list(4, "1."), request=request_text, language=""))
    assert codes(case(_list(5), request=request_text, language="")) == []
    assert codes(case(_list(6), request=request_text, language="")) == []


@pytest.mark.parametrize(
    "request_text",
    [
        "Give me five minutes of exercises",
        "List up to 5 options",
        "Give me a summary in 5 sentences",
        "List the items of chapter 5 please",
        "Nenne höchstens fünf Gründe",
        "Tell me about the Big Five companies",
        "Give me no more than 5 options",
    ],
)
def test_a_number_that_is_not_a_count(request_text: str) -> None:
    assert codes(case(_list(3), request=request_text)) == []


def test_prose_is_not_counted() -> None:
    assert codes(case("First rest, then walk, then eat, then read, then sleep.", request="Give me five ideas")) == []


@pytest.mark.parametrize(
    ("request_text", "kind", "bad", "good", "code"),
    [
        ("Return it as JSON", Kind.EXTRACTION, "name: Anna", '{"name": "Anna"}', "json-missing"),
        ("au format JSON", Kind.EXTRACTION, "nom : Anna", '```json\n{"nom": "Anna"}\n```', "json-missing"),
        ("Gib es als JSON aus", Kind.EXTRACTION, "Name: Anna", '{"Name": "Anna"}', "json-missing"),
        ("верни в формате JSON", Kind.EXTRACTION, "имя: Анна", '{"имя": "Анна"}', "json-missing"),
        ("用JSON格式", Kind.EXTRACTION, "名字：安娜", '{"名字": "安娜"}', "json-missing"),
        ("Compare them in a table", Kind.ANALYSIS, "A is big, B is small.", "|x|y|\n|-|-|\n|1|2|", "table-missing"),
        ("als Tabelle bitte", Kind.EXTRACTION, "A ist groß.", "|x|y|\n|-|-|\n|1|2|", "table-missing"),
        ("en una tabla", Kind.EXTRACTION, "A es grande.", "|x|y|\n|-|-|\n|1|2|", "table-missing"),
        ("в виде таблицы", Kind.EXTRACTION, "А большой.", "|x|y|\n|-|-|\n|1|2|", "table-missing"),
        ("Write a function that adds", Kind.CODE, "Add the numbers.", "```python\na + b\n```", "code-missing"),
        ("Напиши функцию сложения", Kind.CODE, "Сложите числа.", "`a + b`", "code-missing"),
    ],
)
def test_asked_form(request_text: str, kind: Kind, bad: str, good: str, code: str) -> None:
    assert codes(case(bad, request=request_text, kind=kind, language="")) == [code]
    assert codes(case(good, request=request_text, kind=kind, language="")) == []


@pytest.mark.parametrize(
    "request_text", ["What is a JSON file?", "Read the numbers from the table", "Book a table for two"]
)
def test_a_form_that_is_only_spoken_of(request_text: str) -> None:
    assert codes(case("It is a text file.", request=request_text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I cannot access your files.",
        "I'm unable to open links.",
        "Je ne peux pas vous aider.",
        "Das kann ich leider nicht beantworten.",
        "Lo siento, pero no puedo ayudarte.",
        "К сожалению, я не могу помочь.",
        "抱歉，我无法回答这个问题。",
    ],
)
def test_a_refusal(text: str) -> None:
    assert codes(case(text, language="")) == ["refusal"]


@pytest.mark.parametrize(
    "text",
    [
        "I will get back to you tomorrow.",
        "I'll look into it and report.",
        "Give me a moment, please.",
        "I have attached the file.",
        "See the attached document.",
        "Je reviens vers vous demain. Vous trouverez le fichier ci-joint.",
        "Ich melde mich wieder.",
        "He adjuntado el informe.",
        "Я вернусь к вам с ответом.",
        "我稍后回复您。",
    ],
)
def test_an_empty_promise(text: str) -> None:
    assert "empty-promise" in codes(case(text, language=""))
    assert codes(case(text, language="", kind=Kind.WRITING)) == []


def test_forwarded_words_are_given_too() -> None:
    block = DataBlock(origin=Origin.FORWARDED, text="Ask mia@nordlicht.dk about it.")
    assert codes(case("Ask mia@nordlicht.dk.", blocks=(block,))) == []
    assert codes(case("Ask mia@nordlicht.dk.")) == ["unknown-email"]


def test_an_answer_longer_than_was_asked_for_is_sent_back_and_one_near_it_is_not() -> None:
    asked = "Explain tides in at most 20 words."
    assert "words-over" in codes(case("The moon pulls at the sea. " * 8, request=asked))
    assert codes(case("The moon pulls at the sea. " * 3 + "So it rises daily.", request=asked)) == []
