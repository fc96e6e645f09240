"""The door to a server that writes out recordings, in OpenAI's dialect: POST /audio/transcriptions.

The recording is measured here first, by decoding it: what is paid for is what was heard, not what somebody declared.
Source: platform.openai.com/docs/api-reference/audio/createTranscription.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from company.config_voice import VoiceSettings
from company.errors import BudgetExceeded, ModelError, ModelRejected, ModelUnavailable, PriceUnknown
from company.records import ModelRef, Usage
from company.secrets import Secret
from company.speech_metering import SpeechTill
from company.speech_records import Heard, Recording, Transcript, Why
from voice.engines import MEND, Lack, installed, unheard, written
from voice.listening import listen
from voice.wire import Answer, Task

if TYPE_CHECKING:
    from httpx import AsyncClient

CONNECT_S, ANSWER_S = 10.0, 180.0
_MEASURE_S, _MEMORY_MB = 60.0, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where it is, what it is asked for, and its key; None for a server that wants none."""

    base_url: str
    model: str
    key: Secret | None


class EndpointEngine:
    """Writes out what is said, on a server that the settings name."""

    def __init__(self, settings: VoiceSettings, key: Secret | None, till: SpeechTill | None) -> None:
        self._settings = settings
        self._server = Server(base_url=settings.base_url, model=settings.model, key=key)
        self._ref = ModelRef(provider="voice", model=settings.model)
        self._till = till
        self._client: AsyncClient | None = None
        self.name = f"server {settings.model}"

    def lack(self) -> Lack | None:
        """The address, a price, or the decoder that measures."""
        if not self._server.base_url:
            return Lack("no server is named", "set [voice] base_url")
        if self._settings.dollars_per_minute is None:
            return Lack("the server has no price", "set [voice] dollars_per_minute; 0 for a server of your own")
        return None if installed("av") else Lack("the decoder of audio is not installed", MEND)

    async def transcribe(self, recording: Recording) -> Transcript:
        """The words, paid for by whoever spoke."""
        task = Task(what="measure", longest_s=self._settings.longest_s, seconds=_MEASURE_S, memory_mb=_MEMORY_MB)
        answer = await listen(recording.data, task)
        if answer.why is not None or self._till is None:
            return unheard(self.name, answer)
        try:
            text = await self._till.paid(
                self._ref, recording.person_id, answer.seconds, self._settings.dollars_per_minute,
                lambda: self._ask(recording),
            )  # fmt: skip
        except (PriceUnknown, BudgetExceeded) as error:
            return self._nothing(answer, Why.NO_MONEY, str(error))
        except ModelError as error:
            return self._nothing(answer, Why.FAILED, str(error))
        return written(self.name, Answer(seconds=answer.seconds, text=text, language=self._settings.language))

    def _nothing(self, answer: Answer, why: Why, detail: str) -> Transcript:
        return Transcript(kind=Heard.NOTHING, engine=self.name, seconds=answer.seconds, why=why, detail=detail)

    async def _ask(self, recording: Recording) -> str:
        """One request. A `ModelError` has `usage` where the server may have done the work."""
        if self._client is None:
            self._client = await asyncio.to_thread(_client)
        import httpx  # it is loaded now

        fields = {"model": self._server.model, "response_format": "json"}
        if self._settings.language:
            fields["language"] = self._settings.language
        key = self._server.key
        headers = {"authorization": f"Bearer {key.reveal()}"} if key is not None else {}
        name = f"note{PurePath(recording.name).suffix or '.ogg'}"
        url = f"{self._server.base_url}/audio/transcriptions"
        failure: ModelError
        try:
            file = {"file": (name, recording.data)}
            response = await self._client.post(url, data=fields, files=file, headers=headers)
            return _text(response.status_code, response.content, self._server.model)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            failure = ModelUnavailable(f"The server can't be reached ({type(error).__name__}).")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = ModelUnavailable(f"The server's answer was lost ({type(error).__name__}).", usage=Usage())
        raise failure  # outside of the except clause: the library's error, which keeps the request, is not chained

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _client() -> AsyncClient:
    """Loads the library and reads certificates. Blocks."""
    import httpx

    return httpx.AsyncClient(timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S))


def _text(status: int, body: bytes, model: str) -> str:
    """The transcript of an answer. Raises a `ModelError`."""
    if status >= 500:
        raise ModelUnavailable(f"The server has trouble (HTTP {status}).")
    if status != 200:
        raise ModelRejected(f"The server refuses the recording, the key or the model {model} (HTTP {status}).")
    try:
        return str(json.loads(body)["text"])
    except (ValueError, KeyError, TypeError):
        raise ModelUnavailable("The server answered something else than a transcript.", usage=Usage()) from None
