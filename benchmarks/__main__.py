"""`python -m benchmarks [NAME ...] [--quick]`: all benchmarks, or those named, one table each.

--quick: fewer repetitions, for a first look. One that needs something absent is skipped with a notice.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

from rich.console import Console

from benchmarks.table import Skip

NAMES = {
    "telegram": "benchmarks.telegram_desk",
    "orders": "benchmarks.orders",
    "books": "benchmarks.books",
    "audit": "benchmarks.audit",
    "markup": "benchmarks.markup",
    "qa": "benchmarks.inspection",
    "retrieval": "benchmarks.retrieval",
    "caches": "benchmarks.caches",
    "outbox": "benchmarks.outbox",
    "sandbox": "benchmarks.sandbox",
    "inspection": "benchmarks.inspection_recall",
    "voice": "benchmarks.voice",
    "judge": "benchmarks.judge",
    "patches": "benchmarks.patches",
}
ON_REQUEST = frozenset({"judge"})
"""May cost money, so only run when named."""


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    given = parser.parse_args()
    console = Console()
    for name in given.names or [name for name in NAMES if name not in ON_REQUEST]:
        console.print(f"measuring: {name} ...", style="dim")
        run: Callable[[bool], None] = import_module(NAMES[name]).run
        try:
            run(given.quick)
        except Skip as skipped:
            console.print(f"{name}: skipped, {skipped}", style="yellow")


if __name__ == "__main__":
    main()
