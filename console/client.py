"""The other end of the console's socket: connect, ask, command, and hear what the company says."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from company.errors import NotReady, Refused
from console import place
from console.protocol import (
    LONGEST_LINE,
    VERSION,
    Ask,
    BadLine,
    Brought,
    Codec,
    Command,
    FromClient,
    FromCompany,
    Hello,
    Mode,
    News,
    Printed,
    Problem,
    Said,
    Taken,
    Welcome,
    the_codec,
)


class Gone(NotReady):
    """The company closed the connection."""


FAREWELL_S = 2.0
GONE = "The company has closed; it keeps your orders, and `./nexus chat` shows their answers once it runs again."


class Client:
    """A connection to the running company; an async context manager.

    Args:
        data_dir: the company's data folder.
        mode: what this client is there for.
        conversation: a named thread of talk; "" is the usual one.
    """

    def __init__(self, data_dir: Path, *, mode: Mode = Mode.CHAT, conversation: str = "") -> None:
        self._data_dir = data_dir
        self._hello = Hello(mode=mode, conversation=conversation)
        self._codec: Codec | None = None
        self._reader: StreamReader | None = None
        self._writer: StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None
        self._expected: dict[str, asyncio.Queue[FromCompany]] = {}
        self._heard: asyncio.Queue[News | Said | None] = asyncio.Queue()
        self._printed: set[str] = set()
        self.welcome: Welcome | None = None
        self.farewell = ""  # why the company closed the connection, when it said so

    async def __aenter__(self) -> Client:
        """Connect and be greeted. Raises `NotReady` (nobody runs) or `Refused` (not for us), each with a sentence."""
        joined = await asyncio.to_thread(place.connect, self._data_dir)
        self._codec = await asyncio.to_thread(the_codec)
        self._reader, self._writer = await asyncio.open_unix_connection(sock=joined, limit=LONGEST_LINE)
        try:
            await self._send(self._hello)
            answer = await self._read()
        except (ConnectionError, Gone):
            await self.close()
            raise NotReady("The company is just closing; try again in a moment.") from None
        if isinstance(answer, Welcome) and answer.version == VERSION:
            self.welcome = answer
            self._listening = asyncio.create_task(self._listen(), name="console:listen")
            return self
        await self.close()
        raise Refused(answer.text if isinstance(answer, Problem) else "Client and company are not of the same age.")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        await self.close()

    async def close(self) -> None:
        """Hang up, once the company has read what was said; safe to repeat.

        A company that was opened for one question closes right behind: it must hear first that the answer was printed.
        """
        if self._listening is not None:
            if self._writer is not None and not self._listening.done():
                with contextlib.suppress(OSError, RuntimeError):
                    self._writer.write_eof()
                await asyncio.wait({self._listening}, timeout=FAREWELL_S)
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()
            self._writer = None

    async def ask(self, text: str) -> Taken:
        """Hand in a question. Raises `Refused` with the reason, or `Gone`."""
        message = Ask(id=secrets.token_hex(12), text=text)
        async for answer in self._exchange(message.id, message):
            if isinstance(answer, Taken):
                return answer
        raise Gone(GONE)

    async def command(self, command: Command) -> Brought:
        """Have a command done. Raises `Refused` with the reason, or `Gone`."""
        async for answer in self.pieces(command):
            return answer
        raise Gone(GONE)

    async def pieces(self, command: Command) -> AsyncIterator[Brought]:
        """Every piece of a long report."""
        command = replace(command, id=secrets.token_hex(12))
        async for answer in self._exchange(command.id, command):
            if isinstance(answer, Brought):
                yield answer
                if not answer.more:
                    return

    async def next(self) -> News | Said:
        """The next thing the company says by itself; a reply that was printed already is not repeated.

        Raises:
            Gone: the company closed the connection.
        """
        while True:
            heard = await self._heard.get()
            if heard is None:
                self._heard.put_nowait(None)
                raise Gone(self.farewell or GONE)
            if isinstance(heard, News):
                return heard
            if heard.row not in self._printed:
                return heard
            await self._send(Printed(row=heard.row))

    async def printed(self, said: Said) -> None:
        """The reply stands on the screen."""
        self._printed.add(said.row)
        await self._send(Printed(row=said.row))

    async def _exchange(self, message_id: str, message: FromClient) -> AsyncIterator[FromCompany]:
        expected: asyncio.Queue[FromCompany] = asyncio.Queue()
        self._expected[message_id] = expected
        try:
            await self._send(message)
            while True:
                answer = await expected.get()
                if isinstance(answer, Problem):
                    raise Refused(answer.text) if answer.id else Gone(answer.text)
                yield answer
        finally:
            del self._expected[message_id]

    async def _send(self, message: FromClient) -> None:
        if self._writer is None or self._codec is None or (self._listening is not None and self._listening.done()):
            raise Gone(self.farewell or GONE)
        try:
            self._writer.write(self._codec.to_company(message))
            await self._writer.drain()
        except ConnectionError:
            raise Gone(self.farewell or GONE) from None

    async def _read(self) -> FromCompany:
        assert self._reader is not None and self._codec is not None  # noqa: S101, PT018 - connected
        line = await self._reader.readline()
        if not line:
            raise Gone(GONE)
        return self._codec.from_company(line)

    async def _listen(self) -> None:
        try:
            while True:
                self._sort(await self._read())
        except (Gone, ConnectionError):
            pass
        except (BadLine, ValueError) as error:
            self.farewell = f"The company said something that this client does not know ({error}); update both."
        finally:
            self._heard.put_nowait(None)
            for expected in self._expected.values():
                expected.put_nowait(Problem(text=self.farewell or GONE))

    def _sort(self, message: FromCompany) -> None:
        if isinstance(message, News | Said):
            self._heard.put_nowait(message)
        elif isinstance(message, Problem) and not message.id:
            self.farewell = message.text
        elif not isinstance(message, Welcome) and message.id in self._expected:
            self._expected[message.id].put_nowait(message)
