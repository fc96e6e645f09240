"""What a tool did in an order, as whoever judges the answer may see it: a fact from the books, not a model's word."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """One use of a tool in an order, in any of its attempts."""

    tool: str  # the tool's name
    arguments: str  # JSON
    state: str  # started, done, failed or unknown
    genuine: bool = True  # False: the receipt's signature does not fit what it says
