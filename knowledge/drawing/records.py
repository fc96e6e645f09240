"""What is said to and by the child process that draws a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What shall be drawn: a page (counted from 1) of a file that has `pages`, or a picture; the words to be marked."""

    page: int
    pages: bool
    quote: str
    passage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the child says before the picture: the page drawn, how many boxes are marked on it, or why there is none."""

    page: int = 0
    marked: int = 0
    refused: str = ""
