"""Commands of the chat for a desk without buttons, as Markdown: `/qa`, `/project`, `/knowledge`, `/quota`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import Connection

from bot.knowledge_words import KnowledgeWords
from bot.project_words import ProjectWords
from bot.quality import QualityWords
from bot.spoken import Asked
from bot.texts import Texts
from company.library_ports import Shelf
from company.ports import FrontOffice
from company.records import ConversationKey, Person


class InWords:
    """What such a desk is lent by the composition root; each call raises `Refused` with a sentence for the person."""

    def __init__(self, texts: Texts, office: FrontOffice, shelf: Shelf) -> None:
        self._texts = texts
        self._office = office
        self._quality = QualityWords(texts)
        self._projects = ProjectWords(texts)
        self._knowledge = KnowledgeWords(office, shelf, texts, hand_in="knowledge_hand_in_here")
        self._table: Mapping[str, Callable[[Asked], Awaitable[str]]] = {
            "qa": self._qa, "project": self._project, "knowledge": self._shelf, "quota": self._quota,
        }  # fmt: skip

    async def __call__(self, person: Person, where: ConversationKey, name: str, argument: str) -> str:
        """The words that answer a command with its argument. Raises `KeyError` for another command."""
        await asyncio.to_thread(self._texts.load)
        asked = Asked(
            name=name, argument=argument, person=person, conversation=where, replied_order=None, also=_nothing_more
        )
        return await self._table[name](asked)

    async def _qa(self, asked: Asked) -> str:
        text, _ = await self._quality.answer(self._office.quality, asked.person, asked.argument)
        return text

    async def _project(self, asked: Asked) -> str:
        return (await self._projects.answer(self._office.projects, asked)).text

    async def _shelf(self, asked: Asked) -> str:
        return (await self._knowledge.answer(asked)).text

    async def _quota(self, asked: Asked) -> str:
        return (await self._knowledge.quota(asked)).text


def _nothing_more(tx: Connection) -> None:
    """A console keeps no books of the commands that it was given."""
