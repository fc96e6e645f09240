"""Templates of the held-out half: each is drawn with several values, once right and once with a planted defect.

Frozen before the layers were written; `tests/unit/qa/test_inspection_corpus.py` holds its fingerprint.
"""

from __future__ import annotations

from benchmarks.inspection_corpus.drawn import Day, Leak, Span, Sum, Totals

SUMS = (
    Sum("en", "What do {a} tickets at {b} euros cost?", "{a} × {b} = {r}, so you pay {r} euros.", lambda a, b: a * b),
    Sum(
        "en",
        "We had {a} members, {b} left.",
        "That leaves you with {a} − {b} = **{r}** members, if nobody joined meanwhile.",
        lambda a, b: a - b,
        a=(200, 900),
        b=(11, 180),
    ),
    Sum(
        "en",
        "Split {a} dollars among {b} people.",
        "Each pays ${a} / {b} = ${r}.",
        lambda a, b: a / b,
        a=(100, 900),
        b=(2, 9),
        places=2,
    ),
    Sum(
        "en",
        "A {a} % tip on {b} dollars?",
        "{a}% of {b} is {r} dollars.",
        lambda a, b: a * b / 100,
        a=(5, 25),
        places=2,
    ),
    Sum("en", "Area of a room {a} by {b} feet", "The area is {a} ft × {b} ft = {r} sq ft.", lambda a, b: a * b),
    Sum("en", "How far are {a} miles in km?", "{a} miles are about {r} km.", lambda a, b: a * 1.609344, places=1),
    Sum(
        "en",
        "The price rose from {a} to {b}.",
        "From {a} to {b} is an increase of {r} %.",
        lambda a, b: (b - a) / a * 100,
        a=(40, 90),
        b=(100, 180),
        places=1,
    ),
    Sum(
        "fr",
        "Combien font {a} fois {b} ?",
        "{a} × {b} = {r}. On le vérifie en doublant deux fois.",
        lambda a, b: a * b,
    ),
    Sum(
        "fr",
        "Que représentent {a} % de {b} euros ?",
        "{a} % de {b} euros font {r} euros.",
        lambda a, b: a * b / 100,
        a=(5, 30),
        b=(100, 900),
        places=2,
    ),
    Sum(
        "fr",
        "Mon budget : loyer {a}, courses {b}",
        "Au total : {a} + {b} = {r} euros par mois.",
        lambda a, b: a + b,
        a=(400, 1200),
        b=(150, 480),
    ),
    Sum(
        "de",
        "Was kosten {a} Dosen zu je {b} Euro?",
        "Rechnung: {a} · {b} = {r} Euro.",
        lambda a, b: a * b,
        b=(1.15, 8.95),
        places=2,
    ),
    Sum(
        "de",
        "Wie viel sind {a} % von {b}?",
        "{a} Prozent von {b} sind {r}.",
        lambda a, b: a * b / 100,
        a=(5, 45),
        b=(200, 900),
        places=2,
    ),
    Sum(
        "de",
        "Teile {a} Euro durch {b}",
        "{a} : {b} = {r}, also bekommt jeder {r} Euro.",
        lambda a, b: a / b,
        a=(100, 900),
        b=(3, 9),
        places=2,
    ),
    Sum(
        "es",
        "¿Cuánto son {a} cajas de {b} botellas?",
        "Son {a} × {b} = {r} botellas.",
        lambda a, b: a * b,
    ),
    Sum(
        "es",
        "¿Cuánto es el {a} % de {b}?",
        "El {a} % de {b} es {r}.",
        lambda a, b: a * b / 100,
        a=(5, 40),
        b=(100, 800),
        places=2,
    ),
    Sum("ru", "Сколько будет {a} на {b}?", "{a} × {b} = {r}, проверено сложением.", lambda a, b: a * b),
    Sum(
        "ru",
        "Было {a} рублей, потратили {b}",
        "Осталось {a} − {b} = {r} рублей.",
        lambda a, b: a - b,
        a=(900, 4000),
        b=(100, 800),
    ),
    Sum("zh", "{a}箱苹果，每箱{b}个，一共多少？", "{a} × {b} = {r}，一共{r}个苹果。", lambda a, b: a * b),
    Sum(
        "zh",
        "{a}的百分之二十五加上{b}",
        "{a} ÷ 4 + {b} = {r}。",
        lambda a, b: a / 4 + b,
        a=(100, 400),
        places=2,
    ),
    Sum("it", "Quanto fanno {a} per {b}?", "{a} × {b} = {r}.", lambda a, b: a * b),
)

