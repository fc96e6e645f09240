"""One connected client: who it is, what it waits for, and a bounded queue towards it."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable

from company.records import ConversationKey, Desk, Person
from console.protocol import LONGEST_LINE, BadLine, Codec, FromClient, FromCompany, Hello, Mode

ROOM = 256
"""Messages that may wait for a slow client; news of running work beyond that is dropped, replies are brought later."""
GREETING_S = 15.0


class Session:
    """A client that has connected.

    Args:
        reader: what it says; its limit is `LONGEST_LINE`.
        writer: the way to it.
        codec: lines and records.
        uid: the user id of its process.
        on_room: called when a queue that was full has room again.
    """

    def __init__(
        self, reader: StreamReader, writer: StreamWriter, codec: Codec, *, uid: int, on_room: Callable[[], None]
    ) -> None:
        self.uid = uid
        self.hello = Hello(mode=Mode.COMMAND)
        self.person: Person | None = None
        self.since = 0
        self._reader = reader
        self._writer = writer
        self._codec = codec
        self._on_room = on_room
        self._refused = False
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(ROOM)

    @property
    def conversation(self) -> ConversationKey:
        """The thread of talk this client is in."""
        return ConversationKey(desk=Desk.CONSOLE, chat=str(self.uid), topic=self.hello.conversation)

    @property
    def takes_replies(self) -> bool:
        """A client for a report takes none."""
        return self.person is not None and self.hello.mode is not Mode.COMMAND

    async def greeting(self) -> Hello:
        """The first line. Raises `BadLine` for anything but a greeting, `TimeoutError` when none comes."""
        async with asyncio.timeout(GREETING_S):
            message = await self.read()
        if not isinstance(message, Hello):
            raise BadLine("a greeting comes first")
        return message

    async def read(self) -> FromClient | None:
        """The next message; None when the client has gone."""
        try:
            line = await self._reader.readline()
        except ValueError:
            raise BadLine(f"a line is longer than {LONGEST_LINE} bytes") from None
        return self._codec.from_client(line) if line else None

    async def say(self, message: FromCompany) -> None:
        """Queue a message that must arrive while the client is there; waits for room."""
        await self._queue.put(self._codec.to_client(message))

    def offer(self, message: FromCompany) -> bool:
        """Queue a message if there is room; False when there is none. Does not block."""
        if self._queue.full():
            self._refused = True
            return False
        self._queue.put_nowait(self._codec.to_client(message))
        return True

    async def write(self) -> None:
        """Carry the queue to the client until cancelled or the client has gone."""
        while True:
            self._writer.write(await self._queue.get())
            await self._writer.drain()
            if self._refused and self._queue.empty():
                self._refused = False
                self._on_room()

    async def flush(self) -> None:
        """Send what is queued at once; for a farewell, after `write` has ended."""
        while not self._queue.empty():
            self._writer.write(self._queue.get_nowait())
        await self._writer.drain()

    def hang_up(self) -> None:
        """Close the connection."""
        self._writer.close()
