"""What a question asks for: a sum of money, a date, a person ... and whether a sentence holds such a thing.

Patterns and word lists were written for this project. They only prefer and soften: no answer hangs on them alone.
"""

from __future__ import annotations

import re
from enum import StrEnum

from company.language.stopwords import words
from company.language.tokens import fold


class Asked(StrEnum):
    """The sort of answer that a question wants."""

    MONEY = "money"
    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    CONTACT = "contact"
    REASON = "reason"


_MONTHS = words(
    "january february march april may june july august september october november december janvier fevrier mars avril "
    "mai juin juillet aout septembre octobre novembre decembre januar februar marz juni juli oktober dezember enero "
    "febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre январ феврал март апрел мая "
    "июн июл август сентябр октябр ноябр декабр"
)
_DAYS = words(
    "monday tuesday wednesday thursday friday saturday sunday lundi mardi mercredi jeudi vendredi samedi dimanche "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag lunes martes miercoles jueves viernes sabado domingo "
    "понедельник вторник сред четверг пятниц суббот воскресен"
)
_UNITS = (
    r"(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|secondes?|heures?|jours?|semaines?|mois|ans?|annees?|"
    r"sekunden?|minuten?|stunden?|tage?n?|wochen?|monate?n?|jahre?n?|segundos?|minutos?|horas?|dias?|semanas?|"
    r"mes(?:es)?|anos?|секунд\w*|минут\w*|час\w*|дн\w+|день|недел\w*|месяц\w*|год\w*|лет)"
)
_SPELLED = words(
    "one two three four five six seven eight nine ten twelve fifteen twenty thirty forty fifty hundred thousand "
    "un une deux trois quatre cinq sept huit neuf dix douze quinze vingt trente cent mille ein eine zwei drei vier "
    "funf sechs sieben acht neun zehn zwolf zwanzig dreissig hundert tausend uno dos tres cuatro cinco "
    "seis siete ocho "
    "nueve diez doce quince veinte treinta cien mil один два две три четыре пять шесть семь восемь девять десять "
    "двенадцать двадцать тридцать сто тысяч"
)
_NUMBER = rf"(?:\d|\b(?:{'|'.join(sorted(_SPELLED))})\b|[一二两三四五六七八九十百千万][^，。]?)"
_HOLDS: dict[Asked, re.Pattern[str]] = {
    Asked.MONEY: re.compile(
        r"[$€£¥₽]\s?\d|\d[\d.,'\s]*(?:[$€£¥₽]|eur|euros?|chf|usd|dollars?|francs?|franken|pounds?|руб|р\.|"
        r"pesos?|元|块|欧|"
        r"cents?|%)|(?:eur|chf|usd)\s?\d|\b(?:free of charge|gratuit|kostenlos|gratis|бесплатн)|免费|[百千万]元"
    ),
    Asked.DATE: re.compile(
        rf"\b(?:{'|'.join(sorted(_MONTHS | _DAYS))})|\b\d{{4}}\b|\d{{1,2}}[./]\d{{1,2}}|\b\d{{1,2}}(?:-го)? числ|"
        r"\d+月|\d+日|星期|"
        r"周[一二三四五六日末]|\b(?:daily|weekly|monthly|every|taglich|jeden|chaque|cada|ежедневн|кажд\w+)\b|"
        r"每[天周月年]"
    ),
    Asked.TIME: re.compile(
        r"\d{1,2}[:.h]\d{2}|\d\s?(?:am|pm|uhr|h)\b|\b(?:noon|midnight|midi|minuit|heures|de la (?:manana|tarde|"
        r"noche)|mittag|mediodia|полдень)\b|[上下]午|"
        r"\d+点|[一二三四五六七八九十]点|в \d{1,2}\b"
    ),
    Asked.DURATION: re.compile(
        rf"{_NUMBER}[\w-]*[\s-]?\w*\s?{_UNITS}\b|[\d一二两三四五六七八九十半]+个?(?:小时|分钟|天|周|月|年|星期)"
    ),
    Asked.NUMBER: re.compile(_NUMBER),
    Asked.PERSON: re.compile(
        r"(?<![.!?]\s)(?<!^)(?<!\n)\b[A-ZÀ-ÖА-Я][\w'’-]+|\b(?:Mr|Mrs|Ms|Dr|Frau|Herr|Mme|M\.|Sra?\.?|г-н|г-жа)\b|"
        r"先生|女士|经理|医生|[\u4e00-\u9fff]"
    ),
    Asked.PLACE: re.compile(
        r"(?<!^)(?<!\n)[A-ZÀ-ÖА-Я]\w+|\b(?:in|on|at|under|behind|beside|next to|dans|sous|derriere|im|am|unter|hinter|"
        r"auf|en|bajo|в|на|под|за|у)\b|[在里上下边室楼路街]"
    ),
    Asked.CONTACT: re.compile(r"@|\+?\d[\d\s()/.-]{5,}\d|https?://|www\."),
    Asked.REASON: re.compile(
        r"\b(?:because|since|so that|due to|in order|otherwise|car|parce|afin|pour|weil|da|damit|wegen|denn|porque|"
        r"para|debido|потому|чтобы|из-за|так как)\b|因为|为了|所以|由于"
    ),
}
_WHEN = (Asked.DATE, Asked.TIME, Asked.DURATION)
_RAW_CASE = frozenset({Asked.PERSON, Asked.PLACE})

