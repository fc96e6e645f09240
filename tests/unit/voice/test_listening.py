"""Real recordings through the real child process; and files that are none."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import wave
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace

import av
import numpy
import pytest

from company.config_voice import VoiceSettings
from company.speech_records import Heard, Recording, Transcript, Why
from tests.fakes.speech import ogg_opus, silence, speaks, voice_note
from voice import whisper
from voice.decoding import RATE, samples
from voice.engines import GrammarEngine, WhisperEngine
from voice.listening import listen
from voice.wire import Answer, Task, read_answer

ROOT = Path(__file__).parents[3]


@pytest.fixture
def spoken() -> None:
    speaks()


async def hear(data: bytes, **settings: object) -> Transcript:
    engine = GrammarEngine(VoiceSettings.model_validate(settings))
    return await engine.transcribe(Recording(data=data, name="note.ogg", person_id="p"))


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(
    ("text", "command"), [("what is the status", "status"), ("cost this week", "cost"), ("stop everything", "stop")]
)
async def test_a_spoken_command_is_heard(text: str, command: str) -> None:
    heard = await hear(voice_note(text))
    assert heard.kind in (Heard.COMMAND, Heard.LIKELY)
    assert heard.commands[0].name == command
    assert heard.engine == "grammar"
    assert 1 < heard.seconds < 3


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize("text", ["write a report about solar panels", "transfer five hundred dollars to anna"])
async def test_another_sentence_is_not_taken_for_a_command(text: str) -> None:
    heard = await hear(voice_note(text))
    assert (heard.kind, heard.why, heard.commands) == (Heard.NOTHING, Why.NOT_UNDERSTOOD, ())


async def test_silence_is_said_to_be_silence() -> None:
    heard = await hear(silence(2.0))
    assert (heard.kind, heard.why) == (Heard.NOTHING, Why.SILENT)


async def test_a_long_recording_is_not_listened_to() -> None:
    heard = await hear(silence(3.0), longest_s=2)
    assert (heard.kind, heard.why) == (Heard.NOTHING, Why.TOO_LONG)


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n"


@pytest.mark.parametrize(
    "data",
    [b"", b"no sound", silence(1.0)[:200], b"OggS" + bytes(5000), PLAYLIST, b"ID3" + PLAYLIST, b"RIFF" + bytes(100)],
    ids=["empty", "text", "cut off", "zeroes", "playlist", "playlist as mp3", "bad wav"],
)
async def test_what_is_no_recording_is_said_to_be_none(data: bytes) -> None:
    heard = await hear(data)
    assert (heard.kind, heard.why) == (Heard.NOTHING, Why.UNREADABLE)


async def test_other_containers_are_read_too() -> None:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(4 * 8000))
    answer = await listen(file.getvalue(), Task(what="measure", longest_s=10, seconds=30, memory_mb=1024))
    assert answer.why is None
    assert answer.seconds == pytest.approx(1.0, abs=0.05)


def test_whisper_is_given_the_folder_and_nothing_to_download(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library stands in here: its models are not ours to bring."""
    asked: list[dict[str, object]] = []

    class WhisperModel:
        def __init__(self, path: str, **how: object) -> None:
            asked.append({"path": path, **how})

        def transcribe(self, sound: io.BytesIO, **how: object) -> tuple[Iterator[SimpleNamespace], SimpleNamespace]:
            with wave.open(sound) as file:
                asked.append({"seconds": file.getnframes() / file.getframerate(), **how})
            pieces = (SimpleNamespace(text=f" {word} ") for word in ("Guten", "Tag."))
            return pieces, SimpleNamespace(language="de")

    monkeypatch.setitem(sys.modules, "faster_whisper", SimpleNamespace(WhisperModel=WhisperModel))
    assert whisper.write_out(bytes(2 * RATE), tmp_path, "") == ("Guten Tag.", "de")
    made, used = asked
    assert made == {"path": str(tmp_path), "device": "cpu", "compute_type": "int8", "local_files_only": True}
    assert (used["seconds"], used["language"]) == (1.0, None)


async def test_a_long_note_is_turned_away_quickly() -> None:
    """Twenty seconds of noise, or of talk, are no command: no model is loaded for them."""
    answer = await listen(ogg_opus(noise(20)), Task(what="grammar", longest_s=60, seconds=30, memory_mb=1024))
    assert answer.hypotheses is not None
    assert answer.hypotheses.phrase == ""


async def test_a_child_that_takes_too_long_or_too_much_is_ended() -> None:
    late = await listen(ogg_opus(noise()), Task(what="grammar", longest_s=60, seconds=0.05, memory_mb=1024))
    assert (late.why, late.detail) == (Why.FAILED, "it took longer than 0.05 seconds")
    small = await listen(ogg_opus(noise()), Task(what="grammar", longest_s=60, seconds=30, memory_mb=1))
    assert small.why is Why.FAILED  # by its own word or by the kernel: systems differ in where it ends


def test_a_decoder_without_memory_does_not_blame_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise av.error.MemoryError(12, "Cannot allocate memory")

    monkeypatch.setattr(av, "open", full)
    with pytest.raises(MemoryError):
        samples(ogg_opus(noise(1)), 60)


def noise(seconds: int = 4) -> numpy.ndarray:
    return numpy.random.default_rng(1).normal(0, 0.1, 22_050 * seconds).astype(numpy.float32)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"{}",
        b'{"seconds": "x"}',
        b'{"seconds": 1, "phrase": "status"}',
        b"\xff",
        b'{"seconds":1,"phones":3}x',
    ],
)
def test_nothing_a_child_says_is_trusted_further_than_its_shape(said: bytes) -> None:
    assert read_answer(said).why is Why.UNREADABLE


def test_the_answer_of_a_child_is_bounded() -> None:
    said = {
        "seconds": 1, "phrase": "x" * 9999, "phones": ["AA"] * 9999, "speech_s": 1, "free_phones": [],
        "all_phones": {"status": ["S"], "made up": ["S"]},
    }  # fmt: skip
    hypotheses = read_answer(json.dumps(said).encode()).hypotheses
    assert hypotheses is not None
    assert (len(hypotheses.phrase), len(hypotheses.phones), set(hypotheses.all_phones)) == (200, 1000, {"status"})
    assert read_answer(b'{"refused": "KeyError"}') == Answer(why=Why.FAILED, detail="KeyError")


def test_whisper_says_what_it_lacks(tmp_path: Path) -> None:
    def lack(**settings: object) -> str:
        found = WhisperEngine(VoiceSettings.model_validate(settings), tmp_path).lack()
        return f"{found.detail}; {found.mend}" if found else ""

    assert lack() == "no Whisper model is named; set [voice] whisper_model to its folder"
    missing = lack(whisper_model="models/small")
    assert missing == f"there is no Whisper model in {tmp_path / 'models/small'}; put one there: docs/voice.md says how"
    (tmp_path / "models/small").mkdir(parents=True)
    (tmp_path / "models/small/model.bin").write_bytes(b"")
    assert lack(whisper_model="models/small") in (
        "", "faster-whisper is not installed; make install GROUPS=whisper"
    )  # fmt: skip


async def test_a_child_without_the_library_ends_before_it_reads() -> None:
    task = Task(what="grammar", longest_s=5, seconds=20, memory_mb=1024)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-S", "-m", "voice", json.dumps(asdict(task)), str(os.getpid()), cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await child.communicate()
    assert (child.returncode, said) == (1, b"")
