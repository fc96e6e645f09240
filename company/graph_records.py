"""What the documents say of things and of how they hang together; each statement with the passage that says it."""

from __future__ import annotations

from dataclasses import dataclass

from company.records import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One statement about two things.

    Attributes:
        subject, object: as the documents write them.
        predicate: the words between them; "" where a sentence only names both.
        passage: where it stands.
        quote: the sentence, an exact piece of the passage's text.
        read_by: the model that read it; "" for the rules.
    """

    subject: str
    predicate: str
    object: str
    passage: Passage
    quote: str
    read_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ties:
    """How two things hang together: the steps from one to the other, then what is said of each by itself."""

    one: str
    other: str
    steps: tuple[Link, ...]
    about: tuple[Link, ...] = ()

    @property
    def links(self) -> tuple[Link, ...]:
        """All of it, in the order in which it is told."""
        return (*self.steps, *self.about)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """What is said of one thing. Without a statement, `like` has the names that hold the words asked for."""

    name: str
    links: tuple[Link, ...] = ()
    like: tuple[str, ...] = ()
