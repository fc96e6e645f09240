"""The door to PyAV: a stranger's audio file becomes plain samples. Used in the child process alone.

Only containers that a phone or a recorder makes are tried, each by its own first bytes, so that no playlist can name
another file. Sources: pyav.org/docs, ffmpeg.org/ffmpeg-formats.html.
"""

from __future__ import annotations

import io
from itertools import chain

import av

RATE = 16_000
"""Samples a second, 16 bit, one channel: what the recognisers want."""
_HEADS = (
    (0, b"OggS", "ogg"), (0, b"ID3", "mp3"), (0, b"fLaC", "flac"), (0, b"RIFF", "wav"), (4, b"ftyp", "mp4"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
)  # fmt: skip


class Undecodable(Exception):
    """There is no sound in it that we can read."""


class TooLong(Exception):
    """There is more of it than is listened to."""


def container(data: bytes) -> str:
    """The container's name for the decoder, by its first bytes. Raises `Undecodable`."""
    for at, mark, name in _HEADS:
        if data[at : at + len(mark)] == mark:
            return name
    if len(data) > 2 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:
        return "aac" if data[1] & 0xF6 == 0xF0 else "mp3"
    raise Undecodable


def samples(data: bytes, longest_s: int) -> bytes:
    """The sound as signed 16-bit little-endian samples. Raises `Undecodable`, `TooLong`, and `MemoryError`."""
    most, pieces, size = 2 * RATE * longest_s, list[bytes](), 0
    try:
        with av.open(io.BytesIO(data), mode="r", format=container(data)) as source:
            if not source.streams.audio:
                raise Undecodable
            sampler = av.AudioResampler("s16", "mono", RATE)
            for frame in chain(source.decode(audio=0), (None,)):  # None: what the sampler still holds
                for done in sampler.resample(frame):
                    pieces.append(bytes(done.planes[0])[: 2 * done.samples])
                    size += len(pieces[-1])
                if size > most:
                    raise TooLong
    except MemoryError:  # FFmpeg's own is an FFmpegError too; it says nothing about the recording
        raise
    except (av.error.FFmpegError, ValueError, OSError, EOFError):
        raise Undecodable from None
    if not size:
        raise Undecodable
    return b"".join(pieces)
