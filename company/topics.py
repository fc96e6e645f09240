"""What the company says without being asked, by subject, so that a person can say what they don't want to hear."""

from __future__ import annotations

from enum import StrEnum


class Topic(StrEnum):
    """The subject of a message that nobody asked for. An answer to an order has none, and is never held back."""

    ANCHOR = "anchor"  # the daily seal of the record
    BUDGET = "budget"  # a cap is nearly used
    OUTAGE = "outage"  # the company was away and is back
    DIGEST = "digest"  # the daily digest that a person asked for
    BACKUP = "backup"  # the backup of the night could not be made
    SECURITY = "security"  # somebody new may give orders


MUTABLE = frozenset(Topic) - {Topic.SECURITY}
"""What may be silenced. Who gains a right is always told: whoever took over a chat could else hide their friends."""
