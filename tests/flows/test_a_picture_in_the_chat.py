"""A photo of a letter with a question under it: read on this machine, asked about, answered with its source."""

from __future__ import annotations

import shutil

import pytest

from bot.pictures import Canvas, Studio
from company.config import OpenAISettings
from company.records import State
from tests.flows.company import OWNER, PATIENCE_S, Lab

NO_MODEL = {"ANTHROPIC_API_KEY": "", "NEXUS_OPENAI__BASE_URL": OpenAISettings().base_url}
LETTER = (
    "Gas works of Mill Lane", "", "Dear customer,", "the yearly inspection of your boiler is on 4 March 2027.",
    "Our engineer needs access to the cellar.", "The inspection costs 89 euros.",
)  # fmt: skip
pytestmark = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed here")


async def photographed(*lines: str) -> bytes:
    """A letter as a photo of it would be: words as pixels."""
    canvas = Canvas(560, 380)
    for number, line in enumerate(lines):
        canvas.words(40, 60 + 34 * number, line, size=17)
    return await Studio().draw(canvas.page())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL)
async def test_a_photo_of_a_letter_is_read_and_its_question_answered(lab: Lab):
    letter = await photographed(*LETTER)
    await lab.telegram.send_file(
        OWNER, letter, "x.jpg", "image/jpeg", kind="photo", caption="How much does the inspection cost?"
    )
    shown = await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S, where=lambda shown: "89" in shown.text)
    assert "89 euros" in shown.text
    await lab.until(lambda found: found.state is State.DELIVERED, 1)
    await lab.telegram.press(OWNER, shown.message_id, text="Sources")
    sources = await lab.said("Sources", "89 euros")
    assert "photo-" in sources.text
    assert "expandable_blockquote" in {entity["type"] for entity in sources.entities}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL)
async def test_a_reply_to_a_photo_asks_about_that_photo(lab: Lab):
    for lines in (LETTER, ("Water works", "", "The inspection costs 15 euros.")):
        await lab.telegram.send_file(OWNER, await photographed(*lines), "x.jpg", "image/jpeg", kind="photo")
        read = await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
        assert "is read" in read.text
    first = next(one for one in lab.telegram.messages(OWNER) if one.kind == "photo")
    shown = await lab.ask("How much does the inspection cost?", reply_to=first.message_id)
    assert "89 euros" in shown.text
    assert "15 euros" not in shown.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_model_is_shown_a_photo_that_is_asked_about_without_a_word_of_it(lab: Lab):
    lab.anthropic.reply_when("(?s)costs 89 euros.*What does it say", "An inspection for 89 euros [1].")
    lab.anthropic.reply_when(".", "I don't know.")
    await lab.telegram.send_file(
        OWNER, await photographed(*LETTER), "x.jpg", "image/jpeg", kind="photo", caption="What does it say?"
    )
    await lab.said("An inspection for 89 euros [1].")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.settings(**NO_MODEL)
async def test_a_photo_without_words_says_so_and_still_takes_the_question(lab: Lab):
    await lab.telegram.send_file(
        OWNER, await photographed(), "x.jpg", "image/jpeg", kind="photo", caption="What is this?"
    )
    said = await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    assert said.text.endswith("can't be used: no text was found in the image.")
    answer = await lab.telegram.next_answer(OWNER, timeout=PATIENCE_S)
    assert answer.text.endswith("QA passed")
    assert (await lab.order(1)).text == "What is this?"
