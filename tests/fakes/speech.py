"""Synthetic speech as a phone would send it: espeak-ng speaks, PyAV packs it as Ogg Opus, 24 kbit, one channel.

espeak-ng is a program of the system (`apt-get install espeak-ng`); `can_speak` says whether it is there.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess

import av
import numpy
import pytest

VOICES = ("en-us", "en-gb", "en-gb-scotland", "en-us+f3", "en-gb+m3")
RATE = 48_000
WAV_HEAD = 44  # bytes before the samples in what espeak-ng writes
ESPEAK_RATE = 22_050


def can_speak() -> bool:
    """Whether espeak-ng is installed."""
    return shutil.which("espeak-ng") is not None


def speaks() -> None:
    """A skip with a notice where nobody can speak; a failure where NEXUS_TEST_REQUIRE_SPEECH is set, as in CI."""
    if can_speak():
        return
    notice = "espeak-ng is not installed: apt-get install espeak-ng"
    if os.environ.get("NEXUS_TEST_REQUIRE_SPEECH", "") not in ("", "0"):
        pytest.fail(notice)
    pytest.skip(notice)


def voice_note(text: str, voice: str = "en-us", *, snr_db: float | None = None, wait_s: float = 0.0) -> bytes:
    """A voice note. snr_db: white noise that much below the speech. wait_s: silence before it. Blocks."""
    said = subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "--stdout", text], capture_output=True, check=True)
    wave = numpy.frombuffer(said.stdout[WAV_HEAD:], dtype=numpy.int16).astype(numpy.float32) / 32_768
    if snr_db is not None:
        power = float(numpy.mean(wave[numpy.abs(wave) > 0.01] ** 2))
        noise = numpy.random.default_rng(len(text)).normal(0, (power / 10 ** (snr_db / 10)) ** 0.5, len(wave))
        wave = wave + noise.astype(numpy.float32)
    return ogg_opus(numpy.concatenate([numpy.zeros(round(wait_s * ESPEAK_RATE), numpy.float32), wave]))


def silence(seconds: float) -> bytes:
    """A voice note in which nobody speaks."""
    return ogg_opus(numpy.zeros(round(seconds * ESPEAK_RATE), numpy.float32))


def ogg_opus(wave: numpy.ndarray) -> bytes:
    """Samples from -1 to 1 as Ogg Opus."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=RATE)
        stream.bit_rate, stream.layout = 24_000, "mono"
        whole = av.AudioFrame.from_ndarray(
            (numpy.clip(wave, -1, 1) * 32_767).astype(numpy.int16)[None, :], format="s16", layout="mono"
        )
        whole.sample_rate = ESPEAK_RATE
        sampler = av.AudioResampler("s16", "mono", RATE, frame_size=960)
        for frame in (*sampler.resample(whole), *sampler.resample(None)):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()
