"""What a request asks for that can be counted: numbered questions, "five ideas", JSON, a table, code.

Everything here is conservative: it speaks only when the answer has the form that lets it be counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from company.records import Finding, Kind
from qa.case import Case
from qa.layers.form import as_json, table_blocks
from qa.prose import letters, word_set

_NUMBERED_LINE = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+)?(?:\*\*|__)?(?:(\d{1,2})[.)、]|([a-h])\))", re.MULTILINE)
_NUMBERED_INLINE = re.compile(r"(?:^|\s)(?:\(?(\d{1,2})\)|(\d{1,2})\.(?=\s)|\(?([a-h])\))(?=\s)")
_BULLET = re.compile(r"^ {0,1}[-*+•][ \t]+\S", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,6})[ \t]+\S", re.MULTILINE)
_BOLD_LEAD = re.compile(r"^\*\*[^*\n]+\*\*", re.MULTILINE)
_LIST_LINE = re.compile(r"^\s*(?:[-*+•]|\d{1,2}[.)、])[ \t]*\S.*$", re.MULTILINE)
_WORD = re.compile(r"\w+", re.UNICODE)

_NUMBERS: dict[str, int] = {
    word: number
    for number, words in {
        2: "two deux zwei dos два две",
        3: "three trois drei tres три",
        4: "four quatre vier cuatro четыре",
        5: "five cinq fünf cinco пять",
        6: "six sechs seis шесть",
        7: "seven sept sieben siete семь",
        8: "eight huit acht ocho восемь",
        9: "nine neuf neun nueve девять",
        10: "ten dix zehn diez десять",
        12: "twelve douze zwölf doce двенадцать",
        15: "fifteen quinze fünfzehn quince пятнадцать",
        20: "twenty vingt zwanzig veinte двадцать",
    }.items()
    for word in words.split()
}
_HAN_NUMBERS = dict(zip("二两三四五六七八九十", (2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
_ASKING = word_set(
    "give list name suggest propose recommend provide brainstorm enumerate "
    "donne donnez cite citez liste listez propose proposez suggère suggérez énumère énumérez "
    "nenne nennen gib liste schlage schlag empfiehl zähle "
    "dame dime nombra lista enumera sugiere propón recomienda menciona cita "
    "назови назовите перечисли перечислите приведи приведите предложи предложите дай дайте посоветуй"
)
_NO_ITEMS = word_set(
    "word words sentence sentences paragraph paragraphs line lines character characters page pages minute minutes "
    "hour "
    "hours day days week weeks month months year years percent euro euros dollar dollars star stars people "
    "persons times "
    "column columns digits letters mots mot phrases phrase paragraphes lignes pages minutes heures jours semaines "
    "mois ans "
    "colonnes chiffres fois wörter wörtern worte worten satz sätze sätzen absätze absätzen zeilen seiten minuten "
    "stunden "
    "tage tagen wochen monate monaten jahre jahren spalten mal palabras frases oraciones párrafos líneas páginas "
    "minutos "
    "horas días semanas meses años columnas veces слов слова предложений предложения абзацев абзаца строк строки "
    "страниц "
    "минут часов дней дня недель месяцев лет раз предложениях словах"
)
_NOT_A_COUNT = word_set(
    "to most than in within for under page chapter section of version python step table figure maximum max "
    "mindestens "
    "höchstens maximal bis en dans à au bajo hasta до не за в"
)
_HAN_COUNT = re.compile(
    r"(?:给我|给出|列出|列举|说出|推荐|提供|举出?|想出?)[^0-9一二两三四五六七八九十，。\n]{0,6}?(\d{1,2}|[二两三四五六七八九十])"
    r"(?=[个条种本点项部位家款道])"
)
_WANTS_JSON = re.compile(
    r"\b(?:as|in|to|into|return|output|only|valid|au format|en|als|im|ein|en formato|como|в|в формате|в виде)\s+"
    r"(?:a |valid |valides |gültiges |un )?JSON\b(?![- ]?(?:files?|parser|schema|api|web|library))|"
    r"\bJSON[- ]?(?:format|object|array|objekt|array)\b|JSON\s?格式",
    re.IGNORECASE,
)
_WANTS_TABLE = re.compile(
    r"\b(?:as|in|into|with)\s+an?\s+(?:\w+\s+){0,2}table\b|\b(?:make|create|draw|build|produce)\s+(?:me\s+)?an?\s+"
    r"(?:\w+\s+){0,2}table\s+(?:of|with|comparing|showing|that|listing)\b|\bmarkdown table\b|"
    r"\b(?:sous forme de|dans un|en|fais(?:-moi)? un|un) tableau (?:de |comparati|markdown|avec|:)|"
    r"\bsous forme de tableau\b|\bdans un tableau\b|"
    r"\b(?:als|in einer|eine) (?:\w+ )?tabelle\b|\b(?:en|como) una tabla\b|\bв (?:виде|форме) таблицы\b|"
    r"\bсоставь(?:те)? таблицу\b|"
    r"(?:用|以|做成|做一?个)[^。\n]{0,6}表格",
    re.IGNORECASE,
)
_WANTS_CODE = re.compile(
    r"\b(?:write|implement|code|program|create|give me|show me|écri[st]?|écrivez|implémente[zr]?|schreibe?n?|"
    r"implementiere|"
    r"escribe|implementa|crea|напиши(?:те)?|реализуй(?:те)?)\b[^.?\n]{0,60}\b(?:functions?|scripts?|programs?|"
    r"class|regex|"
    r"query|snippet|fonction|programme|requête|funktion|skript|programm|klasse|función|programa|consulta|"
    r"функци\w*|скрипт\w*|"
    r"программ\w*|класс|запрос)\b|写一?个?[^。\n]{0,12}(?:函数|脚本|程序|代码)",
    re.IGNORECASE,
)
_INDENTED_CODE = re.compile(r"^(?: {4}|\t)\S", re.MULTILINE)


def unmet(case: Case) -> Iterator[Finding]:
    """What was asked for in a countable way and is not there."""
    if not case.request:
        return
    yield from _numbered(case)
    yield from _count(case)
    yield from _forms(case)


def asked_count(request: str) -> tuple[int, str] | None:
    """("five ideas") -> (5, "five"): how many items a request asks for, and in which word; None when it does not."""
    han = _HAN_COUNT.search(request)
    if han:
        word = han[1]
        return (_HAN_NUMBERS[word] if word in _HAN_NUMBERS else int(word)), word
    words = [word.lower() for word in _WORD.findall(request[:2000])]
    for index, word in enumerate(words):
        if word not in _ASKING:
            continue
        for place in range(index + 1, min(index + 6, len(words))):
            number = _number(words[place])
            if number is None:
                continue
            after = words[place + 1 : place + 4]
            if (
                after
                and not _NO_ITEMS & set(after)
                and words[place - 1] not in _NOT_A_COUNT
                and _number(after[0]) is None
            ):
                return number, words[place]
            break
    return None


def numbered(text: str, *, inline: bool = False) -> list[str]:
    """The labels ("1", "2", "a") of the numbered lines of `text`, also within lines when `inline`."""
    found = [match[1] or match[2] for match in _NUMBERED_LINE.finditer(text)]
    if inline and len(found) < 2:
        found = [match[1] or match[2] or match[3] for match in _NUMBERED_INLINE.finditer(text)]
    return found


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word) if 2 <= int(word) <= 50 else None
    return _NUMBERS.get(word)


def _finding(code: str, message: str) -> Finding:
    return Finding(layer="completeness", code=code, message=message)


def _is_run(labels: list[str]) -> bool:
    """Whether labels count up from the first without a gap or a restart."""
    if len(labels) < 2 or labels[0] not in ("1", "a"):
        return False
    numbers = [int(label) if label.isdigit() else ord(label) - 96 for label in labels]
    return numbers == list(range(1, len(numbers) + 1))


def _numbered(case: Case) -> Iterator[Finding]:
    wanted = numbered(case.request, inline=True)
    if not _is_run(wanted) or "?" not in case.request.replace("？", "?"):
        return
    answered = numbered(case.prose.outside)
    if not answered or answered[0] != wanted[0] or answered != sorted(set(answered), key=answered.index):
        return
    missing = [label for label in wanted if label not in answered]
    if missing and len(missing) < len(wanted):
        yield _finding(
            "question-unanswered",
            f"Of {len(wanted)} questions, number {', '.join(missing)} has no answer. Answer each.",
        )


def _count(case: Case) -> Iterator[Finding]:
    asked = asked_count(case.request)
    if asked is None or case.kind in (Kind.CODE, Kind.TRANSLATION):
        return
    number, word = asked
    text = case.prose.outside
    listed = _LIST_LINE.findall(text)
    if len(listed) < 2 or letters("".join(listed)) < 0.4 * letters(text):
        return
    most = max(_item_counts(text))
    if most < number:
        yield _finding("count-short", f"The request asks for {word} ({number}); the answer lists {most}. Add the rest.")


def _item_counts(text: str) -> list[int]:
    levels = [len(match) for match in _HEADING.findall(text)]
    tables = [len(block) - 2 for block in table_blocks(text)]
    return [
        len(numbered(text)),
        len(_BULLET.findall(text)),
        len(_BOLD_LEAD.findall(text)),
        len(_LIST_LINE.findall(text)) if not (_BULLET.search(text) or numbered(text)) else 0,
        *(levels.count(level) for level in set(levels)),
        *tables,
    ]


def _forms(case: Case) -> Iterator[Finding]:
    if case.kind is not Kind.CODE and _WANTS_JSON.search(case.request) and not _has_json(case):
        yield _finding(
            "json-missing", "The request asks for JSON and the answer holds none that can be read. Give valid JSON."
        )
    if case.kind is not Kind.CODE and _WANTS_TABLE.search(case.request) and not _has_table(case):
        yield _finding("table-missing", "The request asks for a table and the answer has none. Give a Markdown table.")
    if case.kind is Kind.CODE and _WANTS_CODE.search(case.request) and not _has_code(case):
        yield _finding("code-missing", "The request asks for code and the answer has none. Give it in a fenced block.")


def _has_json(case: Case) -> bool:
    for text in (case.text, *(fence.body for fence in case.prose.fences)):
        try:
            if isinstance(as_json(text), dict | list):
                return True
        except ValueError:
            continue
    return False


def _has_table(case: Case) -> bool:
    if any(True for _ in table_blocks(case.text)):
        return True
    return "<table" in case.text.lower() or any(fence.body.count("\n") > 0 for fence in case.prose.fences)


def _has_code(case: Case) -> bool:
    return bool(case.prose.fences) or "`" in case.text or bool(_INDENTED_CODE.search(case.text))
