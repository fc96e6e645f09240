"""Puts the voice department together from the settings. Blocking: secrets are read."""

from __future__ import annotations

from pathlib import Path

from company.clock import Clock
from company.config import Settings
from company.secrets import Secret, Secrets
from company.speech_metering import SpeechTill
from voice.endpoint import EndpointEngine
from voice.engines import GrammarEngine, WhisperEngine
from voice.room import ListeningRoom


def listening_room(
    settings: Settings, secrets: Secrets, root: Path, data_dir: Path, clock: Clock, till: SpeechTill | None
) -> ListeningRoom:
    """The department, with every engine it may use.

    Args:
        root: the checkout; a relative `whisper_model` starts here.
        data_dir: recordings that were not understood are kept below it.
        till: pays for a server; None where nothing is transcribed, only looked at.
    """
    voice = settings.voice
    engines = (
        ("whisper", WhisperEngine(voice, root)),
        ("openai", EndpointEngine(voice, _key(settings, secrets), till)),
        ("grammar", GrammarEngine(voice)),
    )
    return ListeningRoom(voice, engines, data_dir / "voice", clock)


def _key(settings: Settings, secrets: Secrets) -> Secret | None:
    """The server's own key; OpenAI's goes to OpenAI's own address alone."""
    if not settings.voice.base_url:
        return None
    key = secrets.get("voice_api_key")
    if key is None and settings.voice.base_url == settings.openai.base_url:
        key = secrets.get("openai_api_key")
    return key
