"""A server that writes recordings out: what it is sent, what it costs when it fails, and whose key it gets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from company import people
from company.books import SqliteBooks
from company.budget import Caps
from company.clock import SystemClock
from company.config import BudgetSettings, OpenAISettings, Settings
from company.config_voice import VoiceSettings
from company.records import Role
from company.schema import ledger
from company.secrets import Secret, Secrets
from company.speech_metering import SpeechTill
from company.speech_records import Heard, Recording, Transcript, Why
from tests.fakes.openai import FakeOpenAI
from tests.fakes.speech import silence
from voice.building import listening_room
from voice.endpoint import EndpointEngine

NOTE = silence(61.0)  # 62 seconds with the padding of the codec


@pytest.fixture
async def server() -> AsyncIterator[FakeOpenAI]:
    async with FakeOpenAI() as fake:
        yield fake


async def hear(
    server: FakeOpenAI, books: SqliteBooks, *, url: str = "", key: str = "", day: str = "5", **settings: object
) -> Transcript:
    """One recording through the engine, for a new person."""
    clock = SystemClock()
    values = {"base_url": url or server.base_url, "dollars_per_minute": Decimal("0.006"), "language": "de", **settings}
    till = SpeechTill(books, clock, Caps(BudgetSettings(day=Decimal(day)), ZoneInfo("UTC")), "test/1")
    engine = EndpointEngine(VoiceSettings.model_validate(values), Secret(key or server.api_key, "test"), till)
    person = await books.write(people.add, clock.now(), name="Ada", role=Role.BOARD, language="en", by="test")
    try:
        return await engine.transcribe(Recording(data=NOTE, name="voice-1-2.ogg", person_id=person.id))
    finally:
        await engine.close()


async def paid(books: SqliteBooks) -> list[tuple[str, int, str]]:
    columns = (ledger.c.state, ledger.c.charged_micro, ledger.c.outcome)
    return [tuple(row) for row in await books.read(lambda tx: tx.execute(select(*columns)).all())]


async def test_each_begun_second_is_paid(server: FakeOpenAI, books: SqliteBooks) -> None:
    server.transcripts.append(" Guten Tag. ")
    heard = await hear(server, books)
    assert (heard.kind, heard.text, heard.engine) == (Heard.TEXT, "Guten Tag.", "server whisper-1")
    (sent,) = server.recordings
    assert (sent.model, sent.language, sent.name, sent.data) == ("whisper-1", "de", "note.ogg", NOTE)
    ((state, charged, outcome),) = await paid(books)
    assert (state, outcome) == ("charged", "ok")
    assert 6_100 <= charged <= 6_200
    assert charged % 100 == 0


async def test_a_server_of_ones_own_is_counted_and_costs_nothing(server: FakeOpenAI, books: SqliteBooks) -> None:
    assert (await hear(server, books, dollars_per_minute=0)).kind is Heard.TEXT
    assert await paid(books) == [("charged", 0, "ok")]


@pytest.mark.parametrize(
    ("fault", "row"),
    [
        ("401", ("released", 0, "ModelRejected")),
        ("500", ("released", 0, "ModelUnavailable")),
        ("drop", ("charged", 6_200, "ModelUnavailable")),  # nobody knows what the server did
    ],
)
async def test_what_was_refused_is_free_and_what_was_lost_is_charged(
    server: FakeOpenAI, books: SqliteBooks, fault: str, row: tuple[str, int, str]
) -> None:
    server.faults.add(fault)
    heard = await hear(server, books)
    assert (heard.kind, heard.why) == (Heard.NOTHING, Why.FAILED)
    (found,) = await paid(books)
    assert (found[0], found[2]) == (row[0], row[2])
    assert abs(found[1] - row[1]) <= 100


async def test_a_server_that_is_away_costs_nothing_and_its_error_holds_no_key(
    server: FakeOpenAI, books: SqliteBooks
) -> None:
    heard = await hear(server, books, url="http://127.0.0.1:9/v1", key="sk-very-secret")
    assert (heard.why, heard.detail) == (Why.FAILED, "The server can't be reached (ConnectError).")
    assert await paid(books) == [("released", 0, "ModelUnavailable")]


async def test_a_cap_is_never_overshot(server: FakeOpenAI, books: SqliteBooks) -> None:
    heard = await hear(server, books, day="0.006")
    assert heard.why is Why.NO_MONEY
    assert "the company's cap for today" in heard.detail
    assert server.recordings == []
    assert await paid(books) == []


async def test_an_answer_that_is_no_transcript_is_charged_and_said(server: FakeOpenAI, books: SqliteBooks) -> None:
    heard = await hear(server, books, url=f"{server.base_url}/models?")  # the list of models
    assert (heard.why, heard.detail) == (Why.FAILED, "The server answered something else than a transcript.")
    assert [(state, charged > 0) for state, charged, _ in await paid(books)] == [("charged", True)]


def test_openais_key_goes_to_openai_alone(tmp_path: Path) -> None:
    def key(base_url: str, **environment: str) -> str | None:
        settings = Settings(voice=VoiceSettings(base_url=base_url))
        room = listening_room(settings, Secrets(tmp_path, environment), tmp_path, tmp_path, SystemClock(), None)
        engine = dict(room._engines)["openai"]
        assert isinstance(engine, EndpointEngine)
        return engine._server.key.reveal() if engine._server.key is not None else None

    ours = OpenAISettings().base_url
    assert key("https://other.example/v1", OPENAI_API_KEY="sk-openai") is None
    assert key(ours, OPENAI_API_KEY="sk-openai") == "sk-openai"
    assert key("https://other.example/v1", OPENAI_API_KEY="sk-openai", VOICE_API_KEY="sk-voice") == "sk-voice"
    assert key("", VOICE_API_KEY="sk-voice") is None
