"""What to say when a library or a program that a format needs is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from knowledge.converting.records import Format, Unreadable


@contextmanager
def needs(format: Format) -> Iterator[None]:
    """Around an import: a missing library becomes one sentence with the command that installs it."""
    try:
        yield
    except ImportError:
        raise Unreadable(f"reading {format.value} needs `make install GROUPS=documents`") from None
