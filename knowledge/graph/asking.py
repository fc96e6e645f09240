"""Questions after how two things hang together: "How is the orchestrator related to the knowledge retriever?"

In six languages. What is not put so is found by search, which follows links between documents by itself.
"""

from __future__ import annotations

import re

LONGEST = 300  # characters
_X, _Y = r"(?P<x>.{2,80}?)", r"(?P<y>.{2,80}?)"
_LINK = r"(?:related|connected|linked|tied|associated|relevant)"
_PATTERNS = tuple(
    re.compile(rf"^\W*{pattern}\s*[?？.!]*$", re.IGNORECASE)
    for pattern in (
        rf"(?:and |so |please )?how (?:is|are|was|were) {_X} (?:{_LINK} (?:to|with)) {_Y}",
        rf"how (?:is|are|was|were) {_X} and {_Y} {_LINK}(?: to each other| with each other)?",
        rf"how (?:does|do|did) {_X} (?:relate|connect|link|talk|belong) (?:to|with) {_Y}",
        rf"how (?:does|do|did) {_X} and {_Y} (?:relate|connect|interact|work together|hang together|fit together)"
        r"(?: to each other| with each other)?",
        rf"how (?:does|do|did) {_X} (?:interact|work|communicate) with {_Y}",
        rf"what(?: is|'s|’s| are)? (?:the )?(?:relation|relations|relationship|connection|link|links)(?: is there)? "
        rf"between {_X} and {_Y}",
        rf"what (?:does|do|did) {_X} have to do with {_Y}",
        rf"what (?:connects|links|ties) {_X} (?:and|to|with) {_Y}",
        rf"quel(?:le)?s? (?:est|sont) (?:le |la |les )?(?:liens?|rapports?|relations?) entre {_X} et {_Y}",
        rf"comment {_X} (?:est|sont)(?:-(?:il|elle)s?)? (?:lié|relié|connecté|rattaché)e?s? (?:à|au|aux|avec) {_Y}",
        rf"comment {_X} et {_Y} sont-(?:ils|elles) (?:lié|relié|connecté)e?s",
        rf"wie hängt {_X} mit {_Y} zusammen",
        rf"wie hängen {_X} und {_Y} zusammen",
        rf"wie (?:ist|sind) {_X} mit {_Y} (?:verbunden|verknüpft|verwandt)",
        rf"(?:welche[rsn]?|was für eine?) (?:beziehung|verbindung|zusammenhang)(?: gibt es| besteht)? zwischen {_X} "
        rf"und {_Y}",
        rf"was (?:hat|haben) {_X} mit {_Y} zu tun",
        rf"[¿]?c[oó]mo se relacionan? {_X} (?:con|y) {_Y}",
        rf"[¿]?qu[eé] relaci[oó]n (?:hay|existe|tiene|tienen) (?:entre )?{_X} (?:y|con) {_Y}",
        rf"[¿]?c[oó]mo est[aá]n? (?:relacionad|conectad|vinculad)[oa]s? {_X} (?:con|y) {_Y}",
        rf"[¿]?qu[eé] tienen? que ver {_X} (?:con|y) {_Y}",
        rf"как связан[аоы]? {_X} (?:с|со|и) {_Y}(?: между собой)?",
        rf"как {_X} (?:связан[аоы]?) (?:с|со) {_Y}",
        rf"какая связь (?:между )?{_X} (?:и|с|со) {_Y}",
        rf"{_X}\s*[和与跟同]\s*{_Y}\s*(?:之间)?(?:是|有)?\s*(?:什么|何种|怎样的)(?:关系|联系)",
    )
)


def two_things(question: str) -> tuple[str, str] | None:
    """The two things of such a question; None for any other."""
    text = " ".join(question.split())
    if not text or len(text) > LONGEST:
        return None
    found = next((match for pattern in _PATTERNS if (match := pattern.match(text))), None)
    return (found["x"].strip(), found["y"].strip()) if found is not None else None
