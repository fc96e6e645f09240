"""Pictures that we draw ourselves: a page is laid out here, and drawn by a child process (docs/adr/0025)."""

from bot.pictures.canvas import Canvas, Page, drawable
from bot.pictures.studio import DrawingFailed, Studio

__all__ = ["Canvas", "DrawingFailed", "Page", "Studio", "drawable"]
