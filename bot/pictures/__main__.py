"""The child process that draws one picture: a page as JSON is its standard input, a PNG its output."""

from __future__ import annotations

import json
import sys

from bot.pictures.canvas import Page
from bot.pictures.raster import pixels
from company.png import encoded


def main() -> None:
    """Read, draw, write."""
    page = Page.from_json(json.loads(sys.stdin.buffer.read()))
    sys.stdout.buffer.write(encoded(*pixels(page)))


if __name__ == "__main__":
    main()
