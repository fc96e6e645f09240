"""Pictures that we draw ourselves: a page is laid out here, and drawn by a child process (docs/adr/0025)."""

from bot.pictures.canvas import Canvas, Page, drawable
from bot.pictures.darkroom import Darkroom, Leaf
from bot.pictures.studio import DrawingFailed, Studio

__all__ = ["Canvas", "Darkroom", "DrawingFailed", "Leaf", "Page", "Studio", "drawable"]
