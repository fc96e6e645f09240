"""What a message refers to: a section of an earlier answer, or what was said before. Part of `company.records`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsAt:
    """The section of an earlier answer that a message means ("S2", "the second one")."""

    order_id: str
    number: int  # of that order
    section: int  # counts from 1; 0: it can't be told which, so the person is asked
    titles: tuple[str, ...]  # the outline of that answer
    question: str  # what was asked there

    @property
    def about(self) -> str:
        """What to look for in documents."""
        return f"{self.titles[self.section - 1]} {self.question}" if self.section else self.question


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalls:
    """A question about what was said here ("what did I tell you about the landlord in March?")."""

    about: str  # what is left to look for, "" when only a time was named
    when: bool = False  # it asks for the day
    since: int | None = None  # the stretch of time it names, ms since 1970, both ends included
    until: int | None = None
    by: str = ""  # "person": the asker's own words, "company": our answers, "": either
