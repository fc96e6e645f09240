"""The voice department: chooses who listens, says what is missing, keeps what nobody understood."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from company.clock import Clock
from company.config_voice import VoiceSettings
from company.records import Condition, Health
from company.speech_records import Heard, Kept, Recording, Transcript, Why
from voice.engines import Engine, Lack
from voice.keeping import Keeping

SWEEP_EVERY_S = 6 * 3600.0
_OFF = Lack("voice notes are turned off", 'set [voice] engine = "auto"')
_DOES = {"grammar": "spoken commands, in English", "whisper": "free speech, on this machine", "openai": "free speech"}


class ListeningRoom:
    """A department (`company.department.Department`) and the port `Transcriber`.

    Args:
        settings: the [voice] table.
        engines: by their names in the settings, best first.
        folder: where recordings are kept that were not understood.
        clock: the house's time.
    """

    name = "voice"

    def __init__(
        self, settings: VoiceSettings, engines: Sequence[tuple[str, Engine]], folder: Path, clock: Clock
    ) -> None:
        self._settings = settings
        self._engines = engines
        self._folder = folder
        self._keeping = Keeping(folder, days=settings.keep_days, most_bytes=settings.keep_mb * 1_000_000)
        self._clock = clock
        self._one = asyncio.Lock()
        self._heard = dict.fromkeys(Heard, 0)

    @property
    def longest_s(self) -> int:
        """The longest recording that is listened to, seconds."""
        return self._settings.longest_s

    async def open(self) -> None:
        """Nothing is acquired: engines load when somebody speaks."""

    async def run(self) -> None:
        """Take old recordings away, until cancelled."""
        while True:
            await asyncio.to_thread(self._keeping.sweep, self._clock.now() / 1000)
            await self._clock.sleep(SWEEP_EVERY_S)

    async def close(self) -> None:
        """Let go of connections."""
        for _, engine in self._engines:
            await engine.close()

    async def check(self) -> Health:
        """Who listens, or what is missing."""
        facts = {kind.value: number for kind, number in self._heard.items()}
        name, engine, lack, passed_over = await asyncio.to_thread(self._choose)
        if engine is None:
            return Health(part=self.name, condition=Condition.OFF, detail=lack.detail, mend=lack.mend, facts=facts)
        if passed_over is not None:
            detail = f"{passed_over.detail}; meanwhile {_DOES[name]}"
            return Health(
                part=self.name, condition=Condition.WARNING, detail=detail, mend=passed_over.mend, facts=facts
            )
        return Health(part=self.name, condition=Condition.OK, detail=f"{engine.name}: {_DOES[name]}", facts=facts)

    async def transcribe(self, recording: Recording) -> Transcript:
        """What was said in it; one recording at a time. Never raises for a bad one or a missing engine."""
        _, engine, lack, _ = await asyncio.to_thread(self._choose)
        if engine is None:
            heard = Transcript(kind=Heard.NOTHING, engine="", why=Why.NO_ENGINE, detail=lack.mend)
        else:
            async with self._one:
                heard = await engine.transcribe(recording)
        self._heard[heard.kind] += 1
        return heard

    async def keep(self, recording: Recording) -> Kept:
        """Put a recording away; `Kept.place` is "" when the settings keep none."""
        now_s = self._clock.now() / 1000
        path = await asyncio.to_thread(self._keeping.put, recording.name, recording.data, now_s)
        return Kept(place=f"{self._folder.name}/{path.name}" if path else "", days=self._settings.keep_days)

    def _choose(self) -> tuple[str, Engine | None, Lack, Lack | None]:
        """The engine that listens now; else what it lacks; and the lack of a configured one that was passed over."""
        wanted, passed_over, last = self._settings.engine, None, _OFF
        if wanted == "off":
            return "", None, _OFF, None
        for name, engine in self._engines:
            if wanted not in ("auto", name) or (wanted == "auto" and not self._configured(name)):
                continue
            last_lack = engine.lack()
            if last_lack is None:
                return name, engine, _OFF, passed_over
            last = last_lack
            passed_over = passed_over or last_lack
        return "", None, last, None

    def _configured(self, name: str) -> bool:
        """Whether somebody asked for it; the grammar needs no asking."""
        return {"whisper": bool(self._settings.whisper_model), "openai": bool(self._settings.base_url)}.get(name, True)
