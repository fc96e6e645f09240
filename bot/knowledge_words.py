"""`/knowledge` and `/quota` in the chat: the documents, and what room there is for more."""

from __future__ import annotations

from collections.abc import Callable

from bot.quota_words import QuotaWords
from bot.spoken import Asked, Spoken
from bot.texts import Texts
from bot.wording import Wording, plainly
from company.document_records import Admission, Whose
from company.errors import Refused
from company.library_ports import Shelf
from company.people import Action, may
from company.ports import FrontOffice
from company.projects import LONGEST_NAME

MOST_STATEMENTS = 12
FINDING = frozenset({"find", "search"})
SHARING = frozenset({"share"})
FORGETTING = frozenset({"delete", "forget", "remove"})
TELLING = frozenset({"graph"})
LISTING = frozenset({"list", "ls"})
COLLECTIONS = {"mine": Whose.PERSON, "group": Whose.GROUP, "company": Whose.COMPANY}
OPENING = frozenset({"page"})
HANDING_IN = frozenset({"upload", "add"})


class KnowledgeWords:
    """Runs `/knowledge` and `/quota`. Refusals are `Refused` with a sentence for the person.

    Args:
        upload_link: an address on this machine where a reader hands files in, "" where nothing is served; None for
            nowhere.
        read_link: the same for an admission.
        hand_in: the key of the sentence that says how a document is added where this is read.
    """

    def __init__(
        self, office: FrontOffice, shelf: Shelf, texts: Texts, upload_link: Callable[[str], str] | None = None,
        read_link: Callable[[Admission], str] | None = None, *, hand_in: str = "knowledge_hand_in",
    ) -> None:  # fmt: skip
        self._hand_in = hand_in
        self._office = office
        self._shelf = shelf
        self._texts = texts
        self._upload_link = upload_link
        self._read_link = read_link
        self._wording = Wording(texts)
        self._quotas = QuotaWords(texts, self._wording)

    async def answer(self, asked: Asked) -> Spoken:
        """The documents: all of them, a search, one to be given to everybody, or to be forgotten."""
        person = asked.person
        verb, _, rest = asked.argument.strip().partition(" ")
        rest, reader = rest.strip(), asked.conversation.reader(person.id)
        if verb.lower() in FORGETTING and rest:
            self._need(asked, Action.KEEP_DOCUMENTS)
            await self._shelf.remove(rest, person_id=reader)
            return Spoken(self._say(asked, "knowledge_deleted", name=rest))
        if verb.lower() in HANDING_IN and not rest:
            await self._need_shelf(asked)
            link = self._upload_link(person.id if asked.conversation.shared else reader) if self._upload_link else ""
            return Spoken(self._say(asked, "knowledge_upload" if link else "knowledge_no_page", link=link))
        if verb.lower() in OPENING and not rest:
            return self._own_page(asked)
        if verb.lower() in LISTING:
            return await self._listed(asked, rest)
        if verb.lower() in SHARING and rest:
            self._need(asked, Action.KEEP_DOCUMENTS)
            return await self._share(asked, rest)
        self._need(asked, Action.ORDER)
        if verb.lower() in TELLING and rest:
            around = await self._shelf.graph.around(rest, person_id=reader, limit=MOST_STATEMENTS)
            return Spoken(self._wording.around(around, person.language))
        words = rest if verb.lower() in FINDING else asked.argument.strip()
        if words:
            found = await self._shelf.find(words, person_id=reader)
            return Spoken(self._wording.passages(found, words, person.language))
        return await self._listed(asked, "")

    def _own_page(self, asked: Asked) -> Spoken:
        """A link to the person's own page on the machine where NEXUS runs."""
        self._need(asked, Action.ORDER)
        where = asked.conversation
        if where.shared:
            return Spoken(self._say(asked, "private_only"))
        link = self._read_link(Admission(desk=where.desk, external_id=where.chat)) if self._read_link else ""
        return Spoken(self._say(asked, "knowledge_page" if link else "knowledge_no_own_page", link=link))

    async def _listed(self, asked: Asked, where: str) -> Spoken:
        """The documents, or those of a person, of the group, of the company, or of a project by its name."""
        self._need(asked, Action.ORDER)
        shelf = await self._shelf.documents(person_id=asked.conversation.reader(asked.person.id))
        language = asked.person.language
        if where:
            whose = COLLECTIONS.get(where.lower())
            shelf = tuple(
                one
                for one in shelf
                if one.whose is whose or (one.project and one.project.casefold() == where.casefold())
            )
            if not shelf:
                return Spoken(self._say(asked, "knowledge_none_such", where=plainly(where[:LONGEST_NAME])))
        return Spoken(self._wording.documents(shelf, language, self._hand_in))

    async def quota(self, asked: Asked) -> Spoken:
        """What is used of everything that has a limit: documents, bytes, tokens and money."""
        self._need(asked, Action.ORDER)
        rooms = await self._shelf.quotas(person_id=asked.conversation.reader(asked.person.id))
        report = await self._office.cost(asked.person, period="today")
        return Spoken(self._quotas.table(rooms, report, asked.person.language))

    async def _share(self, asked: Asked, rest: str) -> Spoken:
        """`/knowledge share NAME` gives it to everybody, `NAME project PROJECT` to a project."""
        reader = asked.conversation.reader(asked.person.id)
        name, found, project = rest.rpartition(" project ")
        if found and name.strip() and project.strip():
            await self._shelf.share(name.strip(), person_id=reader, project=project.strip())
            return Spoken(self._say(asked, "knowledge_shared_project", name=name.strip(), project=project.strip()))
        await self._shelf.share(rest, person_id=reader)
        return Spoken(self._say(asked, "knowledge_shared", name=rest))

    async def _need_shelf(self, asked: Asked) -> None:
        if not await self._office.projects.takes_documents(asked.person, asked.conversation):
            raise Refused(self._say(asked, "no_right"))

    def _need(self, asked: Asked, action: Action) -> None:
        if not may(asked.person, action):
            raise Refused(self._say(asked, "no_right"))

    def _say(self, asked: Asked, key: str, **values: object) -> str:
        return self._texts.say(asked.person.language, key, **values)
