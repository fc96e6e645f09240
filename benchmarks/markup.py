"""Milliseconds to turn a typical answer into a Telegram message, beside the Markdown parser alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from markdown_it import MarkdownIt

from benchmarks.table import Row, percentile, show
from bot.markup import Renderer, split

ANSWER = """\
## How the three offers compare

The **second offer** is the cheapest over a year, although its set-up fee is the highest: it saves *about 140 euros*
against the first. See [the price list](https://example.org/prices?year=2026) for what is included.

| offer | set-up | a month | a year |
|-------|-------:|--------:|-------:|
| first | 0 | 49.00 | 588.00 |
| second | 120 | 27.50 | 450.00 |
| third | 60 | 39.00 | 528.00 |

1. Ask for the second offer in writing.
2. Have them confirm the notice period of **30 days**.
3. Cancel the old contract only when the new line works:
   - keep the number,
   - note the meter reading.

> "The fee is waived for returning customers", says section 4.

```python
def yearly(setup: float, monthly: float) -> float:
    return setup + 12 * monthly
```

In short: `yearly(120, 27.5)` is 450.00, and nothing else comes close.
"""


def _ms(act: Callable[[], object], number: int) -> list[float]:
    act()
    taken = []
    for _ in range(number):
        begun = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def _messages(renderer: Renderer, text: str) -> object:
    return split(renderer.render(text))


def run(quick: bool) -> None:
    """Measure and print."""
    number = 50 if quick else 500
    renderer, parser = Renderer(), MarkdownIt("commonmark").enable(["table", "strikethrough"])
    rows = []
    for title, text, number_ in (("a typical answer", ANSWER, number), ("ten times that", ANSWER * 10, number // 10)):
        ours = _ms(partial(_messages, renderer, text), number_)
        theirs = _ms(partial(parser.render, text), number_)
        for percent in (50, 99):
            rows.append(
                Row(
                    what=f"{title} ({len(text):,} characters), p{percent}", unit="ms",
                    ours=percentile(ours, percent), baseline=percentile(theirs, percent),
                )
            )  # fmt: skip
    show("Markdown to Telegram messages, links and cuts checked", "markdown-it to HTML", rows)