_ASKS: dict[Asked, re.Pattern[str]] = {
    Asked.MONEY: re.compile(
        r"\b(?:pay|amount|montant|betrag|importe|сумма|how much (?:do|does|did|is|are|must|should|will)|price|"
        r"prices|cost|costs|fee|fees|rent|salary|budget|"
        r"combien (?:coute|coutent|est|paie|paye)|prix|tarif\w*|loyer|kostet|kosten|preis\w*|miete|gebuhr\w*|"
        r"cuanto (?:cuesta|cuestan|vale|paga\w*)|precio\w*|coste?|cuesta|сколько (?:стоит|стоят|плат\w+)|цен[аыу]|"
        r"стоимость|стоит)\b|多少钱|金额|价格|租金|费用"
    ),
    Asked.TIME: re.compile(
        r"\b(?:what time|o'clock|opening hours|open at|close at|a quelle heure|horaires?|um wie viel uhr|wann offnet|"
        r"wann schliesst|offnungszeit\w*|a que hora|horario|во сколько|в котором часу)\b|几点"
    ),
    Asked.DURATION: re.compile(
        r"\b(?:how long|how many (?:days|weeks|months|years|hours|minutes)|how old|"
        r"combien de (?:temps|jours|semaines|mois|ans|heures)|quelle est la duree|"
        r"wie lange|wie viele (?:tage|wochen|monate|jahre|stunden)|cuanto tiempo|cuantos (?:dias|meses|anos)|"
        r"cuantas (?:horas|semanas)|как долго|сколько (?:времени|днеи|месяцев|лет|часов|недель))\b|"
        r"多久|多长时间|几天|几个月|几年|多少天|多少年"
    ),
    Asked.DATE: re.compile(
        r"\b(?:when|what (?:date|day)|which day|quand|quel jour|wann|an welchem tag|cuando|que dia|когда|"
        r"какого числа)\b|什么时候|哪天|何时|哪年|几号"
    ),
    Asked.CONTACT: re.compile(
        r"\b(?:phone|telephone|e-?mail|contact|call|telefon\w*|appeler|numero|telefono|correo|телефон\w*|почт\w+)\b|"
        r"电话|邮箱|联系"
    ),
    Asked.PERSON: re.compile(r"\b(?:who|whom|whose|qui|wer|wen|wem|quien|quienes|кто|кого|кому)\b|谁"),
    Asked.PLACE: re.compile(
        r"\b(?:where|ou (?=se|est|sont|puis|dois|faut|on|trouve|range)|wo|wohin|donde|где|куда)\b|哪里|哪儿|在哪"
    ),
    Asked.REASON: re.compile(r"\b(?:why|pourquoi|warum|wieso|por que|почему|зачем)\b|为什么"),
    Asked.NUMBER: re.compile(
        r"\b(?:how (?:many|much|big|large|high|far|fast|often|warm|hot|tall|deep|wide|heavy|thick|cold)|combien|"
        r"wie (?:viel|viele|gross|hoch|oft|schnell|weit|warm|schwer|tief|breit|dick|kalt)|cuant[oa]s?|сколько|"
        r"what number|numero|nummer|"
        r"номер|percentage)\b|多少|几|多大|多高"
    ),
}

