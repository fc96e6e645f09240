"""Templates of the development half: each is drawn with several values, once right and once with a planted defect."""

from __future__ import annotations

from benchmarks.inspection_corpus.drawn import Day, Leak, Span, Sum, Totals

SUMS = (
    Sum("en", "{a} rows of {b} chairs?", "That is {a} * {b} = {r} chairs.", lambda a, b: a * b),
    Sum("en", "{a} plus {b}?", "{a} + {b} equals {r}.", lambda a, b: a + b, a=(100, 900)),
    Sum("en", "What is {a} percent of {b}?", "{a} percent of {b} is {r}.", lambda a, b: a * b / 100, places=2),
    Sum("en", "{a} kg in pounds?", "{a} kg ≈ {r} lb.", lambda a, b: a * 2.20462, places=1),
    Sum("fr", "{a} paquets de {b} feuilles ?", "{a} × {b} = {r} feuilles.", lambda a, b: a * b),
    Sum("fr", "{a} moins {b} ?", "{a} - {b} = {r}.", lambda a, b: a - b, a=(200, 900)),
    Sum("de", "{a} mal {b}?", "{a} × {b} = {r}.", lambda a, b: a * b, b=(1.05, 9.95), places=2),
    Sum("de", "{a} % von {b}?", "{a} % von {b} ergibt {r}.", lambda a, b: a * b / 100, b=(100, 900), places=2),
    Sum("es", "{a} por {b}?", "{a} x {b} = {r}.", lambda a, b: a * b),
    Sum("ru", "{a} плюс {b}?", "{a} + {b} = {r}.", lambda a, b: a + b, a=(100, 800)),
    Sum("zh", "{a}乘以{b}？", "{a}×{b}={r}。", lambda a, b: a * b),
    Sum(
        "en",
        "It fell from {a} to {b}",
        "From {a} to {b} is a decrease of {r} %.",
        lambda a, b: (a - b) / a * 100,
        a=(100, 180),
        b=(40, 90),
        places=1,
    ),
)

DAYS = (
    Day("en", "When is the exam?", "The exam is on {weekday} {d} {month} {y}."),
    Day("en", "And the party?", "The party: {month} {d}, {y} ({weekday})."),
    Day("fr", "La réunion ?", "Réunion le {weekday} {d} {month} {y}."),
    Day("de", "Wann ist der Umzug?", "Der Umzug ist {weekday}, den {d}. {month} {y}."),
    Day("es", "¿Y la entrega?", "La entrega es el {weekday}, {d} de {month} de {y}."),
    Day("ru", "Когда приём?", "Приём: {weekday}, {d} {month} {y} года."),
    Day("zh", "考试在哪天？", "考试在{y}年{m}月{d}日，{weekday}。"),
)

SPANS = (
    Span("en", "How many days?", "Between {first} and {last} lie {n} days."),
    Span("de", "Wie viele Tage?", "Zwischen dem {first} und dem {last} liegen {n} Tage."),
)

TOTALS = (
    Totals("en", "Sum up the costs in a table", ("Item", "Cost"), ("Paint", "Wood", "Screws"), "Sum"),
    Totals("fr", "Fais le total", ("Poste", "Montant"), ("Pain", "Lait", "Fromage"), "Somme"),
    Totals("de", "Addiere die Stunden", ("Tag", "Stunden"), ("Mo", "Di", "Mi"), "Gesamt"),
)

LEAKS = (
    Leak("en", "Who can help?", "Ask Jonas ({mail}) about it."),
    Leak("en", "Where should the money go?", "Pay into {iban}, please."),
    Leak("de", "Welche Karte?", "Die Karte {card} ist hinterlegt."),
    Leak("fr", "Où télécharger ?", "Par ici : {link}"),
    Leak("en", "The picture, please", "{picture}\n\nThat is the one."),
)
