"""`/quota` in the chat: one table of everything that has a limit: documents, bytes, tokens and money."""

from __future__ import annotations

from collections.abc import Sequence

from bot.texts import Texts
from bot.wording import Wording, plainly
from company.document_records import Room, Whose
from company.figures import human_size
from company.reports import CostReport

_NAMES = {Whose.PERSON: "quota_person", Whose.GROUP: "quota_group", None: "quota_all"}


class QuotaWords:
    """Says what is used, and how room is made."""

    def __init__(self, texts: Texts, wording: Wording) -> None:
        self._texts = texts
        self._wording = wording

    def table(self, rooms: Sequence[Room], report: CostReport, language: str) -> str:
        """One line for each quota; those of money from the ledger of today."""
        say = self._texts.say
        lines = [self._room(one, language) for one in rooms]
        tokens = (sum(one.input_tokens for one in report.lines), sum(one.output_tokens for one in report.lines))
        lines.append(say(language, "quota_tokens", input=f"{tokens[0]:,}", output=f"{tokens[1]:,}"))
        if report.person_tokens_day:
            lines.append(say(language, "quota_tokens_most", most=f"{report.person_tokens_day:,}"))
        rows = "\n".join(f"- {line}" for line in lines)
        money = self._wording.budget(report.caps, language)
        parts = (say(language, "quota_title"), rows, money, say(language, "quota_foot"))
        return "\n\n".join(part for part in parts if part)

    def _room(self, room: Room, language: str) -> str:
        say = self._texts.say
        what = f"📁 {plainly(room.project)}" if room.project else say(language, _NAMES[room.whose])
        count = self._of(f"{room.documents:,}", f"{room.most_documents:,}" if room.most_documents else "", language)
        size = self._of(human_size(room.size), human_size(room.most_size) if room.most_size else "", language)
        return say(language, "quota_line", what=what, count=say(language, "quota_count", count=count), size=size)

    def _of(self, used: str, most: str, language: str) -> str:
        return self._texts.say(language, "quota_of", used=used, most=most) if most else used
