"""How a finding on a patch is told."""

from __future__ import annotations

from company.records import Finding

LAYER = "patch"


def finding(code: str, message: str) -> Finding:
    """A finding of the layer."""
    return Finding(layer=LAYER, code=code, message=message)


def quoted(text: str, longest: int = 70) -> str:
    """A piece of the patch's own text within a message."""
    flat = " ".join(text.split())
    return f"`{flat if len(flat) <= longest else flat[: longest - 1] + '…'}`"
