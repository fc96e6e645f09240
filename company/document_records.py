"""What is said of a document on its way in: between the library and whoever hands it one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from company.records import Desk, Passage


class Whose(StrEnum):
    """Who may read a document."""

    COMPANY = "company"
    PERSON = "person"
    GROUP = "group"
    PROJECT = "project"


class Way(StrEnum):
    """How a document came in."""

    FOLDER = "folder"  # a watched one
    COMMAND = "command"  # `nexus ingest`
    CHAT = "chat"
    PAGE = "page"  # the one where files are handed in


class Trust(StrEnum):
    """Whose word a document is."""

    BOARD = "board"  # a member of the Board brought it
    MEMBER = "member"
    FOREIGN = "foreign"  # forwarded: somebody else's


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Which projects a reader may read at this moment: id -> name; `here` is the id of the one in use there."""

    projects: Mapping[str, str] = field(default_factory=dict)
    here: str = ""

    @property
    def here_name(self) -> str:
        """The name of the project in use; "" for none."""
        return self.projects.get(self.here, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A file that is being read: `done` of `total` pages; `total` is 0 until that is known, and for short formats."""

    name: str
    done: int = 0
    total: int = 0
    whose: Whose = Whose.COMPANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A document that is in.

    Attributes:
        name: as it is cited.
        passages: how many it was cut into.
        same_as: the name of the document with the same content that was there before; "" when there is none.
        notes: what was left out of it, in sentences for a person.
        whose: who may read it.
        project: the name of the project that it belongs to; "" for none.
    """

    name: str
    passages: int
    same_as: str = ""
    notes: tuple[str, ...] = ()
    whose: Whose = Whose.COMPANY
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a document comes from. `person` is a name, "" for nobody in particular; `at` is ms, 0: not known."""

    person: str
    way: Way
    trust: Trust
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file that was handed in.

    Attributes:
        owner: whose it is now (`knowledge.owners`).
        name: as it is kept.
        reader: who brought it, and where (`company.asking`).
        way: how.
        foreign: it was forwarded, so it is nobody's here.
        size: bytes.
        replaces: it is a new version of a document that was there.
    """

    owner: str
    name: str
    reader: str
    way: Way
    foreign: bool = False
    size: int = 0
    replaces: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is used of a quota: documents and bytes that were handed in. `whose` is None for all together."""

    whose: Whose | None
    documents: int
    most_documents: int
    size: int
    most_size: int
    project: str = ""


class Shelved(StrEnum):
    """How a document stands on the shelf."""

    READ = "read"
    FAILED = "failed"
    DOUBLE = "double"  # its content is there under another name


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One file that the library knows.

    Attributes:
        reason: why it failed.
        same_as: which other has its content.
        size: bytes.
        at: when it was brought, or for a watched folder of what day the file is; milliseconds since 1970.
        person: who brought it; "" for nobody in particular.
        first: the id of its first passage; "" for none.
    """

    name: str
    state: Shelved
    passages: int = 0
    reason: str = ""
    same_as: str = ""
    whose: Whose = Whose.COMPANY
    project: str = ""
    size: int = 0
    at: int = 0
    person: str = ""
    first: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A passage in its document, for somebody who wants to read it there.

    Attributes:
        headings: the path to it, outermost first.
        page: the page that can be drawn, counted from 1; 0 where the document has none.
        pages: whether `page` is one of a PDF; else the document is itself a picture.
        before, after: its neighbours.
    """

    passage: Passage
    headings: tuple[str, ...] = ()
    page: int = 0
    pages: bool = False
    before: Passage | None = None
    after: Passage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePicture:
    """A page as a PNG with the cited words marked: which page, and in how many pieces of lines (0: not found on it)."""

    picture: bytes
    page: int
    marked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Who may read what on the page of this machine: the sources of an answer (`order_id`), one passage, or with
    neither the page itself as theirs, with their documents.

    The reader is somebody as one desk knows them; `device` is their session there, the `external_id` where it is "".
    `reader` says where they asked (`company.asking`), for the project that is in use there; "" for nowhere.
    """

    desk: Desk
    external_id: str
    device: str = ""
    order_id: str = ""
    passage_id: str = ""
    reader: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A document's file, as it was when it was read."""

    name: str
    data: bytes


OnReading = Callable[[Reading], None]
"""Called on the loop while a document is read; must not block."""