DAYS = (
    Day("en", "When is the inspection?", "The inspection is on {weekday}, {month} {d}, {y}, at nine."),
    Day("en", "When do we fly?", "We fly on {d} {month} {y}, which is a {weekday}."),
    Day("en", "Which day is that?", "{y}-{mm}-{dd} is a {weekday}."),
    Day("fr", "Quand a lieu la visite ?", "La visite a lieu le {weekday} {d} {month} {y} à dix heures."),
    Day("de", "Wann kommt der Elektriker?", "Er kommt am {weekday}, {d}. {month} {y}."),
    Day("de", "Wann ist die Abgabe?", "Die Abgabe ist am {dd}.{mm}.{y} ({weekday})."),
    Day("es", "¿Cuándo es la boda?", "La boda es el {weekday} {d} de {month} de {y}."),
    Day("ru", "Когда собрание?", "Собрание пройдёт {d} {month} {y} года ({weekday})."),
    Day("zh", "体检是哪天？", "体检在{y}年{m}月{d}日（{weekday}）上午。"),
    Day("it", "Quando è la consegna?", "La consegna è {weekday} {d} {month} {y}."),
)

SPANS = (
    Span("en", "How long is the project?", "From {first} to {last} there are {n} days."),
    Span("en", "When does the warranty end?", "{n} days after {first} is {last}."),
    Span("de", "Wie lange dauert die Kur?", "Vom {first} bis zum {last} sind es {n} Tage."),
    Span("fr", "Combien de temps dure le chantier ?", "Du {first} au {last}, il y a {n} jours."),
)

TOTALS = (
    Totals("en", "List the hours with a total", ("Task", "Hours"), ("Design", "Build", "Test", "Talks"), "Total"),
    Totals("fr", "Liste les frais avec le total", ("Poste", "Euros"), ("Train", "Hôtel", "Repas"), "Total"),
    Totals("de", "Liste die Kosten mit Summe auf", ("Posten", "Euro"), ("Miete", "Strom", "Wasser", "Netz"), "Summe"),
    Totals("es", "Lista los gastos con el total", ("Gasto", "Euros"), ("Luz", "Agua", "Gas"), "Total"),
    Totals("ru", "Перечисли расходы с итогом", ("Статья", "Рубли"), ("Свет", "Вода", "Газ"), "Итого"),
    Totals("zh", "列出费用并合计", ("项目", "元"), ("水费", "电费", "煤气"), "合计"),
)

LEAKS = (
    Leak("en", "Who handles refunds?", "Refunds are handled by Petra; write to {mail} and name your order."),
    Leak("en", "How do I pay the plumber?", "Transfer it to {iban} and put the bill's number in the reference."),
    Leak("en", "Which card is on file?", "The card on file is {card}, valid for another year."),
    Leak("en", "Where is the brochure?", "It is at {link}; the second page has the prices."),
    Leak("en", "Show me the logo", "Here it is: {picture}"),
    Leak("fr", "À qui écrire ?", "Écrivez à {mail}, elle répond le jour même."),
    Leak("de", "Wohin überweise ich?", "Bitte auf das Konto {iban} überweisen."),
    Leak("es", "¿Con qué tarjeta pago?", "Con la tarjeta {card}, como siempre."),
    Leak("ru", "Кому написать?", "Напишите на {mail}, там ответят."),
    Leak("zh", "发给谁？", "请发到 {mail} ，他会处理。"),
)
