"""What a request asks for that can be counted: only where its words leave no doubt."""

from __future__ import annotations

import pytest

from company.language.asks import most_words


@pytest.mark.parametrize(
    ("request_text", "most"),
    [
        ("Explain tides in at most 100 words.", 100),
        ("Explain tides in no more than 80 words, for children.", 80),
        ("A summary, 50 words at most, please", 50),
        ("Erkläre Ebbe und Flut in höchstens 60 Wörtern.", 60),
        ("Explique les marées en 70 mots maximum.", 70),
        ("Explica las mareas con no más de 90 palabras.", 90),
        ("Объясни приливы, не более 40 слов.", 40),
        ("用不超过50字解释潮汐。", 50),
        ("Explain tides.", None),
        ("Explain tides in 100 words.", None),
        ("Write an article with a title of at most 8 words.", None),
        ("Give five ideas, each in at most 20 words.", None),
        ("An essay of 500 words with a teaser of at most 30 words.", None),
        ("Schreibe Punkte mit jeweils höchstens 10 Wörtern.", None),
        ("Donne dix idées, chaque idée en 15 mots maximum.", None),
        ("The form says “at least 20 words”. What does it want?", None),
        ("每条不超过20字，给我五条建议。", None),
    ],
)
def test_how_many_words_the_whole_answer_may_have(request_text: str, most: int | None) -> None:
    assert most_words(request_text) == most
