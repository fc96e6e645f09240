"""Who can listen on this machine: free dictation by Whisper, and the commands of a grammar. Each says what it lacks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from company.config_voice import VoiceSettings
from company.speech_records import Heard, Recording, Transcript, Why
from voice.listening import listen
from voice.rule import judge
from voice.wire import Answer, Task

MEND = "make install GROUPS=voice"
MEND_WHISPER = "make install GROUPS=whisper"
_SECONDS, _MEMORY_MB = 60.0, 1024
_WHISPER_SECONDS, _WHISPER_MEMORY_MB = 900.0, 8192
ENOUGH_CHARACTERS = 1  # of a transcript; less is silence


@dataclass(frozen=True, slots=True)
class Lack:
    """What an engine lacks, and the mend."""

    detail: str
    mend: str


class Engine(Protocol):
    """One way to listen."""

    name: str

    def lack(self) -> Lack | None:
        """What is missing; None when it can work. Looks at the disk, imports nothing. Blocks."""
        ...

    async def transcribe(self, recording: Recording) -> Transcript:
        """What was said; never raises for a bad recording."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


def installed(*modules: str) -> bool:
    """Whether libraries are there; imports nothing. Blocks."""
    return all(find_spec(module) is not None for module in modules)


class GrammarEngine:
    """Hears spoken commands in English, and nothing else."""

    name = "grammar"

    def __init__(self, settings: VoiceSettings) -> None:
        self._task = Task(what="grammar", longest_s=settings.longest_s, seconds=_SECONDS, memory_mb=_MEMORY_MB)

    def lack(self) -> Lack | None:
        """The libraries of the group `voice`."""
        return None if installed("av", "pocketsphinx") else Lack("no speech engine is installed", MEND)

    async def transcribe(self, recording: Recording) -> Transcript:
        """A command, perhaps one, or nothing."""
        answer = await listen(recording.data, self._task)
        if answer.why is not None or answer.hypotheses is None:
            return unheard(self.name, answer)
        kind, commands = judge(answer.hypotheses)
        if kind is Heard.NOTHING:
            why = Why.NOT_UNDERSTOOD if answer.hypotheses.speech_s else Why.SILENT
            return Transcript(kind=kind, engine=self.name, seconds=answer.seconds, why=why)
        return Transcript(
            kind=kind, engine=self.name, text=commands[0].phrase, language="en", seconds=answer.seconds,
            commands=commands,
        )  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""


class WhisperEngine:
    """Writes out what is said, by a Whisper model on this machine."""

    def __init__(self, settings: VoiceSettings, root: Path) -> None:
        self._language = settings.language
        self._folder = root / settings.whisper_model if settings.whisper_model else None
        self._longest_s = settings.longest_s
        self.name = f"whisper {self._folder.name}" if self._folder is not None else "whisper"

    def lack(self) -> Lack | None:
        """The library, the setting, or the model."""
        if self._folder is None:
            return Lack("no Whisper model is named", "set [voice] whisper_model to its folder")
        if not (self._folder / "model.bin").is_file():
            return Lack(f"there is no Whisper model in {self._folder}", "put one there: docs/voice.md says how")
        return None if installed("av", "faster_whisper") else Lack("faster-whisper is not installed", MEND_WHISPER)

    async def transcribe(self, recording: Recording) -> Transcript:
        """The words."""
        task = Task(
            what="whisper", longest_s=self._longest_s, seconds=_WHISPER_SECONDS, memory_mb=_WHISPER_MEMORY_MB,
            model=str(self._folder), language=self._language,
        )  # fmt: skip
        answer = await listen(recording.data, task)
        return unheard(self.name, answer) if answer.why is not None else written(self.name, answer)

    async def close(self) -> None:
        """Nothing is held."""


def unheard(engine: str, answer: Answer) -> Transcript:
    """A recording that could not be listened to."""
    return Transcript(
        kind=Heard.NOTHING, engine=engine, seconds=answer.seconds, why=answer.why or Why.FAILED, detail=answer.detail
    )


def written(engine: str, answer: Answer) -> Transcript:
    """Words, or silence."""
    text = " ".join(answer.text.split())
    if len(text) < ENOUGH_CHARACTERS:
        return Transcript(kind=Heard.NOTHING, engine=engine, seconds=answer.seconds, why=Why.SILENT)
    return Transcript(
        kind=Heard.TEXT, engine=engine, text=text, language=answer.language, seconds=answer.seconds
    )  # fmt: skip
