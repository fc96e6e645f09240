"""`nexus eval`: the four measures tell known-bad answers and contexts from good ones, in six languages."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from company.errors import ConfigError
from company.language.tokens import language_of
from proving import add_eval_options, eval_command
from qa.evaluation.measures import Answered, faithfulness, precision, recall, relevance, scores
from qa.evaluation.sets import GOOD, HOUSE, MEASURES, evaluate, mean, read_set

SET = read_set(HOUSE)
RESULTS = evaluate(SET)
CONTEXT = "The library opens at nine and closes at six. Books may be borrowed for 28 days."


def answered(
    answer: str, *contexts: str, question: str = "How long may books be borrowed?", reference: str = ""
) -> Answered:
    return Answered(question=question, contexts=contexts or (CONTEXT,), answer=answer, reference=reference)


def test_the_set_has_six_languages_and_known_bad_answers() -> None:
    assert {language_of(one.question) for one in SET} == {"en", "fr", "de", "es", "ru", "zh"}
    assert len(SET) >= 20
    assert all(set(one.known_bad) == {"unfaithful", "irrelevant"} for one in SET)


@pytest.mark.parametrize(
    ("bad", "measure", "gap"),
    [
        ("unfaithful", "faithfulness", 0.8),
        ("irrelevant", "relevance", 0.5),
        ("contexts badly ranked", "precision", 0.4),
        ("contexts of another question", "precision", 0.9),
        ("contexts of another question", "recall", 0.9),
        ("contexts of another question", "faithfulness", 0.8),
    ],
)
def test_known_bad_answers_score_lower(bad: str, measure: str, gap: float) -> None:
    good_mean, bad_mean = mean(RESULTS[GOOD], measure), mean(RESULTS[bad], measure)
    assert good_mean is not None
    assert bad_mean is not None
    assert good_mean - bad_mean >= gap


@pytest.mark.parametrize("number", range(len(SET)), ids=lambda number: SET[number].question[:30])
def test_each_unfaithful_answer_scores_lower_than_the_good_one(number: int) -> None:
    good, bad = (RESULTS[name][number].faithfulness for name in (GOOD, "unfaithful"))
    assert good is not None
    assert bad is not None
    assert bad < good


def test_good_answers_score_well() -> None:
    assert all((mean(RESULTS[GOOD], measure) or 0) >= 0.9 for measure in MEASURES)


@pytest.mark.parametrize(
    ("answer", "share"),
    [
        ("Books may be borrowed for 28 days [1].", 1.0),
        ("You may borrow books for 28 days.", 1.0),
        ("Books may be borrowed for 21 days.", 0.0),
        ("Books may not be borrowed for 28 days.", 0.0),
        ("No: books may not be borrowed.", 0.0),
        ("Books may be borrowed for 28 days. Films cost two euros a night.", 0.5),
        ("The library closes at six. It opens at nine.", 1.0),
        ("Your documents do not say that.", 1.0),
    ],
)
def test_faithfulness(answer: str, share: float) -> None:
    assert faithfulness(answered(answer)) == share


def test_a_false_not_in_the_documents_is_not_faithful() -> None:
    one = answered("Your documents do not say that.", reference="Books may be borrowed for 28 days.")
    assert (faithfulness(one), relevance(one)) == (0.0, 0.0)


def test_relevance_wants_the_subject_and_the_sort() -> None:
    question = "Who answers for the keys of the library?"
    right, vague, other = (
        relevance(answered(text, "Ida Berg answers for the keys of the library. Dogs stay outside.", question=question))
        for text in ("Ida Berg answers for the keys of the library.", "the keys of the library", "Dogs stay outside.")
    )
    assert right == 1.0
    assert (other or 0) < (vague or 0) < right


def test_precision_looks_at_the_rank() -> None:
    noise, reference = "Dogs stay outside.", "Books may be borrowed for 28 days."
    assert precision(answered("x", CONTEXT, noise, reference=reference)) == 1.0
    assert precision(answered("x", noise, CONTEXT, reference=reference)) == 0.5
    assert precision(answered("x", noise, reference=reference)) == 0.0
    assert precision(answered("x", CONTEXT)) is None


def test_recall_counts_the_claims_of_the_reference() -> None:
    reference = "Books may be borrowed for 28 days. Films may be borrowed for 3 days."
    assert recall(answered("x", CONTEXT, reference=reference)) == 0.5
    assert recall(answered("x", "Dogs stay outside.", reference=reference)) == 0.0


@pytest.mark.parametrize("text", ["", "?", "。", "[1]", "no", "7" * 400])
def test_odd_texts_break_nothing(text: str) -> None:
    scores(Answered(question=text, contexts=(text,), answer=text, reference=text))


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_eval_options(parser)
    return parser.parse_args(arguments)


async def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "out" / "eval.json"
    assert await eval_command(tmp_path, options("--least", "0.9", "--report-json", str(report))) == 0
    assert "unfaithful" in capsys.readouterr().out
    assert json.loads(report.read_text())["answer"]["faithfulness"] == mean(RESULTS[GOOD], "faithfulness")


async def test_a_set_of_yours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "set.json"
    path.write_text(json.dumps([{"question": "How long?", "contexts": [CONTEXT], "answer": "Films cost two euros."}]))
    assert await eval_command(tmp_path, options(str(path), "--least", "0.5")) == 1
    assert "unfaithful" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "can't be read"),
        ("[]", "is empty"),
        ("{}", r"\$"),
        ('[{"question": "a", "contexts": "b", "answer": "c"}]', r"\$\[0\]\.contexts"),
        ('[{"question": "a", "contexts": [], "answer": "c", "colour": 1}]', r"\$\[0\]\.colour"),
    ],
)
def test_a_bad_set(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "set.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=sentence):
        read_set(path)


def test_a_missing_set(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such set"):
        read_set(tmp_path / "none.json")
