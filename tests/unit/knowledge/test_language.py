"""The analyser: one word in its forms is one term, in six languages; questions lose what carries no subject."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.language.questions import Asked, asked, focus, holds
from company.language.stems import stem
from company.language.tokens import content_words, fold, is_cjk, language_of, terms


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "warranty warranties"),
        ("en", "begin began begun"),
        ("en", "connect connected connecting connection connections"),
        ("en", "add adding added adds"),
        ("fr", "locataire locataires"),
        ("fr", "annuel annuels"),
        ("de", "maschine maschinen"),
        ("de", "mietvertrag mietvertrages mietvertrags"),
        ("es", "instrumento instrumentos"),
        ("es", "clase clases"),
        ("ru", "договор договора договору договором договоре"),
        ("ru", "квартира квартиры квартиру квартирои"),
    ],
)
def test_forms_of_a_word_share_a_stem(language: str, forms: str) -> None:
    assert len({stem(form, language) for form in forms.split()}) == 1


@pytest.mark.parametrize(("one", "other"), [("universe", "use"), ("station", "state"), ("contract", "contrast")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert stem(one, "en") != stem(other, "en")


def test_identifiers_are_found_whole_and_in_parts() -> None:
    found = terms("call getUserName and max_retries", "en")
    assert {"getusernam", "user", "maxretri", "retri"} <= set(found)


def test_chinese_becomes_bigrams_and_questions_lose_their_fillers() -> None:
    assert terms("办公室租金", "zh") == ["办公", "公室", "室租", "租金"]
    assert [word.surface for word in content_words("办公室的租金是多少?")] == ["办公", "公室", "租金"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("When does the lease end?", "en"),
        ("Quand le contrat se termine-t-il ?", "fr"),
        ("Wann endet der Vertrag?", "de"),
        ("¿Cuándo termina el contrato?", "es"),
        ("Когда заканчивается договор?", "ru"),
        ("合同什么时候结束?", "zh"),
    ],
)
def test_the_language_of_a_question(text: str, language: str) -> None:
    assert language_of(text, default="xx") == language


def test_a_question_of_function_words_alone_keeps_them() -> None:
    assert [word.surface for word in content_words("to be or not to be")] == ["to", "be", "or", "not"]


@given(st.text(max_size=200))
def test_terms_are_letters_and_digits_for_any_text(text: str) -> None:
    for language in ("en", "fr", "de", "es", "ru", "zh"):
        assert all(term.isalnum() and (is_cjk(term) or term == fold(term)) for term in terms(text, language))
    content_words(text)
    asked(text)


@pytest.mark.parametrize(
    ("question", "sort", "yes", "no"),
    [
        ("How much does it cost?", Asked.MONEY, "It costs 5 €.", "It has 5 doors."),
        ("Quand ouvre le magasin ?", Asked.DATE, "Il ouvre lundi.", "Il ouvre bien."),
        ("Wie lange dauert es?", Asked.DURATION, "Es dauert 3 Wochen.", "Es dauert."),
        ("Сколько стоит билет?", Asked.MONEY, "Билет стоит 300 рублей.", "Билет синий."),
        ("租金是多少?", Asked.MONEY, "租金每月八千元。", "租金按月支付。"),
    ],
)
def test_what_a_question_asks_for(question: str, sort: Asked, yes: str, no: str) -> None:
    assert sort in asked(question)
    assert holds(sort, yes)
    assert not holds(sort, no)


def test_the_thing_asked_after() -> None:
    assert focus("What is the password of the guest network?") == "password"
    assert focus("Who lives here?") == ""
