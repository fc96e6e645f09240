"""Collects text and marks while a document is walked. Owns line breaks, indentation and list markers."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.markup.clean import tame_emptiness
from bot.markup.marks import Mark
from bot.markup.records import EntityKind


@dataclass(slots=True)
class OpenMark:
    """A mark that is being written. `start` is set by the first text behind it; `chunk` is where its text begins."""

    kind: EntityKind
    chunk: int
    url: str = ""
    language: str = ""
    start: int = -1


@dataclass(slots=True)
class Writer:
    """A growing text. Breaks between blocks are owed, not written, so none stands at either end of the text."""

    marks: list[Mark] = field(default_factory=list)
    indents: list[str] = field(default_factory=list)
    _chunks: list[str] = field(default_factory=list)
    _at: int = 0
    _owed: int = 0
    _lead: str | None = None
    _waiting: list[OpenMark] = field(default_factory=list)

    def text(self, words: str) -> None:
        """Writes inline text; `\\n` in it begins a new line with the indentation of the block."""
        if not words:
            return
        words = tame_emptiness(words.replace("\t", " "))
        self._begin_line()
        if "\n" in words:
            words = words.replace("\n", "\n" + "".join(self.indents))
        self._put(words)

    def verbatim(self, code: str) -> None:
        """Writes lines that must not be indented: the inside of a pre block."""
        self._begin_line(bare=True)
        self._put(code)

    def breaks(self, count: int) -> None:
        """Owes at least `count` line ends before the next text."""
        self._owed = max(self._owed, count)

    def lead(self, marker: str) -> None:
        """Puts `marker` (a bullet, a number, a nested quote's sign) before the next text, on a line of its own turn."""
        if self._lead is None:
            self._lead = "".join(self.indents)
        self._lead += marker

    @property
    def has_lead(self) -> bool:
        """Whether a marker still waits for its text."""
        return self._lead is not None

    def settle_lead(self) -> None:
        """Writes a marker that got no text: an empty list item."""
        if self._lead is not None:
            self._lead = self._lead.rstrip()
            self._begin_line()

    def open(self, kind: EntityKind, url: str = "", language: str = "") -> OpenMark:
        """Begins a mark at the next text."""
        mark = OpenMark(kind, len(self._chunks), url, language)
        self._waiting.append(mark)
        return mark

    def close(self, mark: OpenMark) -> None:
        """Ends a mark. One that got no text leaves no trace."""
        if mark.start < 0:
            self._waiting.remove(mark)
        else:
            self.marks.append(Mark(mark.start, self._at, mark.kind, mark.url, mark.language))

    def cancel(self, mark: OpenMark) -> None:
        """Forgets a mark but keeps its text."""
        if mark.start < 0:
            self._waiting.remove(mark)

    def written_since(self, chunk: int) -> str:
        """The text from the `chunk`-th piece on."""
        return "".join(self._chunks[chunk:])

    @property
    def chunk_count(self) -> int:
        """How many pieces are written; see `written_since`."""
        return len(self._chunks)

    def result(self) -> str:
        """The whole text."""
        return "".join(self._chunks)

    def _begin_line(self, bare: bool = False) -> None:
        if self._at and self._owed:
            self._raw("\n" * self._owed)
        fresh = self._owed > 0 or self._at == 0
        self._owed = 0
        if self._lead is not None:
            self._raw(self._lead + ("\n" if bare else ""))
            self._lead = None
        elif fresh and self.indents and not bare:
            self._raw("".join(self.indents))

    def _put(self, words: str) -> None:
        for mark in self._waiting:
            mark.start = self._at
        self._waiting.clear()
        self._raw(words)

    def _raw(self, words: str) -> None:
        self._chunks.append(words)
        self._at += len(words)
