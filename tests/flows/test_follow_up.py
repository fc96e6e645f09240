"""A section of an answer is asked about: by its label, in words, by its button; the old answer is not told again."""

from __future__ import annotations

from company.records import State
from tests.fakes.models import Reply
from tests.flows.company import OWNER, Lab

PLAN = "\n\n".join(
    f"## {number}. {title}\n{text}"
    for number, title, text in (
        (1, "Budget", "Set aside a sum for the van and another one for the deposit, and keep a reserve for what nobody "
         "foresees; the reserve is what people forget most often when they plan such a thing."),
        (2, "Schools", "Write to the schools in good time, because the lists close early in spring, and ask which papers "
         "they want to see; some of them want the reports of the last two years."),
        (3, "Transport", "The tram runs often enough that a car is not needed; a pass for the month is cheaper than single "
         "tickets for whoever rides on more than ten days."),
    )
)  # fmt: skip
ASKED = "Please write a short plan for moving to another city, with three sections."
MORE = "Schools ask for the last two reports; write to them in January."


async def _plan(lab: Lab):
    lab.anthropic.reply_with(Reply(PLAN), Reply(MORE))
    await lab.ask(ASKED)
    await lab.until(lambda order: order.state is State.DELIVERED, 1)
    return next(shown for shown in lab.telegram.sent(OWNER) if "Transport" in shown.text)


async def test_in_words_without_the_old_answer(lab: Lab):
    await _plan(lab)
    said = await lab.ask("tell me more about the second one")
    assert "write to them in January" in said.text
    prompt = lab.anthropic.asks[-1].text
    assert "[S2] Schools" in prompt
    assert "moving to another city" in prompt
    for sentence in ("the lists close early", "what people forget", "cheaper than single tickets"):
        assert sentence not in prompt


async def test_by_its_button_once(lab: Lab):
    shown = await _plan(lab)
    labels = [button["text"] for button in shown.buttons]
    assert [label for label in labels if label.startswith("S") and label[1:].isdecimal()] == ["S1", "S2", "S3"]
    await lab.telegram.press(OWNER, shown.message_id, text="S2")
    await lab.said("write to them in January")
    await lab.telegram.press(OWNER, shown.message_id, text="S2")
    await lab.toast()
    assert [row.number for row in await lab.orders()] == [1, 2]
    assert "[S2] Schools" in lab.anthropic.asks[-1].text


async def test_pure_anaphora_asks_which_and_costs_nothing(lab: Lab):
    await _plan(lab)
    calls = len(lab.anthropic.calls)
    asked = await lab.ask("detail that")
    assert "Which one do you mean?" in asked.text
    assert "S2 Schools" in asked.text
    assert len(lab.anthropic.calls) == calls
    await lab.telegram.press(OWNER, asked.message_id, text="S2")
    await lab.said("write to them in January")
