"""What the Clerk says of what was said: the very words, with the day and who said them, each with its [n]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from company.memory_records import Recalled
from company.records import Citation, PointsAt, Recalls
from employees.citations import best_sentence

MOST = 4
WHOLE = 300
"""Characters up to which words are quoted whole; of longer ones the sentence that fits best."""
NEAR = 0.6
"""The share of the best one's coverage that another must have to be told too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastTexts:
    """One language. {day} is a date in figures, {who} a name, {words} what was said, with its marks."""

    you: str
    other: str
    us: str
    nothing: str
    not_then: str
    again: str
    nothing_again: str


PAST: dict[str, PastTexts] = {
    "en": PastTexts(
        you="On {day} you said: {words}", other="On {day} {who} said: {words}", us="On {day} I answered: {words}",
        nothing="Nothing of that was said here.", not_then="Nothing of that was said here at that time. At another:",
        again="Which one shall I do again? Reply to it, or name its number:",
        nothing_again="There is nothing here yet that I could do again.",
    ),
    "fr": PastTexts(
        you="Le {day}, vous avez dit : {words}", other="Le {day}, {who} a dit : {words}",
        us="Le {day}, j'ai répondu : {words}", nothing="Rien de tel n'a été dit ici.",
        not_then="Rien de tel n'a été dit ici à ce moment-là. À un autre moment :",
        again="Laquelle dois-je refaire ? Répondez-y ou donnez son numéro :",
        nothing_again="Il n'y a encore rien ici que je puisse refaire.",
    ),
    "de": PastTexts(
        you="Am {day} haben Sie gesagt: {words}", other="Am {day} hat {who} gesagt: {words}",
        us="Am {day} habe ich geantwortet: {words}", nothing="Davon war hier noch nicht die Rede.",
        not_then="Davon war hier in dieser Zeit nicht die Rede, aber zu einer anderen:",
        again="Welchen soll ich noch einmal ausführen? Antworten Sie darauf, oder nennen Sie die Nummer:",
        nothing_again="Hier gibt es noch nichts, was ich noch einmal tun könnte.",
    ),
    "es": PastTexts(
        you="El {day} usted dijo: {words}", other="El {day} {who} dijo: {words}", us="El {day} respondí: {words}",
        nothing="Aquí no se ha dicho nada de eso.",
        not_then="En ese tiempo no se dijo aquí nada de eso. En otro momento:",
        again="¿Cuál debo repetir? Responda a ella o diga su número:",
        nothing_again="Aquí todavía no hay nada que pueda repetir.",
    ),
    "ru": PastTexts(
        you="{day} вы сказали: {words}", other="{day} {who}: {words}", us="{day} я ответил: {words}",
        nothing="Об этом здесь ничего не говорилось.",
        not_then="Об этом здесь в то время ничего не говорилось. В другое время:",
        again="Что из этого повторить? Ответьте на него или назовите номер:",
        nothing_again="Здесь пока нет ничего, что я мог бы повторить.",
    ),
    "zh": PastTexts(
        you="{day} 您说过：{words}", other="{day} {who} 说过：{words}", us="{day} 我回答过：{words}",
        nothing="这里没有说过这样的事。", not_then="那段时间这里没有说过这样的事。在别的时候：",
        again="要重做哪一个？请回复它，或说出编号：",
        nothing_again="这里还没有可以重做的内容。",
    ),
}  # fmt: skip


def told(
    found: Sequence[Recalled], asked: Recalls, language: str, *, several: bool, then: bool = True
) -> tuple[str, tuple[Citation, ...]]:
    """The answer as Markdown with its sources. `found` must not be empty.

    Args:
        several: whether more than one person speaks here, so that "you" may be anybody.
        then: False when it was said at another time than was asked for.
    """
    texts = PAST.get(language, PAST["en"])
    least = NEAR * max(one.coverage for one in found)
    kept: dict[tuple[int, bool], Recalled] = {}
    for one in found:
        if one.coverage >= least:
            kept.setdefault((one.number, one.own), one)
    chosen = list(kept.values())[:MOST] if asked.about else list(kept.values())[-2 * MOST :]
    if asked.when or not asked.about:
        chosen.sort(key=lambda one: (one.moment, one.number, not one.own))
    lines, citations = [], []
    for marker, one in enumerate(chosen, 1):
        quote = one.words if len(one.words) <= WHOLE else best_sentence(asked.about, one.words)
        form = texts.us if not one.own else texts.other if several else texts.you
        lines.append(f"{form.format(day=one.day, who=one.who, words=_marked(quote, language))} [{marker}]")
        passage = one.passage
        citations.append(
            Citation(
                marker=marker, passage_id=passage.id, document=passage.document, place=passage.place, quote=quote
            )
        )  # fmt: skip
    body = lines[0] if len(lines) == 1 and then else "\n".join(f"- {line}" for line in lines)
    return body if then else f"{texts.not_then}\n\n{body}", tuple(citations)


def which(meant: PointsAt, language: str) -> str:
    """Asks which order shall be done once more."""
    texts = PAST.get(language, PAST["en"])
    return f"{texts.again}\n\n" + "  \n".join(meant.titles) if meant.titles else texts.nothing_again


def _marked(quote: str, language: str) -> str:
    """In the marks of the language; marks inside become single ones, so that the quotation ends where it ends."""
    plain = " ".join(quote.split()).translate(_INNER)
    begin, end = {"fr": ("« ", " »"), "de": ("„", "“"), "es": ("«", "»"), "ru": ("«", "»")}.get(language, ("“", "”"))
    return f"{begin}{plain}{end}"


_INNER = str.maketrans({'"': "'", "“": "‘", "”": "’", "„": "‚", "«": "‹", "»": "›"})
