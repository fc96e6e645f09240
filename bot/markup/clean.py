"""Makes outside text harmless: control characters, direction overrides, broken Unicode. Owns what may never be sent.

Telegram itself turns control characters into spaces and deletes U+2028..U+202E, U+030A, U+0333 and U+033F (TDLib,
clean_input_string). Doing it first keeps our text, offsets and splits equal to what is shown, and an override can
never show a reader another order of characters than the one that was inspected ("Trojan Source", CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata

from bot.markup.records import INVISIBLE

_SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u030a\u0333\u033f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_BREAK = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_DROP = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u030a\u0333\u033f\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
_EMPTINESS = re.compile(f"[{INVISIBLE}]{{257,}}")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,32}")


def clean(text: str) -> str:
    """`text` without NUL, control and direction-override characters; surrogate pairs are joined, lone ones replaced.

    Line ends become `\\n`. Tabs stay: they carry structure in Markdown.
    """
    if not _SUSPECT.search(text):
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _BREAK.sub("\n", text)
    if "\u030a" in text:
        text = unicodedata.normalize("NFC", text)  # a + ring above becomes å, which survives the deletion
    return _MARKS.sub("", _DROP.sub("", text))


def tame_emptiness(text: str) -> str:
    """Shortens runs of more than 256 invisible characters, so that no whole message is made of them."""
    return _EMPTINESS.sub(lambda run: run.group()[:256], text)


def code_language(info: str) -> str:
    """The language of a fence's info string: its first word if it is a plausible name, else ''."""
    first = info.split(maxsplit=1)[0] if info.strip() else ""
    return first if _LANGUAGE.fullmatch(first) else ""
