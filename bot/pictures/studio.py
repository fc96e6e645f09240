"""Has pages drawn: a child process each, so that the house keeps nothing of PDFium's memory and never waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path

from bot.pictures.canvas import Page
from company.png import SIGNATURE

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30.0  # a picture takes 0.2 s; a machine that is that busy is better served with words
_COMMAND = (sys.executable, "-E", "-s", "-m", "bot.pictures")
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


class DrawingFailed(Exception):
    """There is no picture; what it would have shown is said in words."""


class Studio:
    """Draws one picture at a time.

    Args:
        command: the child process: takes a page as JSON, gives a PNG.
        patience_s: how long it may take, seconds.
    """

    def __init__(self, command: tuple[str, ...] = _COMMAND, *, patience_s: float = PATIENCE_S) -> None:
        self._command = command
        self._patience_s = patience_s
        self._turn = asyncio.Lock()

    async def draw(self, page: Page) -> bytes:
        """The page as a PNG. Raises `DrawingFailed`."""
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience_s):
                    return await self._drawn(json.dumps(page.as_json()).encode())
            except (OSError, TimeoutError) as error:
                raise DrawingFailed(f"no picture could be drawn ({type(error).__name__})") from error

    async def _drawn(self, page: bytes) -> bytes:
        pipe = asyncio.subprocess.PIPE
        child = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT, env=_ENVIRONMENT
        )
        try:
            picture, said = await child.communicate(page)
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode or not picture.startswith(SIGNATURE):
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise DrawingFailed(f"no picture could be drawn ({' '.join(last)[:200] or child.returncode})")
        return picture
