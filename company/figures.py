"""Figures as people say them, the same at every desk. Money has `company.money`."""

from __future__ import annotations


def age(milliseconds: int) -> str:
    """A duration in its largest unit: "4 s", "12 min", "3 h", "2 d"; below zero it is "0 s". live.js says the same."""
    seconds = max(0, milliseconds) // 1000
    for size, word in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"


def count(number: int, word: str) -> str:
    """ "1 order", "2 orders", "1,000 orders"."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def human_size(size: int) -> str:
    """Bytes as people read them: "0 kB", "87 kB", "3.2 MB", "1,234 MB"."""
    if size < 100_000:
        return f"{-(-size // 1000)} kB"
    return f"{size / 1e6:,.1f} MB" if size < 100_000_000 else f"{size / 1e6:,.0f} MB"
