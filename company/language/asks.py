"""What a request asks for that can be counted or seen: five items, numbered questions, JSON, a table, code, a length.

Conservative: it speaks only where the words leave no doubt. Whoever does the work is told of it, whoever inspects it
holds the answer against it.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NUMBERED_LINE = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+)?(?:\*\*|__)?(?:(\d{1,2})[.)、]|([a-h])\))", re.MULTILINE)
_NUMBERED_INLINE = re.compile(r"(?:^|\s)(?:\(?(\d{1,2})\)|(\d{1,2})\.(?=\s)|\(?([a-h])\))(?=\s)")
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
_ASKING = _words(
    "give list name suggest propose recommend provide brainstorm enumerate "
    "donne donnez cite citez liste listez propose proposez suggère suggérez énumère énumérez "
    "nenne nennen gib liste schlage schlag empfiehl zähle "
    "dame dime nombra lista enumera sugiere propón recomienda menciona cita "
    "назови назовите перечисли перечислите приведи приведите предложи предложите дай дайте посоветуй"
)
_NO_ITEMS = _words(
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
_NOT_A_COUNT = _words(
    "to most than in within for under page chapter section of version python step table figure maximum max "
    "mindestens "
    "höchstens maximal bis en dans à au bajo hasta до не за в"
)
_HAN_COUNT = re.compile(
    r"(?:给我|给出|列出|列举|说出|推荐|提供|举出?|想出?)[^0-9一二两三四五六七八九十，。\n]{0,6}?(\d{1,2}|[二两三四五六七八九十])"
    r"(?=[个条种本点项部位家款道])"
)
WANTS_JSON = re.compile(
    r"\b(?:as|in|to|into|return|output|only|valid|au format|en|als|im|ein|en formato|como|в|в формате|в виде)\s+"
    r"(?:a |valid |valides |gültiges |un )?JSON\b(?![- ]?(?:files?|parser|schema|api|web|library))|"
    r"\bJSON[- ]?(?:format|object|array|objekt|array)\b|JSON\s?格式",
    re.IGNORECASE,
)
WANTS_TABLE = re.compile(
    r"\b(?:as|in|into|with)\s+an?\s+(?:\w+\s+){0,2}table\b|\b(?:make|create|draw|build|produce)\s+(?:me\s+)?an?\s+"
    r"(?:\w+\s+){0,2}table\s+(?:of|with|comparing|showing|that|listing)\b|\bmarkdown table\b|"
    r"\b(?:sous forme de|dans un|en|fais(?:-moi)? un|un) tableau (?:de |comparati|markdown|avec|:)|"
    r"\bsous forme de tableau\b|\bdans un tableau\b|"
    r"\b(?:als|in einer|eine) (?:\w+ )?tabelle\b|\b(?:en|como) una tabla\b|\bв (?:виде|форме) таблицы\b|"
    r"\bсоставь(?:те)? таблицу\b|"
    r"(?:用|以|做成|做一?个)[^。\n]{0,6}表格",
    re.IGNORECASE,
)
WANTS_CODE = re.compile(
    r"\b(?:write|implement|code|program|create|give me|show me|écri[st]?|écrivez|implémente[zr]?|schreibe?n?|"
    r"implementiere|"
    r"escribe|implementa|crea|напиши(?:те)?|реализуй(?:те)?)\b[^.?\n]{0,60}\b(?:functions?|scripts?|programs?|"
    r"class|regex|"
    r"query|snippet|fonction|programme|requête|funktion|skript|programm|klasse|función|programa|consulta|"
    r"функци\w*|скрипт\w*|"
    r"программ\w*|класс|запрос)\b|写一?个?[^。\n]{0,12}(?:函数|脚本|程序|代码)",
    re.IGNORECASE,
)
_MOST_WORDS = re.compile(
    r"\b(?:in|within|with|of|using)\s+(?:at most|no more than|not more than|under|fewer than|less than|max\.?|"
    r"(?:a )?maximum(?: of)?|up to)\s+(\d{1,5})\s+words\b|"
    r"\b(?:at most|no more than|not more than|maximum(?: of)?|max\.?|up to)\s+(\d{1,5})\s+words\b|"
    r"\b(\d{1,5})\s+words (?:at most|or (?:less|fewer)|max(?:imum)?)\b|"
    r"\b(?:höchstens|maximal|nicht mehr als|max\.)\s+(\d{1,5})\s+(?:Wörtern?|Worten?)\b|"
    r"\b(?:au (?:plus|maximum)|(?:pas|jamais) plus de|maximum|max\.)\s+(\d{1,5})\s+mots\b|"
    r"\b(\d{1,5})\s+mots (?:au (?:plus|maximum)|maximum|max)\b|"
    r"\b(?:como máximo|no más de|máximo(?: de)?)\s+(\d{1,5})\s+palabras\b|"
    r"\b(\d{1,5})\s+palabras como máximo\b|"
    r"(?:не (?:более|больше)|максимум)\s+(\d{1,5})\s+слов\b|"
    r"(?:不超过|最多|至多)\s?(\d{1,5})\s?(?:个)?[字词]",
    re.IGNORECASE,
)


_OF_A_PART = re.compile(
    r"\b(?:each|every|per|titles?|headlines?|headings?|abstracts?|intro\w*|sections?|paragraphs?|subjects?|captions?|"
    r"sentences?|slogans?|bullets?|items?|points?|summary and|then|"
    r"jede\w*|pro|Titel|Überschrift\w*|Abschnitt\w*|Absatz|Absätze|Betreff|Punkte?|"
    r"chaque|par|titres?|paragraphes?|sections?|objet|points?|"
    r"cada|por|títulos?|párrafos?|secciones|sección|asunto|puntos?)\b|"
    r"кажд\w*|заголов\w*|абзац\w*|раздел\w*|пункт\w*|每|各|标题|段|节",
    re.IGNORECASE,
)
_A_LENGTH = re.compile(r"\d\s*(?:words|Wörter\w*|Worte\w*|mots|palabras|слов|个?[字词])", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?。！？\n]*")


def most_words(request: str) -> int | None:
    """How many words the whole answer may have ("in at most 100 words"); None when that is not said, or not clearly.

    Not clear is a request with two lengths, or one whose sentence speaks of a part ("a title of at most 8 words").
    """
    text = request[:4000]
    match = _MOST_WORDS.search(text)
    if match is None or len(_A_LENGTH.findall(text)) != 1:
        return None
    begin = max(text.rfind(sign, 0, match.start()) for sign in '.!?。！？\n"“„«「') + 1
    sentence = text[begin : match.start()] + (_SENTENCE.match(text, match.start()) or match)[0]
    return None if _OF_A_PART.search(sentence) else int(next(filter(None, match.groups())))


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


def is_run(labels: list[str]) -> bool:
    """Whether labels count up from the first without a gap or a restart."""
    if len(labels) < 2 or labels[0] not in ("1", "a"):
        return False
    numbers = [int(label) if label.isdigit() else ord(label) - 96 for label in labels]
    return numbers == list(range(1, len(numbers) + 1))


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit():
        return int(word) if 2 <= int(word) <= 50 else None
    return _NUMBERS.get(word)
