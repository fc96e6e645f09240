"""The door to faster-whisper: samples become text, by a model on this machine. Used in the child process alone.

Nothing is downloaded: the model is a folder, and the child has no network. Source: github.com/SYSTRAN/faster-whisper.
"""

from __future__ import annotations

import io
import wave
from pathlib import Path

from voice.decoding import RATE

BEAM = 5  # the library's own default


def write_out(pcm: bytes, model: Path, language: str) -> tuple[str, str]:
    """The words and their language."""
    from faster_whisper import WhisperModel

    whisper = WhisperModel(str(model), device="cpu", compute_type="int8", local_files_only=True)
    pieces, info = whisper.transcribe(
        as_wave(pcm), language=language or None, beam_size=BEAM, vad_filter=True, condition_on_previous_text=False
    )
    return " ".join(piece.text.strip() for piece in pieces).strip(), str(info.language)


def as_wave(pcm: bytes) -> io.BytesIO:
    """Samples as a WAV file in memory."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(pcm)
    file.seek(0)
    return file
