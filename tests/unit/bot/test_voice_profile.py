"""/voice: each person is listened to as they chose; nothing of it lets a voice do more."""

from __future__ import annotations

import pytest

from bot.voice_profile import READ_ONLY, VoiceProfile
from company.records import Role
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, owner
from tests.unit.bot.test_voice_notes import MEMBER, labels, speak


async def said(reception: Reception, text: str, user: int = OWNER) -> str:
    await reception.fake.say(user, text)
    return (await reception.fake.next_answer(user)).text


async def test_a_language_of_ones_own_is_told_to_who_listens(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    await reception.start()
    assert "Language of your voice notes: Deutsch" in await said(reception, "/voice language de")
    for user in (OWNER, MEMBER):
        await speak(reception, b"'hello'", user)
        await reception.fake.next_answer(user)
    assert [one.language for one in reception.ears.heard] == ["de", "en"]
    assert "Language of your voice notes: English" in await said(reception, "/voice language auto")


async def test_with_a_wake_word_only_what_begins_with_it_is_a_command(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    assert "Wake word: Nexus" in await said(reception, "/voice wake Nexus")
    await speak(reception, b"'Nexus, what did this cost?'")
    assert (await fake.next_answer(OWNER)).text.startswith("🎙")
    assert "Cost, today" in (await fake.next_answer(OWNER)).text
    await speak(reception, b"'what did this cost?'")
    await fake.next_answer(OWNER)
    await fake.wait_for(lambda: reception.office.accepted)
    assert reception.office.accepted[0].text == "what did this cost?"
    await speak(reception, b"status!")  # a grammar can't hear the word: it asks
    assert "▶ status" in labels(await fake.next_answer(OWNER))


async def test_what_is_run_at_once_can_only_become_less(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    assert "Run at once: cost" in await said(reception, "/voice at-once cost")
    await speak(reception, b"status!")
    assert "▶ status" in labels(await fake.next_answer(OWNER))
    for wrong in (
        "/voice at-once stop",
        "/voice at-once cost stop",
        "/voice wake <b>",
        "/voice language Klingon",
        "/voice louder",
    ):
        assert "/voice at-once with some of" in await said(reception, wrong)
    assert "Run at once: cost\n" in await said(reception, "/voice")
    assert "audit, cost, help, knowledge, status" in await said(reception, "/voice at-once all")
    assert "Run at once: none" in await said(reception, "/voice at-once none")


@pytest.mark.parametrize(
    ("words", "rest"), [("Nexus, status", "status"), ("nexus status", "status"), ("nexuses", None), ("status", None)]
)
def test_the_wake_word(words: str, rest: str | None) -> None:
    assert VoiceProfile(wake="Nexus").without_wake(words) == rest
    assert VoiceProfile().without_wake(words) == words
    assert set(VoiceProfile().at_once) == READ_ONLY
