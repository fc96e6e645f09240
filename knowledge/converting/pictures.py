"""Text in pictures, by Tesseract where it is installed; it is a program of its own, run without a shell."""

from __future__ import annotations

import shutil
import subprocess

from knowledge.converting.building import Building
from knowledge.converting.records import Unreadable

PROGRAM = "tesseract"
HOW_TO_INSTALL = "install Tesseract (Debian: apt install tesseract-ocr, and tesseract-ocr-deu for German and so on)"
LANGUAGES = ("eng", "fra", "deu", "spa", "rus", "chi_sim")
"""Those of the house; the ones that are installed are looked for together."""


def can_read_pictures() -> bool:
    """Whether Tesseract is here."""
    return shutil.which(PROGRAM) is not None


def read_picture(data: bytes) -> Building:
    """The text in an image, paragraph by paragraph.

    Raises:
        Unreadable: Tesseract is missing, can't read the image, or finds no text in it.
    """
    if not can_read_pictures():
        raise Unreadable(f"reading text in images needs a program: {HOW_TO_INSTALL}")
    building = Building()
    for paragraph in recognise(data).replace("\f", "").split("\n\n"):
        building.text(paragraph, len(building.blocks) + 1)
    if not building.blocks:
        raise Unreadable("no text was found in the image")
    return building


def recognise(picture: bytes) -> str:
    """The text in a picture of any format that Tesseract knows. Raises `Unreadable` when it is damaged."""
    languages = _installed()
    command = [PROGRAM, "stdin", "stdout", *(["-l", "+".join(languages)] if languages else [])]
    ran = subprocess.run(command, input=picture, capture_output=True, check=False)  # noqa: S603 - fixed words, no shell
    if ran.returncode:
        last = ran.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise Unreadable(f"the image can't be read ({' '.join(last)[:200]})")
    return ran.stdout.decode("utf-8", "replace")


def _installed() -> list[str]:
    ran = subprocess.run([PROGRAM, "--list-langs"], capture_output=True, check=False)  # noqa: S603
    known = set(ran.stdout.decode("utf-8", "replace").split())
    return [language for language in LANGUAGES if language in known]
