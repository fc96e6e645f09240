"""The joints between the house and its documents: what `knowledge` implements, and what gives it vectors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from company.document_records import (
    Added,
    Brought,
    Document,
    OnReading,
    Opened,
    Origin,
    Original,
    PagePicture,
    Room,
    Standing,
    Way,
)
from company.embedding_records import Embedded, EmbeddingCall, Vector
from company.graph_records import Neighbourhood, Ties
from company.memory_records import Recalled, Span
from company.records import Passage, Recalls, WorkOrder
from company.retrieval_choice import RetrievalChoice, Trial


class Embeds(Protocol):
    """A door to a provider whose models turn texts into vectors."""

    provider: str

    async def embed(self, call: EmbeddingCall) -> Embedded:
        """A vector for each text. Raises a `ModelError`; never returns fewer vectors, or of different lengths."""
        ...


class Embedder(Protocol):
    """What gives the documents their vectors of meaning. `model` names it: vectors under two names are never compared.

    Both raise a `ModelError` or an `OrderError` (no money, no price) with a sentence for the health of the library.
    """

    model: str

    async def passages(self, texts: Sequence[str]) -> Sequence[Vector]:
        """The vectors of passages, in their order."""
        ...

    async def question(self, text: str, *, person_id: str) -> Vector:
        """The vector of a question, for the account of who asks."""
        ...

    async def close(self) -> None:
        """Let go of what is held, and settle what is under way."""
        ...


class DocumentBooks(Protocol):
    """What the books know of documents and of who may read them. A `reader` is told by `company.asking`.

    Owners are those of the library: "company", "person:<id>", "group:<desk>:<chat>", "project:<id>".
    """

    async def standing(self, reader: str) -> Standing:
        """Which projects may be read at this moment."""
        ...

    async def origins(self, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Origin]:
        """(owner, name) -> where a document comes from; those that nobody handed in are left out."""
        ...

    async def kept(self, brought: Brought) -> None:
        """A file was handed in."""
        ...

    async def renamed(self, owner: str, name: str, to: str) -> None:
        """It is called otherwise than its file."""
        ...

    async def refused(self, owner: str, name: str, reader: str, limit: str) -> None:
        """A file was not taken, because of the quota `limit`."""
        ...

    async def shared(self, owner: str, name: str, reader: str, *, to: str, as_name: str) -> None:
        """A document has another owner."""
        ...

    async def deleting(self, owner: str, name: str, reader: str) -> None:
        """A person is about to delete a document; what this raises keeps it."""
        ...


class Library(Protocol):
    """The Board's documents."""

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        """The passages that fit best, best first; () when nothing is relevant."""
        ...

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        """One stored passage, or None when it is gone or not this person's."""
        ...

    def is_empty(self) -> bool:
        """True while there is no document at all."""
        ...


class Graph(Protocol):
    """What the documents say of things, as far as this person may read them."""

    async def ties(self, question: str, *, person_id: str) -> Ties | None:
        """The answer to "how is X related to Y?" in six languages; None for another question, or without an answer."""
        ...

    async def around(self, name: str, *, person_id: str, limit: int = 30) -> Neighbourhood:
        """What is said of a thing."""
        ...

    def cypher(self, *, person_id: str) -> AsyncIterator[str]:
        """The whole graph as statements of Cypher, in pieces of whole lines."""
        ...


class Tuner(Protocol):
    """The library, tried and set."""

    async def try_out(self, questions: str, *, person_id: str) -> Trial:
        """What each choice of a grid is worth on questions (JSON lines). Raises `Refused` when they can't be read."""
        ...

    def use(self, choice: RetrievalChoice) -> None:
        """From the next question on."""
        ...


class Memory(Protocol):
    """What was said before. Nobody is reminded of what was said elsewhere: `reader` is `ConversationKey.reader`."""

    async def recall(
        self, question: str, *, reader: str, span: Span | None = None, limit: int = 6
    ) -> tuple[Recalled, ...]:
        """What was said that fits best, best first; without a question the newest, oldest first. () for nothing."""
        ...

    async def answering(self, asked: Recalls, *, reader: str, limit: int = 6) -> tuple[Recalled, ...]:
        """What fits a question about the past, in the time and from the side that it names."""
        ...

    async def beside(self, order: WorkOrder, limit: int = 4) -> tuple[Recalled, ...]:
        """What else was said that fits an order well, for whoever works on it; or what it asks for of the past."""
        ...

    async def catch_up(self) -> None:
        """Take in, or let go of, all that the books tell of by now."""
        ...


class Shelf(Protocol):
    """Where a desk puts documents and looks them up: the library from its other side.

    Both ways in raise `Refused` with a sentence for the person when a file can't be a document.
    """

    @property
    def graph(self) -> Graph:
        """What the documents say of things."""
        ...

    async def add(self, path: Path, on_reading: OnReading | None = None, *, reader: str = "") -> Added:
        """Take in a file of this machine where it lies, and keep watching it; `reader` named it."""
        ...

    async def keep(
        self, name: str, data: bytes, on_reading: OnReading | None = None, *, reader: str = "", way: Way = Way.CHAT,
        foreign: bool = False,
    ) -> Added:  # fmt: skip
        """Keep a file that was handed in; the same name again is a new version of it.

        It is the project's that is in use where the `reader` is (`company.asking`), else their own; everybody's when
        that is "", or the settings say so. `foreign`: it was forwarded.
        """
        ...

    async def quotas(self, *, person_id: str) -> tuple[Room, ...]:
        """What is used of the quotas that this person's documents count for, all together last."""
        ...

    async def documents(self, *, person_id: str) -> tuple[Document, ...]:
        """What this person may read, by name."""
        ...

    async def share(self, name: str, *, person_id: str, project: str = "") -> None:
        """Give a document of one's own, or of the group's, to a project that one is in; "": to the whole company.

        Raises:
            Refused: there is none of this name, no such project, or it has another document of that name.
        """
        ...

    async def remove(self, name: str, *, person_id: str) -> None:
        """Forget a document, and delete the file if it was handed in.

        Raises:
            Refused: there is none of this name, or it lies in a watched folder, where only its owner can take it out.
        """
        ...

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        """The passages that fit best, best first; () when nothing is relevant."""
        ...

    async def passage(self, passage_id: str, *, person_id: str) -> Passage | None:
        """One stored passage, or None when it is gone or not this person's."""
        ...


class ReadingRoom(Protocol):
    """Where a citation is followed to its place. Who may read is asked anew by each of them."""

    async def opened(self, passage_id: str, *, person_id: str) -> Opened | None:
        """A passage with what stands around it, or None when it is gone, has changed, or is not this person's."""
        ...

    async def picture(self, passage_id: str, quote: str, *, person_id: str) -> PagePicture:
        """The page of a passage, the quote in it marked.

        Raises:
            Refused: it is gone or not this person's, its file has changed or can't be drawn; the sentence says which.
        """
        ...

    async def original(self, passage_id: str, *, person_id: str) -> Original:
        """The file that a passage stands in.

        Raises:
            Refused: it is gone or not this person's, or its file has changed since it was read.
        """
        ...
