"""The Board tries how documents are best looked for, and decides; nothing changes by itself."""

from __future__ import annotations

from company import people, retrieval_choice
from company.books import Books
from company.clock import Clock
from company.errors import Refused
from company.library_ports import Tuner
from company.people import Action
from company.records import Person
from company.retrieval_choice import RetrievalChoice, Trial
from company.texts import Texts


class Retrieval:
    """Trials on the Board's own questions, and its choice.

    Args:
        books, clock, texts: the house's.
        tuner: the library, which asks the questions and uses the choice.
    """

    def __init__(self, books: Books, clock: Clock, texts: Texts, tuner: Tuner) -> None:
        self._books = books
        self._clock = clock
        self._texts = texts
        self._tuner = tuner

    async def in_force(self, person: Person) -> RetrievalChoice:
        """The choice in force. Raises `Refused` for whoever is not of the Board."""
        self._need(person)
        return await self._books.read(retrieval_choice.in_force)

    async def tried(self, person: Person, questions: str) -> Trial:
        """Ask the questions (JSON lines) under every choice of the grid; recorded, and nothing is changed.

        Raises:
            Refused: the person is not of the Board, or the questions can't be read.
        """
        self._need(person)
        trial = await self._tuner.try_out(questions, person_id=person.id)
        await self._books.write(retrieval_choice.record_trial, self._clock.now(), trial, by=person.id)
        return trial

    async def choose(self, person: Person, choice: RetrievalChoice) -> None:
        """Put a choice in force, at once. Raises `Refused`."""
        self._need(person)
        await self._books.write(retrieval_choice.choose, self._clock.now(), choice, by=person.id)
        self._tuner.use(choice)

    def _need(self, person: Person) -> None:
        if not people.may(person, Action.CHANGE_SPECS):
            raise Refused(self._texts.say(person.language, "no_right"))
