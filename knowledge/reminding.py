"""What an order points at of what is known between the people: "my landlord", "Lisbon", "KX 4471".

An order asks for something to be done, so most of its words stand in nothing that was said before, and coverage says
little. Whether something said earlier is worth telling then hangs on the words that name a thing of the asker's: those
after "my" or "our", names, and whatever holds a digit; and on how few passages say them.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from company.language.tokens import fold, is_cjk, language_of, raw_words
from knowledge.analyser import content_words

RARE = 12
"""A word that so many passages (or one in a hundred) say points at nothing."""
_OURS = re.compile(
    r"\b(?:my|our|mon|ma|mes|notre|nos|mein\w{0,2}|unser\w{0,2}|mis?|nuestr[oa]s?"
    r"|мо[ияеюйё]\w{0,2}|моего|моему|наш\w{0,3})\s+([^\W\d_]+)(?:\s+([^\W\d_]+))?"
    r"|(?:我|我们)的?([\u3400-\u9fff]{2,6})"
)


def pointing(text: str, languages: Collection[str]) -> list[frozenset[str]]:
    """For each word that points at something: the terms that it may have become."""
    folded = fold(text)
    named = {word for found in _OURS.finditer(folded) for word in found.groups() if word}
    everything_is = language_of(text) == "de"  # there a capital letter makes no name
    for place, word in enumerate(raw_words(text)):
        if any(sign.isdigit() for sign in word) or (place and word[:1].isupper() and not everything_is):
            named.add(fold(word))
    return [
        word.variants
        for word in content_words(text, languages)
        if word.surface in named or (is_cjk(word.surface) and any(word.surface in one for one in named))
    ]
