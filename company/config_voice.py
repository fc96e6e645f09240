"""The settings of the voice department."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from company.config_section import Section, Url


class VoiceSettings(Section):
    """Voice notes: who listens. Nothing is downloaded, and nothing leaves this machine unless you name a server."""

    engine: Literal["auto", "whisper", "openai", "grammar", "off"] = "auto"
    """auto: Whisper where its model is, else the server at `base_url`, else commands only; or one of them, or off."""
    whisper_model: str = ""
    """Folder of a Whisper model in CTranslate2's format on this machine; needs `make install GROUPS=whisper`."""
    base_url: Url = ""
    """A server with the OpenAI dialect's /audio/transcriptions, with /v1 at its end; recordings are sent there. Its key
    is the secret `voice_api_key`."""
    model: str = "whisper-1"
    """The model that is asked for at `base_url`."""
    dollars_per_minute: Decimal | None = Field(default=None, ge=0)
    """What a minute costs there; 0 for a server of your own. Left out: nothing is sent."""
    language: str = Field(default="", pattern="^([a-z]{2})?$")
    """The language that is spoken, two letters; empty lets Whisper find out. Spoken commands are English."""
    longest_s: int = Field(default=300, ge=1, le=3600)
    """The longest recording that is listened to, seconds."""
    keep_days: int = Field(default=30, ge=0)
    """How long a recording that was not understood is kept in `data_dir`/voice, days; 0 keeps none."""
    keep_mb: int = Field(default=200, ge=1)
    """How much of that folder may be used; the oldest go first, megabytes."""
