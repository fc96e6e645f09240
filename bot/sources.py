"""The sources of an answer, opened: each passage as a quote that unfolds, the words that carry the claim in bold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.markup import EntityKind, Rendered, collapsed, emphasised, join, plain, styled
from bot.texts import Texts
from company.clock import as_datetime
from company.document_records import Trust
from company.records import Citation, Passage

MOST = 8
ROOM = 3000  # characters of passages in all, so that one message holds them
LEAST = 300
CUT = "…"


def opened(citations: Sequence[Citation], passages: Sequence[Passage | None], texts: Texts, language: str) -> Rendered:
    """What [Sources] shows, as one message.

    Args:
        passages: for each citation the passage that it names; None where that is no longer there.
    """
    shown = min(len(citations), MOST)
    room = max(LEAST, ROOM // max(shown, 1))
    title = texts.say(language, "sources_title")
    blocks = [styled(title, EntityKind.BOLD)]
    for citation, passage in zip(citations[:shown], passages, strict=False):
        unsaid = "source_withheld" if citation.withheld else "source_deleted"
        gone = texts.say(language, "source_gone" if citation.quote else unsaid)
        blocks.append(_one(citation, passage, room, gone, _sent(passage, texts, language)))
    if len(citations) > shown:
        blocks.append(plain(texts.say(language, "sources_more", count=len(citations) - shown)))
    return join(blocks, "\n\n")


def _sent(passage: Passage | None, texts: Texts, language: str) -> str:
    """Who brought the document, and when; "" for one that lies in a folder."""
    if passage is None or not passage.brought_by:
        return ""
    key = "source_forwarded" if passage.trust == Trust.FOREIGN else "source_sent"
    return texts.say(language, key, name=passage.brought_by, date=f"{as_datetime(passage.brought_at):%Y-%m-%d}")


def _one(citation: Citation, passage: Passage | None, room: int, gone: str, sent: str) -> Rendered:
    place = f", {citation.place}" if citation.place else ""
    head = join((styled(f"[{citation.marker}] {citation.document}", EntityKind.BOLD), plain(place)))
    if passage is None:
        if not citation.quote:  # its words were deleted with it
            return join((head, plain(gone)), "\n")
        return join((head, plain(gone), collapsed(_quote(citation.quote, citation.quote, room))), "\n")
    lines = (head, plain(sent)) if sent else (head,)
    return join((*lines, collapsed(_quote(passage.text, citation.quote, room))), "\n")


def _quote(text: str, claim: str, room: int) -> Rendered:
    """So much of `text` around the claim as has room, the claim in bold."""
    text = plain(text).text
    start, end = _place_of(claim, text)
    end = min(end, start + room)
    spare = max(0, room - (end - start))
    first = max(0, min(start - spare // 2, len(text) - room))
    last = min(len(text), max(end, first + room))
    before = CUT if first else ""
    whole = Rendered(before + text[first:last].rstrip() + (CUT if last < len(text) else ""))
    offset = len(before) - first
    return emphasised(whole, start + offset, end + offset) if end > start else whole


def _place_of(claim: str, text: str) -> tuple[int, int]:
    """Where the words stand, however they are set in lines; (0, 0) when they do not."""
    words = claim.split()
    if not words:
        return 0, 0
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return found.span() if found is not None else (0, 0)
