"""What can go wrong between us and the Bot API, as one tree. The class tells the sender what to do with the row.

WireError
├── Unreachable     the request never left: nothing happened, try again
│   └── Stuck           no connection of our own came free: they are held by calls that never end
├── Unknown         it left and the answer was lost: perhaps it was done (`bot.reconcile`)
├── Flood           429: not done; wait `retry_after_s`, exactly
├── Conflict        409: somebody else polls with our token, or a webhook is set
├── Unauthorized    401 or 404: the token is not (or no longer) valid
└── Declined        400 or 403: not done, and the same request would be declined again
    ├── Forbidden       the person blocked the bot, or it was removed from the chat
    ├── Migrated        the group became a supergroup: `chat` is its new id
    ├── NotModified     the message already is what we want it to be
    ├── NotFound        the message does not exist (any more)
    ├── CantEdit        the message is not ours to change
    ├── BadMarkup       the entities do not fit the text
    ├── TooLong         the text is longer than a message may be
    ├── NoMedia         no picture or file is taken here, or not this one; words may be
    ├── ReplyGone       the message to reply to does not exist
    └── TopicGone       the topic does not exist

No sentence, argument or cause of these errors holds the token or a URL: they are made from the method's name and the
description that the server sent (https://core.telegram.org/bots/api#making-requests).
"""

from __future__ import annotations

from company.errors import NexusError


class WireError(NexusError):
    """A call of the Bot API failed."""


class Unreachable(WireError):
    """No connection: the request never left this machine."""


class Stuck(Unreachable):
    """No connection of our own came free in time: something of ours hangs."""


class Unknown(WireError):
    """The request left; what became of it is not known."""


class Flood(WireError):
    """Too many requests; not done."""

    def __init__(self, sentence: str, retry_after_s: float) -> None:
        super().__init__(sentence)
        self.retry_after_s = retry_after_s


class Conflict(WireError):
    """Another poller (`webhook` False) or a webhook (True) takes the updates."""

    def __init__(self, sentence: str, *, webhook: bool) -> None:
        super().__init__(sentence)
        self.webhook = webhook


class Unauthorized(WireError):
    """The token is not valid."""


class Declined(WireError):
    """The server will not do this, now or later."""


class Forbidden(Declined):
    """The chat is closed to us."""


class Migrated(Declined):
    """The chat has a new id."""

    def __init__(self, sentence: str, chat: str) -> None:
        super().__init__(sentence)
        self.chat = chat


class NotModified(Declined):
    """Nothing to change."""


class NotFound(Declined):
    """No such message."""


class CantEdit(Declined):
    """Not our message, or too old to change."""


class BadMarkup(Declined):
    """The entities do not fit."""


class TooLong(Declined):
    """More than 4096 UTF-16 units."""


class NoMedia(Declined):
    """The picture or file is not taken; the chat may still be open to words."""


class ReplyGone(Declined):
    """The message to reply to is gone."""


class TopicGone(Declined):
    """The topic is gone."""


# Descriptions as tdlib/telegram-bot-api (Client.cpp, fail_query_with_error) and TDLib write them; lower case.
_DESCRIPTIONS: tuple[tuple[str, type[Declined]], ...] = (
    ("message is not modified", NotModified),
    ("message_not_modified", NotModified),
    ("message to be replied not found", ReplyGone),
    ("replied message not found", ReplyGone),
    ("message thread not found", TopicGone),
    ("topic_closed", TopicGone),
    ("topic_deleted", TopicGone),
    ("message to edit not found", NotFound),
    ("message to delete not found", NotFound),
    ("message to react not found", NotFound),
    ("message_id_invalid", NotFound),
    ("message can't be edited", CantEdit),
    ("message can't be deleted", CantEdit),
    ("there is no text in the message to edit", CantEdit),
    ("there is no caption in the message to edit", CantEdit),
    ("can't parse entities", BadMarkup),
    ("can't parse message text", BadMarkup),
    ("entity_bounds_invalid", BadMarkup),
    ("caption is too long", NoMedia),
    ("caption_too_long", NoMedia),
    ("image_process_failed", NoMedia),
    ("photo_invalid_dimensions", NoMedia),
    ("rights to send photos", NoMedia),
    ("rights to send documents", NoMedia),
    ("chat_send_photos_forbidden", NoMedia),
    ("chat_send_docs_forbidden", NoMedia),
    ("message is too long", TooLong),
    ("message_too_long", TooLong),
    ("chat not found", Forbidden),
    ("not enough rights to send", Forbidden),
    ("have no rights to send", Forbidden),
    ("user is deactivated", Forbidden),
    ("peer_id_invalid", Forbidden),
)


def declined(method: str, code: int, description: str) -> Declined:
    """The error for a 400 or 403 with this description."""
    sentence = f"Telegram declined {method}: {description}"
    if code == 403:
        return Forbidden(sentence)
    lowered = description.lower()
    for words, kind in _DESCRIPTIONS:
        if words in lowered:
            return kind(sentence)
    return Declined(sentence)
