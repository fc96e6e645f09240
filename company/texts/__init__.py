"""The sentences that the company itself says, in each language it speaks. Desks have catalogues of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

LANGUAGES = ("en", "fr", "de", "es", "ru", "zh")


class Texts:
    """Sentences by key and language; English where a language is not spoken here."""

    def __init__(self) -> None:
        folder = Path(__file__).parent
        self._catalogues: Mapping[str, Mapping[str, str]] = {
            language: json.loads((folder / f"{language}.json").read_text(encoding="utf-8")) for language in LANGUAGES
        }

    def say(self, language: str, key: str, **values: object) -> str:
        """The sentence with its values filled in. Raises KeyError for an unknown key or a missing value."""
        catalogue = self._catalogues.get(language, self._catalogues["en"])
        return catalogue[key].format(**values)
