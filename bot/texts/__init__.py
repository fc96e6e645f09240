"""Every sentence that people read in the chat, in each language it speaks, and the phrases that are commands."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

LANGUAGES = {
    "en": "English", "fr": "Français", "de": "Deutsch", "es": "Español", "ru": "Русский", "zh": "中文",
}  # fmt: skip
"""The languages the desk speaks, each by its own name."""

FOLDER = Path(__file__).parent
TRIMMED = " \t\n.!?¿¡。！？…,;:"


class Texts:
    """Sentences by language and key; English where a language is not spoken here.

    The catalogues are read at the first use: call `load` in a thread beforehand.
    """

    def __init__(self) -> None:
        self._catalogues: dict[str, dict[str, str]] = {}
        self._phrases: dict[str, str] = {}

    def load(self) -> None:
        """Read the catalogues (about 60 kB)."""
        if not self._catalogues:
            phrases = json.loads((FOLDER / "phrases.json").read_text(encoding="utf-8"))
            self._phrases = {
                normal(phrase): command
                for command, languages in phrases.items()
                for spoken in languages.values()
                for phrase in spoken
            }
            self._catalogues = {
                language: json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
                for language in LANGUAGES
            }

    def say(self, language: str, key: str, /, **values: object) -> str:
        """The sentence with its values. Raises KeyError for an unknown key or a missing value."""
        self.load()
        sentence = self._catalogues.get(language, self._catalogues["en"])[key]
        return sentence.format(**values)

    def command(self, text: str) -> str:
        """The command that a text is in plain words ("what did this cost?" is "cost"), or "". Whole texts only."""
        self.load()
        return self._phrases.get(normal(text), "")


def normal(text: str) -> str:
    """A phrase as it is compared: without case, outer punctuation, double blanks."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip(TRIMMED)
    return " ".join(folded.split())
