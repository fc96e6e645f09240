"""A real voice note, spoken by espeak-ng and packed as Telegram packs it, through the whole company to its answer."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from company.records import State
from tests.fakes.models import Reply
from tests.fakes.speech import speaks, voice_note
from tests.flows.company import OWNER, Lab, a_lab

FREE_SPEECH = "How many months is the notice period?"


@pytest.fixture(autouse=True)
def spoken() -> None:
    speaks()


async def speak(lab: Lab, text: str) -> bytes:
    """Send it; what was sent."""
    note = voice_note(text)
    await lab.telegram.send_file(OWNER, note, "note.ogg", "audio/ogg", kind="voice", seconds=2)
    return note


async def test_a_spoken_status_is_answered_with_the_status(lab: Lab):
    await speak(lab, "what is the status")
    assert (await lab.said("🎙")).text == "🎙 “what is the status”"
    answered = await lab.said("NEXUS 0.1.0", "Employees")
    assert answered.message_id > (await lab.said("🎙")).message_id
    assert await lab.orders() == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_spoken_stop_stops_only_when_it_is_pressed(lab: Lab):
    lab.anthropic.reply_when(".", Reply("Slow.", latency_s=30))
    await lab.telegram.say(OWNER, "Write a poem about the sea.")
    await lab.until(lambda found: found.state is State.WORKING, 1)
    await speak(lab, "stop everything")
    shown = await lab.said("🎙 “stop everything”")
    assert (await lab.order(1)).state is State.WORKING
    await lab.telegram.press(OWNER, shown.message_id, text="stop everything")
    assert (await lab.until(lambda found: found.state.ended, 1)).state is State.STOPPED


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_was_not_understood_is_kept_for_its_owner_alone(lab: Lab):
    note = await speak(lab, "write a report about solar panels")
    shown = await lab.said("I hear only short English commands", "30 days")
    (kept,) = (lab.company.data_dir / "voice").iterdir()
    assert f"voice/{kept.name}" in shown.text
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.read_bytes() == note
    assert await lab.orders() == []


async def test_a_server_writes_it_out_and_is_paid_by_the_second(tmp_path: Path):
    async with a_lab(tmp_path) as lab:
        lab.openai.transcripts.append(FREE_SPEECH)
        lab.environment |= {
            "NEXUS_VOICE__BASE_URL": lab.openai.base_url, "NEXUS_VOICE__DOLLARS_PER_MINUTE": "0.006",
            "VOICE_API_KEY": lab.openai.api_key,
        }  # fmt: skip
        lab.anthropic.reply_when("notice period", "Three months.")
        await lab.open()
        await lab.pair()
        note = await speak(lab, FREE_SPEECH)
        assert (await lab.said("🎙")).text == f"🎙 “{FREE_SPEECH}”"
        await lab.said("Three months.")
        (sent,) = lab.openai.recordings
        assert (sent.model, sent.name, sent.data) == ("whisper-1", "note.ogg", note)
        order = await lab.order(1)
        assert (order.text, order.attached, [block.source for block in order.blocks]) == (
            FREE_SPEECH,
            set(),
            ["voice note"],
        )
        (paid,) = [row for row in await lab.ledger() if row.employee == "voice"]
        assert (paid.charged_micro, paid.state, paid.input_tokens) == (300, "charged", 0)


async def test_without_a_price_nothing_is_sent(tmp_path: Path):
    async with a_lab(tmp_path, NEXUS_VOICE__ENGINE="openai") as lab:
        lab.environment |= {"NEXUS_VOICE__BASE_URL": lab.openai.base_url, "VOICE_API_KEY": lab.openai.api_key}
        await lab.open()
        await lab.pair()
        await speak(lab, FREE_SPEECH)
        await lab.said("no speech engine is ready", "dollars_per_minute")
        assert lab.openai.recordings == []
        assert lab.openai.counts == {}
