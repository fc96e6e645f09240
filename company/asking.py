"""Who asks, and where: what decides whose documents may be read. As one text, so that it fits where a person's id does.

Written by `ConversationKey.reader`, read here. In private it is "<person>", in a topic of a private chat
"<person>/telegram:501:7"; in a group "group:telegram:-1001/7@<person>", with the topic and the asker as far as there
are any. The asker of a group counts for one thing only: a project that is in use there is read for its members alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from company.records import GROUP, ConversationKey, Desk

ALONE = "person:"
"""How the place of everything is named that one person says in private, but for topics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A reader, taken apart.

    Attributes:
        person_id: who speaks; "" for nobody in particular.
        group: "group:<desk>:<chat>" where several people read along, else "".
        place: the thread, to which a project may be tied; "" for none.
    """

    person_id: str = ""
    group: str = ""
    place: str = ""

    @classmethod
    def parse(cls, reader: str) -> Asking:
        """What `ConversationKey.reader` wrote, or the id of a person, or ""."""
        whole, _, person_id = reader.partition("@")
        head, slash, thread = whole.partition("/")
        if head.startswith(GROUP):
            place = f"{head.removeprefix(GROUP)}:{thread}" if person_id else ""
            return cls(person_id=person_id, group=head, place=place)
        place = thread if slash else f"{ALONE}{head}" if head else ""
        return cls(person_id=head, place=place)

    @classmethod
    def at(cls, where: ConversationKey, person_id: str) -> Asking:
        """Somebody in a conversation."""
        return cls.parse(where.reader(person_id))

    @property
    def account(self) -> str:
        """Whom the vector of a question is charged to."""
        return self.group or self.person_id


def memory_of(reader: str) -> str:
    """Whose what was said is: a person's wherever they are alone, a group's, or a chat's topic's by itself.

    Who of a group asks makes no difference. The threads of the console and of the page are their person's; those of a
    program are each by itself.
    """
    whole = reader.partition("@")[0]
    if whole.startswith(GROUP):
        return whole
    head, _, thread = whole.partition("/")
    return f"{ALONE}{head if thread.startswith((Desk.CONSOLE, Desk.WEB)) or not thread else whole}"
