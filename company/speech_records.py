"""What is said of a recording: between the voice department and the desk that was handed one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Heard(StrEnum):
    """How well a recording was understood."""

    TEXT = "text"  # free speech, word by word
    COMMAND = "command"  # one of our commands, by two independent readings
    LIKELY = "likely"  # perhaps one of our commands: the person must say which
    NOTHING = "nothing"  # see `Transcript.why`


class Why(StrEnum):
    """Why nothing was understood."""

    NO_ENGINE = "no_engine"  # nothing is installed or configured; `detail` is the mend
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"  # no audio that can be decoded
    SILENT = "silent"
    NOT_UNDERSTOOD = "not_understood"  # only commands are understood here, and this was none
    NO_MONEY = "no_money"  # a paid engine, and no price is known or a cap is reached; `detail` says which
    FAILED = "failed"  # the engine did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenCommand:
    """A command that was heard, as it could have been typed."""

    name: str
    argument: str = ""
    phrase: str = ""  # the words it was heard as


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording on its way in. `name` is what it is kept under; `language` is ISO 639-1, "" when unknown."""

    data: bytes
    name: str
    person_id: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What was heard.

    Attributes:
        text: the words, as far as there are any.
        commands: COMMAND has one, LIKELY one to three with the likeliest first.
        engine: who listened, for the record: "grammar", "whisper small", "openai/whisper-1".
        language: ISO 639-1, "" when the engine does not say.
        seconds: of the recording, measured; 0 when it could not be decoded.
    """

    kind: Heard
    engine: str
    text: str = ""
    language: str = ""
    seconds: float = 0.0
    commands: tuple[SpokenCommand, ...] = ()
    why: Why | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where a recording was put, as a person on the company's machine finds it, and for how many days."""

    place: str
    days: int
