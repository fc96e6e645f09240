"""Questions about the past, the times they name, and "the same once more", in six languages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.language.again import Again, asks_again
from company.language.recalling import past_question
from company.language.when import span_in

NOW = 1_795_000_000_000
"""Wednesday, 18 November 2026."""
ZONE = ZoneInfo("Europe/Berlin")
ASKED = (
    "What did I tell you about the landlord?",
    "what did we decide on 3 March?",
    "When did I mention the boiler?",
    "Did I ever tell you about my sister?",
    "Do you remember the name of my dentist?",
    "Remind me what I said about the budget.",
    "What did you recommend last week?",
    "What did we talk about yesterday?",
    "What have I said about Berlin so far?",
    "who did I say the landlord was?",
    "Que t'ai-je dit à propos du propriétaire ?",
    "Qu'avons-nous décidé le 3 mars ?",
    "Quand ai-je parlé de la chaudière ?",
    "Te souviens-tu du nom de mon dentiste ?",
    "Qu'est-ce que je t'ai dit sur le loyer ?",
    "De quoi avons-nous parlé hier ?",
    "Was habe ich dir über den Vermieter gesagt?",
    "Was haben wir am 3. März beschlossen?",
    "Wann habe ich den Kessel erwähnt?",
    "Erinnerst du dich an den Namen meines Zahnarztes?",
    "Worüber haben wir gestern gesprochen?",
    "Was habe ich hier über Berlin gesagt?",
    "¿Qué te dije sobre el casero?",
    "¿Qué decidimos el 3 de marzo?",
    "¿Cuándo mencioné la caldera?",
    "¿Te acuerdas del nombre de mi dentista?",
    "¿De qué hablamos ayer?",
    "Что я тебе говорил о хозяине квартиры?",
    "Что мы решили 3 марта?",
    "Когда я упоминал котёл?",
    "Помнишь имя моего зубного врача?",
    "О чём мы говорили вчера?",
    "我跟你说过房东什么？",
    "我们3月3日决定了什么？",
    "我什么时候提到过锅炉？",
    "你还记得我的牙医叫什么吗？",
    "我们昨天讨论了什么？",
)
OTHER = (
    "Write a letter to my landlord.",
    "What does the contract say about the notice period?",
    "Tell me about Berlin.",
    "What did Kafka write about his father?",
    "Remember that my landlord is Frau Kessler.",
    "How do I say hello in French?",
    "When did the war end?",
    "What is the notice period?",
    "I told you my landlord is Kessler; write him.",
    "Was sagt der Vertrag über die Kündigung?",
    "Wie sage ich das auf Englisch?",
    "Que dit le contrat sur le préavis ?",
    "¿Qué dice el contrato?",
    "Что говорит договор о сроке?",
    "合同说了什么？",
    "Who decided the price of gold?",
    "Wie haben die Römer gesprochen?",
    "Write what I should say to my boss",
    "what should I say to the landlord?",
    "Translate: I told you so.",
    "When was Berlin founded?",
    "how much have we spent today?",
    "¿Cómo se dice gracias en inglés?",
    "请告诉我北京的人口",
    "look through the meeting notes and list what we promised the client",
    "在我的文件里找一下所有关于车险的内容，告诉我哪些情况不赔",
)
ONCE_MORE = (
    "run it again",
    "Do that again, please.",
    "again",
    "try again!",
    "repeat that",
    "once more please",
    "refais-le",
    "Encore une fois s'il te plaît",
    "recommence",
    "Mach das bitte noch einmal",
    "Nochmal bitte!",
    "Wiederhole das",
    "hazlo otra vez",
    "otra vez, por favor",
    "repítelo",
    "vuelve a intentarlo",
    "Сделай это ещё раз",
    "повтори",
    "ещё раз, пожалуйста",
    "再做一次",
    "重试",
    "请再来一次",
)
SOMETHING_ELSE = (
    "thanks again",
    "write to him again about the rent",
    "again and again I told him",
    "Do the dishes again tomorrow",
    "repeat after me: hello",
    "run the tests again",
    "encore une question",
    "noch mal eine Frage",
    "снова идёт дождь",
    "run it again in French",
    "重新设计网站",
)
SPANS = (
    ("yesterday", "2026-11-17", "2026-11-17"),
    ("on 3 March", "2026-03-03", "2026-03-03"),
    ("March 3rd, 2025", "2025-03-03", "2025-03-03"),
    ("in May 2025", "2025-05-01", "2025-05-31"),
    ("last week", "2026-11-09", "2026-11-15"),
    ("two weeks ago", "2026-11-02", "2026-11-08"),
    ("on Monday", "2026-11-16", "2026-11-16"),
    ("in 2025", "2025-01-01", "2025-12-31"),
    ("2025-03-03", "2025-03-03", "2025-03-03"),
    ("vorgestern", "2026-11-16", "2026-11-16"),
    ("am 3. März", "2026-03-03", "2026-03-03"),
    ("vor drei Tagen", "2026-11-15", "2026-11-15"),
    ("letzte Woche", "2026-11-09", "2026-11-15"),
    ("le 3 mars", "2026-03-03", "2026-03-03"),
    ("il y a 2 semaines", "2026-11-02", "2026-11-08"),
    ("la semaine dernière", "2026-11-09", "2026-11-15"),
    ("el 3 de marzo de 2026", "2026-03-03", "2026-03-03"),
    ("hace tres días", "2026-11-15", "2026-11-15"),
    ("el año pasado", "2025-01-01", "2025-12-31"),
    ("3 марта", "2026-03-03", "2026-03-03"),
    ("на прошлой неделе", "2026-11-09", "2026-11-15"),
    ("два дня назад", "2026-11-16", "2026-11-16"),
    ("позавчера", "2026-11-16", "2026-11-16"),
    ("3月3日", "2026-03-03", "2026-03-03"),
    ("三天前", "2026-11-15", "2026-11-15"),
    ("2025年3月", "2025-03-01", "2025-03-31"),
    ("去年", "2025-01-01", "2025-12-31"),
    ("in December", "2025-12-01", "2025-12-31"),
)


@pytest.mark.parametrize("text", ASKED)
def test_a_question_about_the_past_is_heard(text: str) -> None:
    assert past_question(text, NOW, ZONE) is not None


@pytest.mark.parametrize("text", OTHER)
def test_anything_else_is_not_taken_for_one(text: str) -> None:
    assert past_question(text, NOW, ZONE) is None


def test_what_is_left_is_what_to_look_for() -> None:
    asked = past_question("What did I tell you about the landlord last week?", NOW, ZONE)
    assert asked is not None
    assert (asked.about, asked.by, asked.when) == ("landlord", "person", False)
    assert asked.span is not None
    said = past_question("When did I mention the boiler?", NOW, ZONE)
    assert said is not None
    assert (said.about, said.when, said.span) == ("boiler", True, None)
    answered = past_question("What did you recommend yesterday?", NOW, ZONE)
    assert answered is not None
    assert (answered.about, answered.by) == ("", "company")
    assert past_question("What did Bob say about the van?", NOW, ZONE) is None
    assert past_question("What did Bob say about the van?", NOW, ZONE, several=True) is not None


@pytest.mark.parametrize(("text", "first", "last"), SPANS)
def test_a_time_is_read(text: str, first: str, last: str) -> None:
    span, rest = span_in(f"xyz {text} xyz", NOW, ZONE)
    assert span is not None
    days = [datetime.fromtimestamp(ms / 1000, ZONE) for ms in span]
    assert (f"{days[0]:%Y-%m-%d %H:%M:%S}", f"{days[1]:%Y-%m-%d %H:%M:%S}") == (f"{first} 00:00:00", f"{last} 23:59:59")
    assert rest == "xyz xyz"


def test_here_in_german_is_no_day_and_may_no_month() -> None:
    assert span_in("Was habe ich hier gesagt?", NOW, ZONE)[0] is None
    assert span_in("May I ask what I said?", NOW, ZONE)[0] is None


@given(st.text(max_size=80))
def test_no_text_is_too_odd(text: str) -> None:
    span_in(text, NOW, ZONE)
    past_question(text, NOW, ZONE)
    asks_again(text)


@pytest.mark.parametrize(
    "text", ["0000年3月3日", "on 31.2.9999", "in 1999", "999 years ago", "13月", "99.99.2020", "in March 0001"]
)
def test_odd_dates_raise_nothing(text: str) -> None:
    span_in(text, NOW, ZONE)


@pytest.mark.parametrize("text", ONCE_MORE)
def test_the_same_once_more_is_heard(text: str) -> None:
    assert asks_again(text) == Again()


@pytest.mark.parametrize("text", SOMETHING_ELSE)
def test_more_than_that_is_an_order_of_its_own(text: str) -> None:
    assert asks_again(text) is None


def test_a_number_names_the_order() -> None:
    assert asks_again("Please run #41 again") == Again(41)
    assert asks_again("wiederhole #12") == Again(12)
