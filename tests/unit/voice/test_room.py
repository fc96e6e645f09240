"""Who listens, what is missing, what is kept and for how long."""

from __future__ import annotations

import asyncio
import contextlib
import stat
from pathlib import Path

import pytest

from company.config_voice import VoiceSettings
from company.records import Condition
from company.speech_records import Heard, Recording, Transcript, Why
from tests.fakes.clock import TurnedClock
from voice.engines import Lack
from voice.keeping import DAY_S
from voice.room import SWEEP_EVERY_S, ListeningRoom

NOTE = Recording(data=b"sound", name="note-7.ogg", person_id="p")


class Ear:
    def __init__(self, name: str, lack: Lack | None = None) -> None:
        self.name, self._lack, self.closed = name, lack, False

    def lack(self) -> Lack | None:
        return self._lack

    async def transcribe(self, recording: Recording) -> Transcript:
        return Transcript(kind=Heard.TEXT, engine=self.name, text="hello")

    async def close(self) -> None:
        self.closed = True


def room(
    folder: Path, clock: TurnedClock, *, whisper: str = "", openai: str = "", grammar: str = "", **settings: object
) -> ListeningRoom:
    lacks = {name: Lack(text, f"mend {name}") if text else None
             for name, text in (("whisper", whisper), ("openai", openai), ("grammar", grammar))}  # fmt: skip
    engines = [(name, Ear(name, lack)) for name, lack in lacks.items()]
    return ListeningRoom(VoiceSettings.model_validate(settings), engines, folder / "voice", clock)


@pytest.mark.parametrize(
    ("settings", "lacks", "engine", "condition"),
    [
        ({}, {}, "grammar", Condition.OK),
        ({"whisper_model": "small"}, {}, "whisper", Condition.OK),
        ({"base_url": "http://127.0.0.1:1/v1"}, {}, "openai", Condition.OK),
        ({"whisper_model": "small"}, {"whisper": "no model"}, "grammar", Condition.WARNING),
        ({}, {"grammar": "nothing installed"}, "", Condition.OFF),
        ({"engine": "off"}, {}, "", Condition.OFF),
        ({"engine": "whisper"}, {"whisper": "no model"}, "", Condition.OFF),
        ({"engine": "grammar", "whisper_model": "small"}, {}, "grammar", Condition.OK),
    ],
)
async def test_the_best_configured_engine_listens_and_what_is_missing_is_said(
    tmp_path: Path, clock: TurnedClock, settings: dict[str, object], lacks: dict[str, str], engine: str,
    condition: Condition,
) -> None:  # fmt: skip
    ears = room(tmp_path, clock, **lacks, **settings)
    heard, health = await ears.transcribe(NOTE), await ears.check()
    assert (heard.engine, health.condition) == (engine, condition)
    assert (heard.kind is Heard.TEXT) == bool(engine)
    if not engine:
        assert heard.why is Why.NO_ENGINE
        assert health.mend == heard.detail != ""
    if condition is Condition.WARNING:
        assert health.detail == "no model; meanwhile spoken commands, in English"
        assert health.mend == "mend whisper"
    await ears.close()


async def test_nothing_goes_to_a_server_that_nobody_named(tmp_path: Path, clock: TurnedClock) -> None:
    ears = room(tmp_path, clock, grammar="not installed")
    assert (await ears.transcribe(NOTE)).engine == ""


async def test_a_recording_is_kept_for_its_user_alone_and_for_a_while(tmp_path: Path, clock: TurnedClock) -> None:
    ears = room(tmp_path, clock, keep_days=30)
    running = asyncio.create_task(ears.run())
    kept = await ears.keep(NOTE)
    path = tmp_path / kept.place
    assert (kept.place, kept.days) == ("voice/note-7.ogg", 30)
    assert path.read_bytes() == b"sound"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert (await ears.keep(NOTE)).place == kept.place  # the same one again
    await clock.until_asleep()
    clock.turn(29 * DAY_S)
    await clock.until_asleep()
    assert path.exists()
    clock.turn(DAY_S + SWEEP_EVERY_S)
    await clock.until_asleep()
    assert not path.exists()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_the_oldest_make_room_and_no_name_leads_out_of_the_folder(tmp_path: Path, clock: TurnedClock) -> None:
    ears = room(tmp_path, clock, keep_mb=1)
    for number in range(4):
        await ears.keep(Recording(data=bytes(300_000), name=f"../../{number}.ogg", person_id="p"))
        clock.turn(1)
    assert sorted(path.name for path in (tmp_path / "voice").iterdir()) == ["_.._1.ogg", "_.._2.ogg", "_.._3.ogg"]
    assert (await ears.keep(Recording(data=bytes(2_000_000), name="big.ogg", person_id="p"))).place == ""
    none = room(tmp_path / "other", clock, keep_days=0)
    assert (await none.keep(NOTE)).place == ""
    assert not (tmp_path / "other").exists()
