"""The analyser of the search: forms of a word meet in one term, identifiers split, requests lose their wrapping."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.language.tokens import is_cjk
from knowledge.analyser import LANGUAGES, content_words, stem, terms


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", "connect connected connecting connection connections"),
        ("en", "begin began begun"),
        ("fr", "réservation réservations reservation"),
        ("fr", "locataire locataires"),
        ("de", "mietvertrag mietvertrages mietverträge"),
        ("de", "größe größen"),
        ("es", "estación estaciones estacion"),
        ("ru", "договор договора договоры договором"),
        ("ru", "самолёт самолеты самолётом"),
    ],
)
def test_forms_of_a_word_share_a_term(language: str, forms: str) -> None:
    assert len({stem(form, language) for form in forms.split()}) == 1


def test_identifiers_are_found_whole_and_in_parts() -> None:
    found = terms("getUserName(max_retries) of HTTPServer v2", "en")
    assert {"getusernam", "user", "maxretri", "retri", "httpserver", "http", "server", "v2"} <= set(found)


def test_numbers_are_one_however_they_are_grouped() -> None:
    assert set(terms("1,000 1.000 1000", "en")) == {"1000"}


def test_chinese_becomes_bigrams_and_questions_lose_their_fillers() -> None:
    assert terms("办公室租金", "zh") == ["办公", "公室", "室租", "租金"]
    assert [word.surface for word in content_words("办公室的租金是多少?")] == ["办公", "公室", "租金"]


def test_a_request_loses_its_wrapping_but_not_its_subject() -> None:
    words = {
        word.surface: word.weight for word in content_words("I am interested in articles about time and time zones")
    }
    assert words.keys() == {"articles", "time", "zones"}
    assert words["time"] > words["zones"] == 1.0 > words["articles"]
    assert [word.surface for word in content_words("What is the interest rate?")] == ["interest", "rate"]
    assert [word.surface for word in content_words("to be or not to be")] == ["to", "be", "or", "not"]


def test_a_word_is_sought_under_the_stems_of_the_languages_that_are_there() -> None:
    (one,) = content_words("sharing", ["en"])
    assert one.variants == {"share"}
    (one,) = content_words("sharing", ["en", "de"])
    assert one.variants == {"share", "sharing"}


@given(st.text(max_size=200))
def test_terms_are_letters_and_digits_for_any_text(text: str) -> None:
    for language in (*LANGUAGES, "zh"):
        assert all(term.isalnum() and (is_cjk(term) or term == term.lower()) for term in terms(text, language))
    assert all(word.variants for word in content_words(text))


def test_two_threads_stem_at_once() -> None:
    """A Snowball stemmer keeps its word in itself: one that two threads shared would mix them up."""
    words = [f"{a}{b}ations" for a in ("connect", "relat", "form", "nav", "oper") for b in "abcdefghijklmnopqrstuvw"]
    alone = [stem(f"{word}x", "fr") for word in words]
    stem.__globals__["_stem"].cache_clear()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda word: [stem(f"{word}x", "fr") for _ in range(3)], words))
    assert [set(three) for three in together] == [{one} for one in alone]
