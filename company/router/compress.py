"""A conversation as a brief under a token limit, by choosing sentences, never by writing new ones.

What must survive are facts: names, figures, dates, codes, addresses, preferences, decisions, and whatever the present
message speaks of. Sentences are scored by these (extractive summarisation in the line of Luhn 1958 and of maximal
marginal relevance, Carbonell and Goldstein 1998) and taken greedily by worth per token; the newest exchange is kept
nearly word for word.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from company.language.tokens import fold
from company.records import Exchange
from company.router.lexicon import LANGUAGES
from company.router.tokens import clip, estimate_tokens

_EXCHANGES = 200  # older ones are not read
_REMEMBERED = 400  # exchanges whose sentences are kept analysed, some kilobytes each
_MARK_TOKENS = 6  # of "earlier (#41): "
_ANSWER_HEAD, _ANSWER_TAIL = 1600, 400  # characters of one text that are read
_SENTENCE_CHARS = 320
_NEWEST_SHARE = 0.4  # of the limit at most
_WORTH_READING = 0.5
_SENTENCES = re.compile(r"[^.!?。！？\n;；]*(?:[.!?](?=\S)[^.!?。！？\n;；]*)*[.!?。！？\n;；]+|[^.!?。！？\n;；]+$")
_ABBREVIATED = re.compile(r"\b[^\W\d_a-zа-яё][^\W\d_]{0,2}\.$")  # "Dr.", "St.", "Nr.": not the end of a sentence
_FACTS = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.]+"  # e-mail
    r"|https?://\S+"
    r"|\b(?=[\w-]*\d)(?=[\w-]*[^\W\d_])[\w-]{3,}\b"  # codes: letters and digits mixed
    r"|[€$£¥₽]?\s?\d+(?:[.,:/-]\d+)*\s?[%€$£¥₽元]?"  # figures, dates, money
    r"|(?<=\w[\s,(«\"'])[^\W\d_a-zа-яё\u3400-\u9fff][^\W\d_]+"  # capitalised inside a sentence: names
    r"|[\"“«「][^\"”»」]{2,60}[\"”»」]"  # quoted words
)
_ANY_WORD = re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[\u3400-\u9fff]{2}|[^\W\d_\u3400-\u9fff]{3,}|\d+")
_STEM = 6
_FIRST = 3  # letters of a first word that are compared


class _Phrases:
    """The phrases of one label in all languages. Few sentences hold one, so first words are compared first."""

    def __init__(self, label: str) -> None:
        entries = sorted({entry.strip() for module in LANGUAGES.values() for entry in module.CUES[label].split(",")})
        spaced = [fold(entry) for entry in entries if entry < "\u3400"]
        self._firsts = frozenset(entry.split()[0].rstrip("*")[:_FIRST] for entry in spaced)
        patterns = [re.escape(entry).replace(r"\*", r"\w*") for entry in spaced]
        self._spaced = re.compile(rf"\b(?:{'|'.join(patterns)})\b")
        self._han = re.compile("|".join(re.escape(entry) for entry in entries if entry >= "\u3400"))

    def inside(self, folded: str, firsts: frozenset[str]) -> bool:
        """Whether one of them stands in the text, whose words begin with `firsts`."""
        if not self._firsts.isdisjoint(firsts) and self._spaced.search(folded):
            return True
        return not folded.isascii() and self._han.search(folded) is not None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A candidate: where it stood, what it holds, what it is worth and what it costs in tokens."""

    number: int
    order: int
    text: str
    words: frozenset[str]
    facts: frozenset[str]
    own: bool  # the person's words, not ours
    tokens: int
    standing: float  # what it is worth whatever is asked


