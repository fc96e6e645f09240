"""Layer 1: good and bad pairs for JSON, Markdown, cut-off answers and language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import Kind, Tier
from qa.case import of_text
from qa.layers import form
from qa.specs import FormatRules, Spec
from tests.unit.qa.making import case, codes, found

JSON_SPEC = Spec(name="json", format=FormatRules(type="json", required_keys=("status", "result")))
SHAPED = Spec(
    name="shaped",
    format=FormatRules(
        type="json",
        json_schema={
            "type": "object",
            "required": ["items"],
            "additionalProperties": False,
            "properties": {
                "items": {
                    "type": "array",
                    "minItems": 1,
                    "items": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}},
                }
            },
        },
    ),
)


def _codes(text: str, spec: Spec) -> list[str]:
    return [finding.code for finding in form.check(of_text(text, spec))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"status": 1, "result": null}', []),
        ('```json\n{"status": 1, "result": 2}\n```', []),
        ('[{"status": 1, "result": 2}]', []),
        ('{"status": 1}', ["key-missing"]),
        ('[{"status": 1, "result": 2}, {"result": 2}]', ["key-missing"]),
        ('"status result"', ["not-an-object"]),
        ('Here it is: {"status": 1, "result": 2}', ["not-json"]),
        ('{"status": 1, "result": 2', ["not-json"]),
        ("", ["empty"]),
        ("  \n ", ["empty"]),
        ("[" * 100_000, ["not-json"]),
    ],
)
def test_json(text: str, expected: list[str]) -> None:
    assert _codes(text, JSON_SPEC) == expected


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"items": [{"n": 1}]}', None),
        ('{"items": []}', "$.items"),
        ('{"items": [{"n": 1}, {"n": 0}]}', "$.items[1].n"),
        ('{"items": [{"n": "1"}]}', "$.items[0].n"),
        ('{"items": [{"n": 1}], "more": 1}', "$.more"),
        ("{}", "$.items"),
        ("[]", "$"),
    ],
)
def test_schema_names_the_place(text: str, path: str | None) -> None:
    findings = form.check(of_text(text, SHAPED))
    assert [finding.code for finding in findings] == ([] if path is None else ["schema"])
    assert path is None or f" {path} " in findings[0].message


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_value_is_json(value: object) -> None:
    import json

    spec = Spec(name="any", format=FormatRules(type="json"))
    assert "not-json" not in _codes(json.dumps(value), spec)


def test_lengths() -> None:
    spec = Spec(name="short", format=FormatRules(min_length=3, max_length=5))
    assert _codes("ab", spec) == ["too-short"]
    assert _codes("abc", spec) == []
    assert _codes("abcdef", spec) == ["too-long"]


def test_pattern_that_must_occur() -> None:
    spec = Spec(name="dated", format=FormatRules(pattern=r"\d{4}"))
    assert [f.code for f in form.check(of_text("in 2026", spec, pattern_hits=(r"\d{4}",)))] == []
    assert [f.code for f in form.check(of_text("soon", spec))] == ["pattern-missing"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Use this:\n\n```python\nprint(1)\n```\nDone.", []),
        ("Use this:\n\n```python\nprint(1)\n", ["fence-open"]),
        ("1. Do it:\n   ```sh\n   ls\n   ```\n2. Look.", []),
        ("~~~\n```\n~~~\n", []),
        ("| a | b |\n|---|---|\n| 1 | 2 |", []),
        ("a | b\n--- | ---\n1 | 2", []),
        ("| a | b |\n|---|---|\n| 1 \\| 2 | 3 |", []),
        ("| a | b |\n|---|---|\n| 1 | 2 | 3 |", ["table-broken"]),
        ("| a | b |\n|---|---|\n| 1 |", ["table-broken"]),
        ("| a | b |\n|---|\n| 1 | 2 |", ["table-broken"]),
        ("```\n| a | b |\n|---|\n```", []),
        ("Choose a | b, or c.\n\nNothing else.", []),
    ],
)
def test_markdown(text: str, expected: list[str]) -> None:
    assert codes(case(text)) == expected


LONG = "The first reason is the price, which has doubled since last year. The second reason is quality. "


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        (LONG + "The third reason is that the", True),
        (LONG + "In the end, the most important thing to look at when you compare offers", True),
        (LONG + "Compare the following,", True),
        (LONG + "Here is what I would do:", True),
        (LONG + "Die dritte Ursache ist der Preis und", True),
        (LONG + "The third reason is trust.", False),
        (LONG + "\n\n3. Thomas D. Seeley: „Bienendemokratie“", False),
        (LONG + "\n\n3. Peter Høeg: »Frøken Smilla«", False),
        (LONG + "He said “", True),
        (LONG + "\n\n- price\n- quality\n- the one you are looking for", False),
        (LONG + "\n\nKind regards,\nAnna", False),
        (LONG + "\n\n```\nls -la and\n```", False),
        (LONG + "\n\n## What is it for", False),
        (LONG + "See https://example.com/a-page-about-the", False),
        ("Yes, that is the", False),  # too short to judge
    ],
)
def test_cut_off(text: str, cut: bool) -> None:
    assert ("cut-off" in codes(case(text))) is cut


PROSE = {
    "en": "The meeting was moved to Thursday because half of the team is travelling this week. Please tell them what "
    "you would like to discuss and whether you can come.",
    "fr": "La réunion a été déplacée à jeudi parce que la moitié de l'équipe est en voyage cette "
    "semaine. Dites-nous ce "
    "que vous souhaitez aborder et si vous pouvez venir.",
    "de": "Die Besprechung wurde auf Donnerstag verlegt, weil die Hälfte des Teams diese Woche auf "
    "Reisen ist. Sagen Sie "
    "uns bitte, worüber Sie sprechen möchten und ob Sie kommen können.",
    "es": "La reunión se ha pasado al jueves porque la mitad del equipo está de viaje esta semana. "
    "Díganos de qué quiere "
    "hablar y si puede venir, para que lo tengamos en cuenta.",
    "ru": "Совещание перенесли на четверг, потому что половина команды на этой неделе в отъезде. "
    "Скажите, пожалуйста, о "
    "чём вы хотите поговорить и сможете ли прийти.",
    "zh": "会议改到星期四了，因为这个星期有一半的同事出差。"
    "请告诉我们您想讨论什么，以及您能不能来。如果不能来，我们可以把会议记录发给您。",
}


@pytest.mark.parametrize("wanted", PROSE)
@pytest.mark.parametrize("written", PROSE)
def test_language(wanted: str, written: str) -> None:
    assert codes(case(PROSE[written], language=wanted)) == ([] if wanted == written else ["language"])


@pytest.mark.parametrize(
    "looked_at",
    [
        case(PROSE["de"], language="en", request="Write a note in German to the team"),
        case(PROSE["de"], language="en", kind=Kind.TRANSLATION),
        case(PROSE["de"], language="en", tier=Tier.CLERK, kind=Kind.CHAT),
        case("Il a dit : « " + PROSE["fr"] + " »", language="en"),
        case("> " + PROSE["fr"] + "\n\nThat is what they wrote.", language="en"),
        case("```\n" + PROSE["fr"] + "\n```", language="en"),
        case("Ja, klar.", language="en"),
        case(PROSE["en"], language="sv"),
        case(PROSE["en"], language=""),
    ],
)
def test_language_is_not_judged(looked_at: object) -> None:
    assert codes(looked_at) == []  # type: ignore[arg-type]


def test_a_finding_names_both_languages() -> None:
    said = found(case(PROSE["de"]), "language").message
    assert said == "The answer is written in German; the person reads English. Write it in English."
