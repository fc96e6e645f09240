"""What a request demands of the answer's form is enforced: wrong twice, the next tier; never right, an honest label."""

from __future__ import annotations

import pytest

from company import people
from company.records import State
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab

LONG = "Paris is the capital of France and it lies on the river Seine, which runs through the middle of the city."
ENGLISH = (
    "The capital of France is Paris. It lies on the river Seine, has about two million people, and was the seat of kings "
    "for many centuries before it became that of the republic."
)
GERMAN = (
    "Die Hauptstadt von Frankreich ist Paris. Die Stadt liegt an der Seine, hat etwa zwei Millionen Einwohner und war "
    "viele Jahrhunderte lang der Sitz der Könige, bevor sie der der Republik wurde."
)
TABLE = "| city | river |\n|---|---|\n| Paris | Seine |\n| Rome | Tiber |"
CASES = [
    ("What is the capital of France? Answer in at most 10 words.", LONG, "It is Paris.", "allows 10 words"),
    ("What is the capital of France? Answer in German.", ENGLISH, GERMAN, "The request asks for German"),
    ("Show me two cities and their rivers in a table.", "Paris: Seine, Rome: Tiber.", TABLE, "asks for a table"),
    ("Remind me to call Anna.", "Reminder set!", "I have no tool for reminders here, so it is not set.", "no tool of this"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "wrong", "right", "finding"), CASES)
async def test_wrong_twice_is_for_the_next_tier(lab: Lab, request_: str, wrong: str, right: str, finding: str):
    lab.anthropic.reply_with(Reply(wrong), Reply(wrong), Reply(right))
    shown = await lab.ask(request_)
    models = [call.model for call in lab.anthropic.calls]
    assert len(models) == 3
    assert models[0] == models[1] != models[2]
    assert finding in lab.anthropic.asks[1].text, "what is wrong goes back to whoever wrote it"
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert order.answer == right
    assert order.label == ""
    assert wrong not in shown.text
    assert "Could not be verified" not in shown.text


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Could not be verified: “Reminder set”: no tool of this order did that (nothing was scheduled)"),
        ("de", "Nicht geprüft: sie behauptet etwas getan zu haben, das kein Werkzeug getan hat"),
    ],
)
async def test_never_right_is_labelled_in_the_readers_language(lab: Lab, language: str, label: str):
    owner = await lab.company.books.read(people.find, "telegram", str(OWNER))
    assert owner is not None
    await lab.company.operations.set_language(owner, language)
    lab.anthropic.answer = lambda ask: Reply("Reminder set!")
    shown = await lab.ask("Remind me to call Anna.")
    order = await lab.until(lambda found: found.state is State.DELIVERED, 1)
    assert order.label == label
    assert label in shown.text
    assert "Do it with a tool" not in shown.text
