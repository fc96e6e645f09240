"""What is read from passages, and what the graph is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.records import Hit


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that a passage names. `key` is the same however it is written (`knowledge.graph.naming`)."""

    key: str
    written: str


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name of a thing, as a passage gives it: "Retrieval Plan (RP)". Both are keys."""

    short: str
    long: str


@dataclass(frozen=True, slots=True)
class Relation:
    """What a passage says of two things. `start` and `end` are the place of its sentence in the passage's text."""

    subject: Mention
    predicate: str
    object: Mention
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was found in one passage."""

    mentions: tuple[Mention, ...] = ()
    relations: tuple[Relation, ...] = ()
    aliases: tuple[Alias, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A relation as the index keeps it, with its passage's number. `read_by` is "" for rules, else a model's name."""

    subject: str
    predicate: str
    object: str
    number: int
    start: int
    end: int
    subject_written: str
    object_written: str
    read_by: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation with the passage that says it, for who may read that."""

    stored: Stored
    hit: Hit

    @property
    def quote(self) -> str:
        """The words that say it: an exact piece of the passage."""
        return self.hit.text[self.stored.start : self.stored.end]


@dataclass(frozen=True, slots=True)
class Connection:
    """How two things hang together: the steps from one to the other, then what is said of each by itself."""

    one: str
    other: str
    steps: tuple[Edge, ...]
    about: tuple[Edge, ...] = ()
