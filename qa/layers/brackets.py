"""Whether the brackets of a block of code close, for languages whose strings and comments look like C's.

A small reader skips strings, comments, templates and regular expressions; what is left must nest. It is silent when
it can't be sure (an elision, a lifetime, an odd quote).
"""

from __future__ import annotations

import re

FAMILIES: dict[str, str] = {
    **dict.fromkeys(("javascript", "js", "jsx", "mjs", "node", "typescript", "ts"), "js"),
    **dict.fromkeys(
        ("java", "c", "cpp", "c++", "cs", "csharp", "h", "hpp", "kotlin", "kt", "swift", "go", "golang"), "c"
    ),
    **dict.fromkeys(("rust", "rs"), "rust"),
}
_PAIRS = {")": "(", "]": "[", "}": "{"}
_ELISION = re.compile(r"\.\.\.\s*(?:$|[})\]])|…|//\s*\.\.\.|/\*\s*\.\.\.", re.MULTILINE)
_SKIP = {
    "c": re.compile(
        r"//[^\n]*|/\*.*?\*/|\"\"\".*?\"\"\"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|"
        r"R\"\((?:(?!\)\").)*\)\"|[@$]\"(?:[^\"]|\"\")*\"",
        re.DOTALL,
    ),
    "rust": re.compile(r"//[^\n]*|/\*.*?\*/|b?r#\".*?\"#|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\\n]|\\[^\n]{1,9}?)'", re.DOTALL),
    "js": re.compile(
        r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|"
        r"(?<=[(,=:\[!&|?{};])\s*/(?![/*])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*",
        re.DOTALL,
    ),
}
_BRACKET = re.compile(r"[()\[\]{}\n]")


def unbalanced(body: str, language: str) -> tuple[int, str] | None:
    """(line, what is wrong) of the first bracket of `body` that does not fit, or None."""
    if _ELISION.search(body):
        return None
    family = FAMILIES[language]
    bare = _SKIP[family].sub(lambda match: "\n" * match.group().count("\n"), body)
    if language in ("jsx", "tsx") or bare.count('"') or bare.count("`") or (family != "rust" and "'" in bare):
        return None  # text between tags, or a quote that the reader did not understand
    opened: list[tuple[str, int]] = []
    line = 1
    for match in _BRACKET.finditer(bare):
        sign = match.group()
        if sign == "\n":
            line += 1
        elif sign in "([{":
            opened.append((sign, line))
        elif not opened or opened[-1][0] != _PAIRS[sign]:
            return line, f"'{sign}' closes nothing" if not opened else f"'{sign}' does not close '{opened[-1][0]}'"
        else:
            opened.pop()
    if opened:
        return opened[-1][1], f"'{opened[-1][0]}' is never closed"
    return None