class Compressor:
    """Writes briefs. Remembers what it read off the last exchanges, so that a long talk is read once, not each time."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._preference = _Phrases("prefer")
        self._decision = _Phrases("decide")
        self._stop = frozenset(word[:_STEM] for module in LANGUAGES.values() for word in fold(module.STOP).split())
        self._analysed = lru_cache(maxsize=remembered)(self._analyse)

    def compress(self, history: Sequence[Exchange], message: str, limit: int) -> str:
        """The brief for `message`: "" without history, else chosen sentences of it, at most `limit` estimated tokens.

        Lines are in time order: "earlier (#41): ..." for each exchange something was kept of, then the newest
        exchange with both sides named. Safe to call from several threads.
        """
        if not history or limit <= 0:
            return ""
        newest = _newest(history[-1], max(int(limit * _NEWEST_SHARE), min(limit, 40)))
        earlier = history[:-1][-_EXCHANGES:]
        room = limit - estimate_tokens(newest) - 1
        sentences = [sentence for exchange in earlier for sentence in self._analysed(exchange)]
        lines = [*_lines(_choose(sentences, self._content(message[:_ANSWER_HEAD]), room)), newest]
        while len(lines) > 1 and estimate_tokens("\n".join(lines)) > limit:
            lines.pop(0)
        return clip("\n".join(lines), limit)

    def _analyse(self, exchange: Exchange) -> tuple[_Sentence, ...]:
        """The sentences of one exchange with all that does not hang on the present message."""
        found: list[_Sentence] = []
        for own, text in ((True, exchange.question), (False, exchange.answer)):
            for sentence in _sentences(_within(text)):
                low = fold(sentence)
                facts = facts_of(sentence)
                firsts = frozenset(word[:_FIRST] for word in _ANY_WORD.findall(low))
                standing = 1.0 * min(len(facts), 4)
                standing += 2.5 if own and self._preference.inside(low, firsts) else 0.0
                standing += 2.0 if self._decision.inside(low, firsts) else 0.0
                words = self._content(low)
                found.append(
                    _Sentence(
                        number=exchange.number, order=len(found), text=sentence, words=words, facts=facts, own=own,
                        tokens=estimate_tokens(sentence), standing=standing,
                    )
                )  # fmt: skip
        return tuple(found)

    def _content(self, text: str) -> frozenset[str]:
        """The stems of the words that carry meaning."""
        return frozenset(word[:_STEM] for word in _WORDS.findall(fold(text))) - self._stop


def facts_of(text: str) -> frozenset[str]:
    """The figures, codes, addresses and names in a text, folded: what a brief may not lose."""
    return frozenset(fold(match).strip(" \"“”«»「」'.,") for match in _FACTS.findall(text)) - {""}


def merge(brief: str, extract: str, limit: int) -> str:
    """A brief written by a model, mended with the lines of `extract` whose facts it lost; at most `limit` tokens.

    What was kept by extraction is sure to have been said, so it takes precedence over the model's prose.
    """
    known = fold(brief)
    lost = [line for line in extract.splitlines() if any(fact not in known for fact in facts_of(_unmarked(line)))]
    mended = "\n".join(lost)
    room = limit - estimate_tokens(mended) - 1
    if room <= 0:
        return clip(mended, limit)
    parts = [part for part in (clip(brief.strip(), room), mended) if part]
    return clip("\n".join(parts), limit)


def _unmarked(line: str) -> str:
    return line.split(": ", 1)[-1] if line.startswith(("earlier (#", "just before (#")) else line


def _newest(exchange: Exchange, limit: int) -> str:
    question = clip(" ".join(_within(exchange.question).split()), max(limit // 2, 12))
    head = f"just before (#{exchange.number}): asked: {question}"
    room = limit - estimate_tokens(head) - 6
    answer = clip(" ".join(_within(exchange.answer).split()), room) if room > 0 else ""
    return clip(f"{head} | answered: {answer}" if answer else head, limit)


def _within(text: str) -> str:
    return text if len(text) <= _ANSWER_HEAD + _ANSWER_TAIL else f"{text[:_ANSWER_HEAD]}\n{text[-_ANSWER_TAIL:]}"


def _sentences(text: str) -> list[str]:
    pieces: list[str] = []
    for match in _SENTENCES.findall(text):
        piece = " ".join(match.split())
        while piece:
            pieces.append(piece[:_SENTENCE_CHARS])
            piece = piece[_SENTENCE_CHARS:]
    whole: list[str] = []
    for piece in pieces:
        if whole and _ABBREVIATED.search(whole[-1]) and len(whole[-1]) + len(piece) < _SENTENCE_CHARS:
            whole[-1] = f"{whole[-1]} {piece}"
        else:
            whole.append(piece)
    return [piece for piece in whole if len(piece) > 1]


def _choose(sentences: Sequence[_Sentence], wanted: frozenset[str], room: int) -> list[_Sentence]:
    spread = Counter(word for sentence in sentences for word in sentence.words)
    rarity = {word: math.log(1 + len(sentences) / count) for word, count in spread.items()}
    newest = sentences[-1].number if sentences else 0
    scored = [(_worth(sentence, wanted, rarity, newest - sentence.number), sentence) for sentence in sentences]
    scored = [(worth, sentence) for worth, sentence in scored if worth >= _WORTH_READING]
    scored.sort(key=lambda pair: (-pair[0] / (12 + pair[1].tokens), -pair[1].number, -pair[1].order))
    chosen: list[_Sentence] = []
    numbers: set[int] = set()
    told: set[str] = set()
    for _, sentence in scored:
        if sentence.facts and sentence.facts <= told and sentence.words.isdisjoint(wanted):
            continue  # the same facts once more
        cost = sentence.tokens + 1 + (0 if sentence.number in numbers else _MARK_TOKENS)
        if cost <= room:
            chosen.append(sentence)
            numbers.add(sentence.number)
            told |= sentence.facts
            room -= cost
            if room < _MARK_TOKENS:
                break
    return chosen


def _worth(sentence: _Sentence, wanted: frozenset[str], rarity: dict[str, float], age: int) -> float:
    shared = sentence.words & wanted
    worth = sentence.standing + 2.2 * sum(rarity[word] for word in shared)
    worth += 0.15 * min(sum(rarity[word] for word in sentence.words) / (1 + len(sentence.words)), 6)
    worth += 0.8 * math.exp(-max(age, 0) / 8)
    if not sentence.own:
        return worth
    question = sentence.text.endswith(("?", "？"))  # a question by itself tells little
    return worth * 1.35 * (0.5 if question and not shared else 1.0)


def _lines(chosen: list[_Sentence]) -> list[str]:
    by_number: dict[int, list[_Sentence]] = {}
    for sentence in sorted(chosen, key=lambda entry: (entry.number, entry.order)):
        by_number.setdefault(sentence.number, []).append(sentence)
    return [f"earlier (#{number}): {' '.join(entry.text for entry in kept)}" for number, kept in by_number.items()]
