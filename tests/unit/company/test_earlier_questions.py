"""What must be equal in two questions, which are looked at, and when two answers are the same."""

from __future__ import annotations

import pytest

from company.earlier.likeness import alike
from company.earlier.questions import LONGEST, read, states


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the capital of France?", "what's the capital of France, please"),
        ("How do I sort a list in Python?", "Hello! How do I sort a list in Python"),
        ("Why doesn't glass conduct?", "Why does not glass conduct"),
        ("Was ist die Hauptstadt von Frankreich?", "was ist die Hauptstadt von Frankreich, bitte"),
        ("Quelle est la capitale de la France ?", "quelle est la capitale de la France, s'il vous plaît ?"),
        ("¿Cuál es la capital de Francia?", "Cuál es la capital de Francia, por favor"),
        ("Какая столица Франции?", "какая столица Франции, пожалуйста"),
        ("法国的首都是什么？", "请问法国的首都是什么"),
    ],
)
def test_the_same_words_are_the_same_whatever_stands_around_them(one: str, other: str) -> None:
    assert read(one).wording == read(other).wording
    assert read(one).alone


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("flights from Paris to London", "flights from London to Paris"),
        ("Is 5 mg of it safe", "Is 50 mg of it safe"),
        ("Is 5 mg safe", "Is 5 g safe"),
        ("What grew by 5%", "What grew by 5"),
        ("What is C++ good for", "What is C# good for"),
        ("Who is Ada Lovelace", "Who is Ada Byron"),
        ("How does one enable the firewall", "How does one disable the firewall"),
        ("Do cats like water", "Do cats not like water"),
        ("Who built the tower", "When was the tower built"),
        ("What does `git pull` do", "What does `git push` do"),
        ("What is the effect of rain", "What is the cause of rain"),
        ("Wann fährt der Zug", "Wohin fährt der Zug"),
        ("Darf man hier rauchen", "Darf man hier nicht rauchen"),
        ("Кто построил башню", "Когда построили башню"),
        ("世界上最高的山", "世界上最低的山"),
        ("猫喜欢水吗", "猫不喜欢水吗"),
    ],
)
def test_what_a_vector_hardly_tells_apart_is_told_apart(one: str, other: str) -> None:
    assert read(one).fixed != read(other).fixed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the capital of France?", "Which city is the capital of France?"),
        ("How do I sort a list in Python?", "In what way can one sort a list with Python?"),
        ("Explain how a transistor works", "How does a transistor work?"),
    ],
)
def test_other_words_for_the_same_are_left_to_the_vectors(one: str, other: str) -> None:
    assert read(one).fixed == read(other).fixed
    assert read(one).wording != read(other).wording


@pytest.mark.parametrize(
    "text",
    [
        "What is the time now", "Qui est le président actuel ?", "Wie wird das Wetter heute?", "¿Qué hora es ahora?",
        "Какая погода завтра?", "今天天气怎么样", "What did my mother say", "Wo ist mein Schlüssel?",
        "¿Dónde está mi coche?", "Où est ma voiture ?", "Где моя машина?", "我的车在哪里", "What does that mean?",
        "And in Germany?", "What about Germany?", "Explain it more", "Shorter please", "Why?", "", "?!",
        "word " * (LONGEST // 4), "See https://example.org/page, what is it", "line one\nline two",
        "What will be the output of the following program?",
    ],
)  # fmt: skip
def test_what_needs_a_clock_a_person_or_a_talk_does_not_stand_alone(text: str) -> None:
    assert not read(text).alone


@pytest.mark.parametrize(
    "text",
    [
        "How does photosynthesis work?", "Wie kann ich eine Datei löschen?", "Comment puis-je supprimer un fichier ?",
        "¿Cómo se puede borrar un archivo?", "Как мне удалить файл?", "如何删除文件", "difference between TCP and UDP",
    ],
)  # fmt: skip
def test_what_anybody_could_ask_at_any_time_stands_alone(text: str) -> None:
    assert read(text).alone


def test_a_remark_states_and_a_question_does_not() -> None:
    assert states("Our office is in Lyon.")
    assert not states("Where is Lyon")
    assert not states("Lyon is in France?")
    assert not states("里昂在哪里")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Paris is the capital of France.", "The capital of France is Paris.", True),
        ("Paris is the capital of France.", "Lyon is the city of Bocuse.", False),
        ("It costs 5 dollars.", "It costs 6 dollars.", False),
        ("Yes, a cat likes water.", "No, a cat likes water.", False),
        ("Да, кошки любят воду.", "Нет, кошки любят воду.", False),
        ("The tower is 330 m high [1].", "The tower is 330 m high [2].", True),
    ],
)
def test_two_answers_are_the_same_when_numbers_stand_and_words_are(one: str, other: str, same: bool) -> None:
    assert alike(one, other) is same
    assert alike(other, one) is same


def test_answers_from_other_documents_are_other_answers() -> None:
    assert not alike("It is 5.", "It is 5.", sources=frozenset({"a.md"}), others=frozenset({"b.md"}))
