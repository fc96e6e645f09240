"""What a command was asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass

from bot.markup import Rendered
from bot.pictures import Leaf, Page
from company.ports import Change
from company.records import Button, ConversationKey, Person


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a command answers: Markdown, buttons and a picture. Empty text: the answer comes by itself.

    `private`: for the asker's eyes alone. `whole`: the answer where it is no Markdown. `known`: texts whose links may
    be tapped. `leaf`: a page of a document, whose caption the answer is.
    """

    text: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    page: Page | None = None
    private: bool = False
    whole: Rendered | None = None
    known: tuple[str, ...] = ()
    leaf: Leaf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command with its circumstances. `also` is what must be written with its effect."""

    name: str
    argument: str
    person: Person
    conversation: ConversationKey
    replied_order: str | None
    also: Change
