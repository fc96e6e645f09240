"""Files that people send: noted with their update, then fetched, put on the shelf and answered, in the order they came.

A parcel is a note in the books until its answer is in the outbox, so a file survives a restart between any two steps;
reading it twice changes nothing. The words beside a file become an order when the file is in; of an album, when all of
it is. Limits of files: https://core.telegram.org/bots/api#getfile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bot import failures, held
from bot.backoff import Backoff
from bot.conversation import request_of
from bot.delivery import DONE
from bot.errands import Errand, Errands, reaction
from bot.gate import Bot, Gate
from bot.held import Held
from bot.inbox import Voice
from bot.updates import Place, Said
from bot.waiting import Bell
from bot.wire import Wire
from bot.wording import plainly
from company.books import Books
from company.clock import Clock
from company.document_records import Added, Whose
from company.errors import OrderError, Refused
from company.library_ports import Shelf
from company.ports import Change, FrontOffice
from company.records import ConversationKey, DataBlock, Desk, Json, Origin, Person

log = logging.getLogger(__name__)

PREFIX = "parcel:"
MOST_BYTES = 64_000_000  # kept in memory while it is handed on; Telegram's own servers give out 20 MB at most
ALBUM_S = 1.0  # the parts of an album come one by one, perhaps in two polls
MOST_TRIES = 6  # of a file whose answers are lost or broken; one that can't be reached at all is tried for ever
TYPING_EVERY_S = 4.5


class Parcels:
    """Reads what waits, one parcel after the other.

    Args:
        shelf: where files go.
        most_bytes: of a file.
        upload_link: where a reader (`company.asking`) can hand in what is too big for the chat; "" for nowhere.
    """

    def __init__(
        self, wire: Wire, books: Books, clock: Clock, office: FrontOffice, shelf: Shelf, gate: Gate, voice: Voice,
        errands: Errands, *, most_bytes: int = MOST_BYTES, upload_link: Callable[[str], str] | None = None,
    ) -> None:  # fmt: skip
        self._wire = wire
        self._books = books
        self._clock = clock
        self._office = office
        self._shelf = shelf
        self._gate = gate
        self._voice = voice
        self._errands = errands
        self._most_bytes = most_bytes
        self._upload_link = upload_link
        self._bell = Bell(clock)
        self._typed = float("-inf")
        self._tries: dict[str, int] = {}  # by file
        self.bot = Bot(0, "")  # who we are; set by the desk

    def write(self, tx: Connection, said: Said) -> None:
        """Note a parcel, in the transaction that writes its update down."""
        held.hold(tx, PREFIX, said)

    def ring(self) -> None:
        """After the commit: there is something to fetch."""
        self._bell.ring()

    async def run(self) -> None:
        """Fetch and read until cancelled."""
        backoff = Backoff(2.0, 300.0)
        while True:
            waiting = await self._books.read(_waiting)
            if not waiting:
                await self._bell.wait()
                continue
            try:
                await self._take(await self._together(waiting))
                backoff.reset()
            except failures.Flood as error:
                await self._clock.sleep(error.retry_after_s)
            except failures.WireError as error:
                log.info("a file could not be fetched: %s", error)
                await self._clock.sleep(backoff.next_s())

    async def _together(self, waiting: Sequence[Held]) -> Sequence[Held]:
        """The first parcel, or the album it belongs to once that had time to arrive."""
        album = waiting[0].said.album
        if not album:
            return waiting[:1]
        await self._clock.sleep(ALBUM_S)
        return [parcel for parcel in await self._books.read(_waiting) if parcel.said.album == album]

    async def _take(self, parcels: Sequence[Held]) -> None:
        person = await self._gate.who(parcels[0].said.sender)
        if person is None:  # no longer one of us
            await self._books.write(held.drop, parcels)
            return
        place = parcels[0].said.place
        outcomes = [await self._read(parcel.said, place, person) for parcel in parcels]
        words = self._voice.words(place, "\n\n".join(text for text, _ in outcomes), reply_to=parcels[0].said.message_id)

        def also(tx: Connection) -> None:
            self._voice.write(tx, words)
            held.drop(tx, parcels)

        if not await self._ask(parcels, [added for _, added in outcomes if added is not None], person, also):
            await self._books.write(also)
        self._voice.send()
        for parcel, (_, added) in zip(parcels, outcomes, strict=True):
            self._errands.do(reaction(place.chat, parcel.said.message_id, DONE if added is not None else ""))

    async def _read(self, said: Said, place: Place, person: Person) -> tuple[str, Added | None]:
        """What is said of a file, and the document that it became. Raises `WireError` when another try may help."""
        file, language = said.file, person.language
        assert file is not None, "only messages with a file are parcels"  # noqa: S101
        self._type(place)
        try:
            data = await self._wire.download(file.id, self._most_bytes)
            reader = ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic).reader(person.id)
            added = await self._shelf.keep(
                file.name, data, lambda _: self._type(place), reader=reader, foreign=said.forwarded_from is not None
            )
        except Refused as refusal:
            return str(refusal), None
        except (failures.Declined, failures.TooLong):
            return self._too_big(file.name, place, person), None
        except failures.Unknown as error:
            self._tries[file.id] = self._tries.get(file.id, 0) + 1
            if self._tries[file.id] < MOST_TRIES:
                raise
            log.warning("a file was given up: %s", error)  # it must not hold up the others
            return self._voice.say(language, "file_lost", name=file.name), None
        except failures.WireError:
            raise
        except Exception:  # a defect of ours must not hold up the other files; it is logged, and said
            log.exception("a file could not be read")
            return self._voice.say(language, "file_failed", name=file.name), None
        if added.same_as:
            return self._voice.say(language, "document_same", name=file.name, other=added.same_as), added
        read = self._voice.say(language, "document_in", name=added.name, passages=added.passages)
        if added.project:
            whose = (self._voice.say(language, "document_project", project=plainly(added.project)),)
            return "\n".join((read, *added.notes, *whose)), added
        only = {Whose.PERSON: "document_own", Whose.GROUP: "document_group"}.get(added.whose)
        lock = (self._voice.say(language, only, name=added.name),) if only else ()
        return "\n".join((read, *added.notes, *lock)), added

    def _too_big(self, name: str, place: Place, person: Person) -> str:
        """Telegram gives out no more than 20 MB; the page of this machine takes more. Its ticket is for one person."""
        reader = ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic).reader(person.id)
        link = self._upload_link(reader) if place.private and self._upload_link is not None else ""
        if link:
            return self._voice.say(person.language, "file_too_big_link", name=name, link=link)
        return self._voice.say(person.language, "file_too_big", name=name)

    async def _ask(self, parcels: Sequence[Held], added: Sequence[Added], person: Person, also: Change) -> bool:
        """The words beside the files, as one order; False when there are none."""
        spoken = next((parcel for parcel in parcels if parcel.said.text), None)
        if spoken is None:
            return False
        request = request_of(
            spoken.said, spoken.raw, person, bot=self.bot, now=self._clock.now(), reply_to_order=None, stand_in=""
        )
        names = tuple(
            DataBlock(origin=Origin.ATTACHED, text="It is in the library now.", source=one.same_as or one.name)
            for one in added
        )
        request = replace(request, external_id=f"{request.external_id}-file", blocks=(*request.blocks, *names), raw="")
        if not request.text:
            return False
        try:
            return (await self._office.accept(request, also=also)).fresh
        except OrderError as error:
            log.info("the words beside a file were no order: %s", error)
            return False

    def _type(self, place: Place) -> None:
        """The sign that somebody writes, which fades after 5 s; renewed while pages are read."""
        now = self._clock.monotonic()
        if now - self._typed < TYPING_EVERY_S:
            return
        self._typed = now
        params: Json = {"chat_id": int(place.chat), "action": "typing"}
        if place.topic:
            params["message_thread_id"] = int(place.topic)
        key = f"typing:{place.chat}:{place.topic}"
        self._errands.do(Errand(key=key, method="sendChatAction", params=params, chat=place.chat, tries=1))


def _waiting(tx: Connection) -> list[Held]:
    return held.waiting(tx, PREFIX)
