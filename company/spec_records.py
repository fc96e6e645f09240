"""Frozen records of QA's specs and of what QA missed: what a desk shows of them. Part of the words of the house."""

from __future__ import annotations

from dataclasses import dataclass

from company.records import Json, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecSheet:
    """The spec in force for a kind of order. `spec` has every field, those at their defaults too.

    `written` names the fields of its top that the file sets, or that are not at their defaults.
    """

    kind: Kind
    name: str
    version: int
    spec: Json
    changed: bool  # by the Board; False: it is the file's
    written: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecVersion:
    """One version of a kind's spec that the Board made. `spec` None: the file's is in force again."""

    kind: Kind
    version: int
    spec: Json | None
    before: int  # the version whose content `back` leads to; 0: the file's
    path: str  # what was changed, "format.max_words"; "" for a step back
    value: str  # to what, as it was understood
    by: str  # a person's name
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecDraft:
    """A change that was found good and is not yet in force."""

    spec: Json
    path: str  # the whole path: "format.max_words" for "max_words"
    was: str  # as a person would type it
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecReport:
    """A spec with its versions, the newest first."""

    sheet: SpecSheet
    history: tuple[SpecVersion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecChange:
    """A change that is in force from the next order on."""

    sheet: SpecSheet
    path: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """An answer that passed inspection and got the Board's thumb down."""

    order_id: str
    number: int
    text: str  # the request's first line
    kind: str
    spec: str
    spec_version: int
    decided_by: str  # "rules", or "judge" where a model's verdict let it pass
    employee: str
    tier: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissReport:
    """What QA let pass since `since`, and how much of it the Board marked as bad. Nobody rates every answer."""

    since: int
    passed: int  # answers
    rated: int  # of those, with a thumb of either sort
    missed: int  # of those, with the Board's thumb down
    misses: tuple[Miss, ...]  # the newest first, some of them
