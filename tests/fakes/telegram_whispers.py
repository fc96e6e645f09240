"""Ephemeral messages of the fake Bot API: seen by one member of a group and the bot alone.

Source: https://core.telegram.org/bots/api#ephemeral-messages-and-commands (10.3). The words of refusals are not
documented; what is refused is.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.telegram_check import bad_request, check_markup
from tests.fakes.telegram_markup import Entity
from tests.fakes.telegram_world import Room, Shown, World

Wire = dict[str, Any]
REASON_S = 15
"""How long a press or an ephemeral command is reason enough for a bot that is no administrator, seconds."""


class Whispers:
    """Keeps and changes ephemeral messages; each has an id of its own in its chat."""

    def __init__(self, world: World, callbacks: dict[str, int]) -> None:
        self.world = world
        self.callbacks = callbacks
        self.known = True
        """False: a server older than Bot API 10.2, which passes over parameters that it does not know."""

    def send(self, params: Wire, room: Room, text: str, entities: list[Entity]) -> Wire:
        """Show a text to one member."""
        wanted = params["ephemeral_message_parameters"]
        receiver = int(wanted["receiver_user_id"])
        if room.kind not in ("group", "supergroup"):
            raise bad_request("PEER_ID_INVALID")
        if receiver not in room.members:
            raise bad_request("USER_NOT_PARTICIPANT")
        if not room.bot_is_admin and not self._has_reason(params, room, wanted.get("callback_query_id")):
            raise bad_request("CHAT_ADMIN_REQUIRED")
        shown = Shown(
            room.id, 0, self.world.next_number(), True, self.world.bot["id"], self.world.now(), text=text,
            entities=entities, markup=check_markup(params.get("reply_markup"), inline_only=True), params=params,
            receiver=receiver, ephemeral_id=len(self.world.ephemerals) + 1,
        )  # fmt: skip
        self.world.ephemerals[room.id, shown.ephemeral_id] = shown
        return self.world.message_wire(shown)

    def edit(self, params: Wire, text: str, entities: list[Entity]) -> bool:
        """Change a text that one member sees."""
        shown = self.world.ephemerals.get((int(params["chat_id"]), int(params["ephemeral_message_id"])))
        if shown is None or not shown.from_bot or shown.receiver != int(params["receiver_user_id"]):
            raise bad_request("MESSAGE_ID_INVALID")
        self.world.rewrite(shown, text=text, entities=entities, markup=check_markup(params.get("reply_markup")))
        return True

    def _has_reason(self, params: Wire, room: Room, query: str | None) -> bool:
        now = self.world.now()
        if query is not None:
            return now - self.callbacks.get(query, 0) <= REASON_S
        asked = (params.get("reply_parameters") or {}).get("ephemeral_message_id")
        found = self.world.ephemerals.get((room.id, int(asked or 0)))
        return found is not None and not found.from_bot and now - found.date <= REASON_S
