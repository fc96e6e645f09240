"""What QA found, as the reader of the answer is told it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from company.operations.found import _SORTS, reasons
from company.records import Finding, Outcome, Verdict
from company.texts import LANGUAGES, Texts
from qa.layers import LAYERS, UNDECIDED

QA = Path(__file__).parents[3] / "qa"


def told(message: str, code: str = "sum-wrong", *, language: str = "en", outcome: Outcome = Outcome.FAIL) -> list[str]:
    finding = Finding(layer="x", code=code, message=message)
    verdict = Verdict(outcome=outcome, spec="chat", spec_version=1, findings=(finding, finding))
    return reasons(Texts(), language, verdict, most=2)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("The request asks for three (3); the answer lists 2. Add the rest.",
         "The request asks for three (3); the answer lists 2"),
        ("“Reminder set”: no tool of this order did that (nothing was scheduled). Do it with a tool, or say plainly that "
         "it was not done.", "“Reminder set”: no tool of this order did that (nothing was scheduled)"),
        ("The quotation of [1] is not in notes. Old.md. Quote it word for word.",
         "The quotation of [1] is not in notes. Old.md"),
        ("“I'll call back”: nothing follows. Do the work now, or say plainly what can't be done.",
         "“I'll call back”: nothing follows"),
        ("The answer must contain 'A. B' and does not.", "The answer must contain 'A. B' and does not"),
        ("The answer must not contain “Yes. No”.", "The answer must not contain “Yes. No”"),
        ("The answer is empty. Write the answer.", "The answer is empty"),
        ("One sentence alone.", "One sentence alone"),
    ],
)  # fmt: skip
def test_advice_is_for_the_employee(message: str, said: str) -> None:
    assert told(message) == [said]


def test_a_note_is_said_whole() -> None:
    message = "The code was not run: no sandbox is installed. Only its syntax was checked."
    assert told(message, "sandbox-missing", outcome=Outcome.UNVERIFIED) == [message.removesuffix(".")]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_other_languages_hear_what_sort_of_fault_it_is(language: str) -> None:
    heard = [told("English words. Mend them.", code, language=language) for code in _SORTS]
    assert all(len(one) == 1 and "English" not in one[0] for one in heard)
    assert len({one[0] for one in heard}) == len(set(_SORTS.values()))


def test_a_sort_that_nobody_named_is_told_in_english() -> None:
    assert told("Something new. Mend it.", "new-code", language="de") == ["Something new"]


def test_every_code_of_the_layers_has_its_sort() -> None:
    """But for the patches' and those that mean a broken house; a new code belongs into `_SORTS`."""
    sources = [QA / "inspector.py", *(QA / "layers" / f"{name}.py" for name in ("asked", "links", "names", "private"))]
    sources += [QA / "layers" / f"{'form' if name == 'format' else name}.py" for name, _ in LAYERS if name != "patch"]
    text = "\n".join(source.read_text(encoding="utf-8") for source in sources)
    codes = set(re.findall(r"(?:_finding|_note)\(\s*(?:\"[a-z]+\",\s*)?\"([a-z]+-[a-z-]+)\"", text)) | (
        UNDECIDED - {"refusal"}
    )
    known_exceptions = {"layer-broken", "no-spec", "pattern-timeout"}
    assert {code for code in codes if not code.startswith("patch")} - set(_SORTS) <= known_exceptions