_FOCUS = re.compile(
    r"\bwhat (?:is|are|was|were) (?:the|our|my|your|their) (\w{3,})|"
    r"\bquel(?:le)?s? (?:est|sont) (?:le |la |les |l'|notre |mon |ma )(\w{3,})|"
    r"\b(?:was ist|wie lautet|wie heisst) (?:der|die|das|unser|unsere|mein|meine) (\w{3,})|"
    r"\bcual(?:es)? (?:es|son) (?:el|la|los|las|nuestro|nuestra) (\w{3,})|"
    r"\bкак(?:ои|ая|ое|ие|ов|ова|овы) (\w{3,})|的([\u4e00-\u9fff]{2,4}?)(?:是|有)"
)

SOFT: dict[Asked, frozenset[str]] = {
    Asked.MONEY: words(
        "cost costs price prices pay paid charge fee amount money prix coute coutent tarif payer paie paye "
        "paient montant "
        "kostet kosten "

        "preis preise betrag zahlen bezahlen hoch cuesta cuestan precio coste cuanto pagar vale стоит стоят цена цены "
        "стоимость платить плата сумма 价格 多少 费用"),
    Asked.DATE: words("date day time числа jour tag datum dia fecha дата день число 日期 时间 end ends begin begins "
    "start starts expire expires "
        "fin finit termine commence debute endet ende beginnt ablauf termina acaba empieza comienza заканчивается "
        "начинается истекает 结束 开始 到期"),
    Asked.TIME: words(
        "time hour hours open opens opening close closes closing heure heures horaires ouvre ferme ouverture "
        "uhr uhrzeit "

        "offnet schliesst hora horario abre cierra время часы открывается закрывается 时间 开门 关门"),
    Asked.DURATION: words(
        "long time last lasts take takes days months years old duree temps dure jours mois lange dauert dauer "
        "tage monate jahre "

        "tiempo dura tarda dias meses долго времени длится срок днеи месяцев 时间"),
    Asked.NUMBER: words("number big large high gross hoch numero nummer номер"),
    Asked.PERSON: words("person name nom nombre имя человек responsible charge verantwortlich zustandig responsable "
                            "отвечает ответственныи 负责 责人 名字"),
    Asked.PLACE: words("place located kept find located trouve range liegt befindet steht finde esta encuentra guarda "
                           "находится лежит хранится стоит 位置 放在"),
    Asked.CONTACT: words(
        "phone telephone number email contact call reach telefon telefonnummer nummer numero telephone "

                             "telefono correo телефон номер почта 电话 号码 话号"),
    Asked.REASON: words("reason raison grund razon причина 原因"),
}  # fmt: skip
"""Words that only name the sort of answer: a sentence with such a thing needs not repeat them."""


def asked(question: str) -> tuple[Asked, ...]:
    """The sorts of answer that `question` wants, likeliest first; () when any will do."""
    folded = fold(question)
    found = [sort for sort, pattern in _ASKS.items() if pattern.search(folded)]
    if Asked.MONEY in found and Asked.NUMBER in found:
        found.remove(Asked.NUMBER)  # "how much does it cost" is not answered by any number
    return tuple(found)


def focus(question: str) -> str:
    """The thing that is asked after, folded: "password" in "What is the password of the network?"; "" when unclear."""
    found = _FOCUS.search(fold(question))
    return next((group for group in found.groups() if group), "") if found else ""


def holds(sort: Asked, text: str) -> bool:
    """True when `text` has something of that sort in it; "when" is answered by a day, an hour or a span of time."""
    if sort in _WHEN:
        folded = fold(text)
        return any(_HOLDS[one].search(folded) for one in _WHEN)
    return bool(_HOLDS[sort].search(text if sort in _RAW_CASE else fold(text)))
