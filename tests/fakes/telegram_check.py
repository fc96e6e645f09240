"""The second opinion on Telegram's wire: aiogram's typed methods and types read every request, result and update.

aiogram (https://docs.aiogram.dev, Bot API 10.3) is imported on first use: it costs seconds, and benchmarks do without.
"""

from __future__ import annotations

import importlib
import inspect
import re
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

Wire = dict[str, Any]
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Refused(Exception):
    """An answer with ok = false."""

    def __init__(self, code: int, description: str, parameters: Wire | None = None, *, violation: bool = False) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters, self.violation = code, description, parameters, violation


def bad_request(text: str, *, violation: bool = False) -> Refused:
    """400 "Bad Request: ...". violation: the sender broke a rule of the API, not met a state of the world."""
    return Refused(400, f"Bad Request: {text}", violation=violation)


class Reader:
    """Checks requests against aiogram.methods and what the fake says against the declared return types."""

    def __init__(self) -> None:
        methods = importlib.import_module("aiogram.methods")
        types = importlib.import_module("aiogram.types")
        self._methods: dict[str, Any] = {
            cls.__dict__["__api_method__"].lower(): cls
            for _, cls in inspect.getmembers(methods, inspect.isclass)
            if issubclass(cls, methods.TelegramMethod) and isinstance(cls.__dict__.get("__api_method__"), str)
        }
        self._updates = TypeAdapter(types.Update)
        self._results: dict[str, TypeAdapter[Any]] = {}

    def knows(self, method: str) -> bool:
        return method.lower() in self._methods

    def request(self, method: str, params: Wire) -> None:
        """Raise Refused (a violation) if the request has unknown, missing or ill-typed fields."""
        cls = self._methods[method.lower()]
        try:
            read = cls.model_validate(params)
        except ValidationError as problem:
            first = problem.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise bad_request(f"{method}: {where}: {first['msg']}", violation=True) from None
        if strange := next(iter(_strangers(read, method)), None):
            raise bad_request(f"unknown field {strange}", violation=True)

    def result(self, method: str, result: Any) -> None:
        """Raise AssertionError if our own answer is not what the method returns."""
        adapter = self._results.get(method)
        if adapter is None:
            adapter = self._results[method] = TypeAdapter(self._methods[method.lower()].__returning__)
        self._own(adapter, result, method)

    def update(self, update: Wire) -> None:
        """Raise AssertionError if our own update is not a true Update."""
        self._own(self._updates, update, "update")

    @staticmethod
    def _own(adapter: TypeAdapter[Any], wire: Any, what: str) -> None:
        try:
            read = adapter.validate_python(wire)
        except ValidationError as problem:
            raise AssertionError(f"the fake built an untrue {what}: {problem}") from None
        if strange := list(_strangers(read, what)):
            raise AssertionError(f"the fake built an untrue {what}: unknown fields {strange}")


def _strangers(read: Any, path: str) -> list[str]:
    """The fields, at any depth, that aiogram's models do not declare."""
    if isinstance(read, list):
        return [name for index, item in enumerate(read) for name in _strangers(item, f"{path}[{index}]")]
    if not isinstance(read, BaseModel):
        return []
    found = [f"{path}.{name}" for name in read.model_extra or {}]
    for name in read.model_fields_set:
        if name in type(read).model_fields:
            found += _strangers(getattr(read, name), f"{path}.{name}")
    return found


JSON_FIELDS = frozenset({
    "reply_markup", "entities", "caption_entities", "link_preview_options", "reply_parameters", "allowed_updates",
    "reaction", "commands", "scope", "menu_button", "media", "permissions", "options", "message_ids", "rights",
    "suggested_post_parameters", "ephemeral_message_parameters",
    "rich_message", "explanation_entities", "question_entities",
})  # fmt: skip


def check_markup(markup: Wire | None, *, inline_only: bool = False) -> Wire | None:
    """Check a reply_markup as the server does. Returns it without empty keyboards. Raises Refused."""
    if not markup:
        return None
    if "inline_keyboard" not in markup:
        if inline_only:
            raise bad_request("inline keyboard expected", violation=True)
        return markup
    rows = [row for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > 100 or any(len(row) > 8 for row in rows):
        raise bad_request("reply markup is too long", violation=True)
    for row in rows:
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(button: Wire) -> None:
    if not str(button.get("text") or "").strip():
        raise bad_request("inline keyboard button text is empty", violation=True)
    actions = set(button) - {"text", "style", "icon_custom_emoji_id"}
    if len(actions) != 1:
        raise bad_request("text buttons are unallowed in the inline keyboard", violation=True)
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID", violation=True)
    if "url" in button and not re.match(r"(?:https?|tg)://[^\s/]+", str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid", violation=True)
    if button.get("style") not in (None, "primary", "success", "danger"):
        raise bad_request("inline keyboard button style is invalid", violation=True)
    if "copy_text" in button and not 1 <= len(button["copy_text"].get("text", "")) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID", violation=True)


REACTIONS = frozenset({
    "❤", "👍", "👎", "🔥", "🥰", "👏", "😁", "🤔", "🤯", "😱", "🤬", "😢", "🎉", "🤩", "🤮", "💩",
    "🙏", "👌", "🕊", "🤡", "🥱", "🥴", "😍", "🐳", "\u2764\u200d\U0001f525", "🌚", "🌭", "💯", "🤣", "⚡", "🍌", "🏆",
    "💔", "🤨", "😐", "🍓", "🍾", "💋", "🖕", "😈", "😴", "😭", "🤓", "👻", "\U0001f468\u200d\U0001f4bb", "👀", "🎃",
    "🙈",
    "😇", "😨", "🤝", "✍", "🤗", "🫡", "🎅", "🎄", "☃", "💅", "🤪", "🗿", "🆒", "💘", "🙉", "🦄",
    "😘", "💊", "🙊", "😎", "👾", "\U0001f937\u200d\u2642", "🤷", "\U0001f937\u200d\u2640", "😡",
})  # fmt: skip
"""The emoji that ReactionTypeEmoji allows, https://core.telegram.org/bots/api#reactiontypeemoji (10.3)."""
