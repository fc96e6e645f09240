"""Records of what was said: an exchange as it is remembered, a stretch of time, and a question about the past."""

from __future__ import annotations

from dataclasses import dataclass

from company.records import ConversationKey, Passage, Recalls, WorkOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, ms since 1970, both ends included."""

    since: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One exchange that was delivered: who said what where and when, and what the company answered."""

    number: int
    conversation_id: str
    conversation: ConversationKey
    person_id: str
    person: str
    question: str
    answer: str
    at: int

    @property
    def reader(self) -> str:
        """Who may be reminded of it."""
        return self.conversation.reader(self.person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A piece of an exchange that was found again.

    Attributes:
        passage: as it can be cited; its text begins with the day and who said it.
        conversation_id: where it was said.
        number: of the order.
        day: "2026-03-03", in the company's time zone; `moment` with the time of day behind it.
        who: the person's name, or the company's.
        own: whether these are the person's words, not the answer.
        words: what was said, without day and name.
        coverage: how much of what was looked for it has, 0 to 1; 1 where nothing but a time was asked for.
    """

    passage: Passage
    conversation_id: str
    number: int
    day: str
    moment: str
    who: str
    own: bool
    words: str
    coverage: float = 1.0


class NoMemory:
    """A `company.library_ports.Memory` that remembers nothing."""

    async def recall(
        self, question: str, *, reader: str, span: Span | None = None, limit: int = 6
    ) -> tuple[Recalled, ...]:
        """Nothing."""
        return ()

    async def answering(self, asked: Recalls, *, reader: str, limit: int = 6) -> tuple[Recalled, ...]:
        """Nothing."""
        return ()

    async def beside(self, order: WorkOrder, limit: int = 4) -> tuple[Recalled, ...]:
        """Nothing."""
        return ()

    async def catch_up(self) -> None:
        """There is nothing to take in."""
