"""What an employee has written so far, as people may see it: visibly a draft, and nothing in it can be tapped.

A draft was not inspected and may be thrown away. So it stands in a quote under a heading that says so, it is taken
through the same Markdown renderer and redactor as an answer, addresses in it are broken up, and signs that Telegram
makes links of by itself (@name, /command, #tag, $TAG, +1234) are replaced by their wide twins.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

from bot.markup import EntityKind, Rendered, Renderer, join, plain, quoted, styled, tail

SHOWN_UNITS = 1000  # UTF-16 units of a draft that are shown: its end
TAKEN = 1400  # characters of its source that are rendered (about 2 ms)
KEPT = 12_000  # characters that are kept at all: enough to find a secret that begins before what is shown
TRIMMED_AT = 2 * KEPT
MOST_BRACKETS = 200  # with more of them rendering takes up to 40 ms, and is done in a thread
_COSTLY = "[]()*_`"
_FENCE = re.compile(r"(?m)^ {0,3}(```+|~~~+)[ \t]*([\w+#.-]*)")
_UNFINISHED = re.compile(r"[!-~]{1,400}\Z")  # half a word; half an address; half a secret
_TAPPED = re.compile(r"(?<![\w/])[/@#$+](?=\w)")
_TWINS = {"/": "∕", "@": "＠", "#": "＃", "$": "＄", "+": "＋"}
_VERBATIM = frozenset({EntityKind.PRE, EntityKind.CODE})


class Draft:
    """Pieces of one turn, put together. `written` counts the characters of all pieces."""

    __slots__ = ("_cut_fence", "_text", "written")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """It begins anew."""
        self._text = ""
        self._cut_fence = ""
        self.written = 0

    def add(self, piece: str) -> None:
        """The next piece."""
        self._text += piece
        self.written += len(piece)
        if len(self._text) > TRIMMED_AT:
            self._cut_fence = _open_fence(self._text[:-KEPT], self._cut_fence)
            self._text = self._text[-KEPT:]

    def end(self, redact: Callable[[str], str], *, finished: bool) -> tuple[str, bool]:
        """The Markdown of the draft's end, redacted, and whether something stands before it.

        Until it is finished its last word is held back: it may be half of something that must be seen whole.
        """
        text = redact(self._text if finished else _UNFINISHED.sub("", self._text))
        if len(text) <= TAKEN:
            return (f"{self._cut_fence}\n{text}" if self._cut_fence else text), self.written > len(self._text)
        start = len(text) - TAKEN
        line = text.find("\n", start, start + TAKEN // 4)
        start = line + 1 if line >= 0 else start
        fence = _open_fence(text[:start], self._cut_fence)
        return (f"{fence}\n{text[start:]}" if fence else text[start:]), True


async def view(
    draft: Draft, renderer: Renderer, redact: Callable[[str], str], title: str, *, finished: bool
) -> Rendered:
    """A draft as it is shown under a status line; blank while there is nothing to show."""
    markdown, cut = draft.end(redact, finished=finished)
    if not markdown.strip():
        return Rendered("")
    if sum(map(markdown.count, _COSTLY)) > MOST_BRACKETS:
        return await asyncio.to_thread(_view, markdown, cut, renderer, title)
    return _view(markdown, cut, renderer, title)


def _view(markdown: str, cut: bool, renderer: Renderer, title: str) -> Rendered:
    whole = _untapped(renderer.render(markdown, lambda url: False))
    if whole.blank:
        return Rendered("")
    shown = tail(whole, SHOWN_UNITS)
    if cut or len(shown.text) < len(whole.text):
        shown = join((plain("…"), shown), " ")
    return join((styled(title, EntityKind.ITALIC), quoted(shown)), "\n")


def _untapped(rendered: Rendered) -> Rendered:
    """Each twin is as long as its sign, so no entity moves. In code nothing is a link, and every sign counts."""
    if not any(entity.kind in _VERBATIM for entity in rendered.entities):
        return Rendered(_TAPPED.sub(_twin, rendered.text), rendered.entities, rendered.degraded)
    units = rendered.text.encode("utf-16-le")
    pieces: list[str] = []
    at = 0
    for entity in rendered.entities:
        if entity.kind in _VERBATIM and entity.offset >= at:
            pieces.append(_TAPPED.sub(_twin, units[2 * at : 2 * entity.offset].decode("utf-16-le")))
            pieces.append(units[2 * entity.offset : 2 * entity.end].decode("utf-16-le"))
            at = entity.end
    pieces.append(_TAPPED.sub(_twin, units[2 * at :].decode("utf-16-le")))
    return Rendered("".join(pieces), rendered.entities, rendered.degraded)


def _twin(found: re.Match[str]) -> str:
    return _TWINS[found.group()]


def _open_fence(text: str, fence: str) -> str:
    """The line that opens the code block in which `text` ends, or ""; `fence` is the one in which it begins."""
    for found in _FENCE.finditer(text):
        mark, language = found.group(1), found.group(2)
        if not fence:
            fence = mark + language
        elif not language and fence.startswith(mark):
            fence = ""
    return fence
