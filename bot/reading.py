"""From a source of an answer to the page that it stands on: [Page 3] sends its picture, [Read] a link for this machine.

Who may read is asked at the press, and again when the picture is drawn. In a group the picture goes to the private chat
of whoever pressed. No link is given out before it is asked for: a chat is kept for years, a link is good for an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot import sources
from bot.dress import message
from bot.markup import EntityKind, Rendered, join, plain, styled
from bot.pictures import Leaf
from bot.press import Press, Result, Step
from bot.spoken import Spoken
from bot.texts import Texts
from company.clock import Clock
from company.document_records import Admission, Opened
from company.errors import NotReady
from company.library_ports import ReadingRoom
from company.ports import FrontOffice
from company.records import Button, Citation, ConversationKey, Desk, Person

PAGE, READ = "page", "read"
IN_A_ROW = 3
LONGEST_QUOTE = 600  # characters of a caption; it holds 1,024
SHORT_NAME, SHORT_QUOTE = 32, 80  # of what stands in a box: 190 with the sentence around
AGAIN_MS = 600_000
"""After how long a press on the same button has an effect again: a repeat of a press comes within seconds."""


class Reading:
    """The buttons under [Sources], and what they do.

    Args:
        read_link: an address on this machine for an admission, "" where nothing is served; None for nowhere.
    """

    def __init__(
        self, office: FrontOffice, room: ReadingRoom, texts: Texts, clock: Clock,
        read_link: Callable[[Admission], str] | None,
    ) -> None:  # fmt: skip
        self._office = office
        self._room = room
        self._texts = texts
        self._clock = clock
        self.read_link = read_link
        self.steps: Mapping[str, Step] = {PAGE: self._page, READ: self._read}

    async def sources(
        self, person: Person, order_id: str, citations: Sequence[Citation], where: ConversationKey
    ) -> Spoken:
        """The passages behind an answer, opened, as far as they may be read by this person in this chat."""
        shown = citations[: sources.MOST]
        reader = where.reader(person.id)
        found = [await self._room.opened(one.passage_id, person_id=reader) for one in shown]
        passages = [None if one is None else one.passage for one in found]
        whole = sources.opened(citations, passages, self._texts, person.language)
        buttons = self._buttons(order_id, shown, found, person.language, private=not where.shared)
        return Spoken(whole=whole, buttons=buttons, known=tuple(citation.quote for citation in shown))

    def _buttons(
        self, order_id: str, citations: Sequence[Citation], found: Sequence[Opened | None], language: str, *,
        private: bool,
    ) -> tuple[tuple[Button, ...], ...]:  # fmt: skip
        """One for each source that has a page, and one for the place where all of them can be read."""
        pages = [
            Button(label=self._label(citation, opened, language), action=PAGE, argument=f"{order_id}:{citation.marker}")
            for citation, opened in zip(citations, found, strict=True)
            if opened is not None and opened.page
        ]
        rows = [tuple(pages[at : at + IN_A_ROW]) for at in range(0, len(pages), IN_A_ROW)]
        if private and self.read_link is not None and any(found):
            label = self._texts.say(language, "button_read")
            rows.append((Button(label=label, action=READ, argument=order_id),))
        return tuple(rows)

    def _label(self, citation: Citation, opened: Opened, language: str) -> str:
        key = "button_page" if opened.pages else "button_scan"
        return self._texts.say(language, key, marker=citation.marker, page=opened.page)

    async def _page(self, press: Press) -> Result:
        order_id, _, marker = press.argument.partition(":")
        citations = await self._office.sources(press.person, order_id)
        cited = next((one for one in citations if str(one.marker) == marker), None)
        if cited is None:
            return Result(self._say(press, "sources_none"), alert=True)
        if not cited.quote:
            return Result(self._say(press, "source_deleted"), alert=True)
        reader = _reader(press)
        try:
            opened = await self._room.opened(cited.passage_id, person_id=reader)
        except NotReady as error:
            return Result(str(error), alert=True)
        if opened is None or not opened.page:
            short = _cut(cited.quote, SHORT_QUOTE)
            return Result(
                self._say(press, "source_page_gone", name=_cut(cited.document, SHORT_NAME), quote=short), alert=True
            )
        instead = self._say(press, "source_page_failed", name=cited.document, quote=_cut(cited.quote, LONGEST_QUOTE))
        leaf = Leaf(
            passage=cited.passage_id, quote=cited.quote, reader=reader, instead=message(plain(instead))
        )  # fmt: skip
        return Result(told=Spoken(whole=_caption(cited), leaf=leaf, known=(cited.quote,)), once=self._span())

    async def _read(self, press: Press) -> Result:
        if not press.pressed.place.private:
            return Result(self._say(press, "private_only"), alert=True)
        await self._office.sources(press.person, press.argument)  # refuses what is not this person's
        admission = Admission(
            desk=Desk.TELEGRAM, external_id=str(press.pressed.sender.id), order_id=press.argument, reader=_reader(press)
        )  # fmt: skip
        link = self.read_link(admission) if self.read_link is not None else ""
        if not link:
            return Result(self._say(press, "button_gone"), alert=True)
        return Result(told=Spoken(self._say(press, "source_link", link=link)), once=self._span())

    def _span(self) -> str:
        return str(self._clock.now() // AGAIN_MS)

    def _say(self, press: Press, key: str, **values: object) -> str:
        return self._texts.say(press.person.language, key, **values)


def _reader(press: Press) -> str:
    place = press.pressed.place
    return ConversationKey(desk=Desk.TELEGRAM, chat=place.chat, topic=place.topic).reader(press.person.id)


def _caption(cited: Citation) -> Rendered:
    """Document, place and quote."""
    place = f", {cited.place}" if cited.place else ""
    head = join((styled(cited.document, EntityKind.BOLD), plain(place)))
    return join((head, styled(_cut(cited.quote, LONGEST_QUOTE), EntityKind.BLOCKQUOTE)), "\n")


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
