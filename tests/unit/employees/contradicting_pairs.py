"""Questions with what two documents say: pairs that contradict each other, and pairs that do not."""

from __future__ import annotations

CONTRADICTING: tuple[tuple[str, str, str], ...] = (
    ("How much is delivery inside the city?", "Delivery inside the city costs 6 euros.", "Delivery inside the city costs 8 euros."),
    ("How long is the notice period?", "The notice period is three months.", "The notice period is 4 months."),
    ("When does the lease end?", "The lease ends on 1 March 2027.", "The lease ends on 15 March 2027."),
    ("What time does the office close?", "The office opens at 9:00 and closes at 17:00.", "The office opens at 9:00 and closes at 18:00."),
    ("How many guests may the hall hold?", "The hall may hold 120 guests.", "The hall may hold 90 guests."),
    ("How long is the warranty?", "The warranty is 2 years.", "The warranty is 36 months."),
    ("Combien coûte la carte mensuelle ?", "La carte mensuelle coûte 45 euros.", "La carte mensuelle coûte 52 euros."),
    ("Combien de jours dure le stage ?", "Le stage dure cinq jours.", "Le stage dure 10 jours."),
    ("Quand commence le chantier ?", "Le chantier commence le 3 mai 2026.", "Le chantier commence le 10 mai 2026."),
    ("À quelle heure ferme la piscine ?", "La piscine ferme à 20h00.", "La piscine ferme à 21h30."),
    ("Wie hoch ist die Miete der Wohnung?", "Die Miete der Wohnung beträgt 1.200 Euro.", "Die Miete der Wohnung beträgt 1.250 Euro."),
    ("Wie lange dauert die Lieferung?", "Die Lieferung dauert zwei Wochen.", "Die Lieferung dauert 21 Tage."),
    ("Wann endet der Vertrag?", "Der Vertrag endet am 31.12.2026.", "Der Vertrag endet am 30.06.2026."),
    ("Wie viele Fahrräder dürfen im Keller stehen?", "Im Keller dürfen sechs Fahrräder stehen.", "Im Keller dürfen 8 Fahrräder stehen."),
    ("¿Cuánto cuesta la entrada al museo?", "La entrada al museo cuesta 12 euros.", "La entrada al museo cuesta 9 euros."),
    ("¿Cuánto tiempo dura la garantía?", "La garantía dura dos años.", "La garantía dura 3 años."),
    ("¿Cuándo empieza el curso?", "El curso empieza el 5 de octubre de 2026.", "El curso empieza el 12 de octubre de 2026."),
    ("¿A qué hora abre la tienda?", "La tienda abre a las 9:30.", "La tienda abre a las 10:00."),
    ("Сколько стоит доставка?", "Доставка стоит 300 рублей.", "Доставка стоит 450 рублей."),
    ("Как долго действует гарантия?", "Гарантия действует два года.", "Гарантия действует 12 месяцев."),
    ("Когда заканчивается договор?", "Договор заканчивается 1 мая 2027 года.", "Договор заканчивается 1 июня 2027 года."),
    ("门票多少钱?", "门票价格是50元。", "门票价格是80元。"),
    ("保修期是多久?", "保修期是两年。", "保修期是3年。"),
    ("合同什么时候结束?", "合同结束日期是2026年5月1日。", "合同结束日期是2026年6月1日。"),
)  # fmt: skip

AGREEING: tuple[tuple[str, str, str], ...] = (
    ("How long is the notice period?", "The notice period is three months.", "The notice period is 3 months, in writing."),
    ("How long is the warranty?", "The warranty is 2 years.", "The warranty is 24 months."),
    ("When does the lease end?", "The lease ends on 1 March 2027.", "The lease ends on 2027-03-01."),
    ("What time does the office close?", "The office closes at 17:00.", "The office closes at 5 pm."),
    ("How much is delivery inside the city?", "Delivery inside the city costs 6 euros.", "Delivery inside the city costs €6.00."),
    ("How much is the rent of the flat?", "The rent of the flat is 900 euros.", "The rent of the flat is 900 euros, the garage 60 euros more."),
    ("How much is the rent of the flat?", "The rent of the flat is 1,200 euros.", "The rent of the garage is 60 euros."),
    ("How many guests may the hall hold?", "The hall may hold 120 guests.", "The hall has 14 windows and holds 120 guests."),
    ("Combien coûte la carte mensuelle ?", "La carte mensuelle coûte 45 euros.", "La carte annuelle coûte 480 euros."),
    ("Combien de jours dure le stage ?", "Le stage dure cinq jours.", "Le stage dure 5 jours, de 9h00 à 17h00."),
    ("Quand commence le chantier ?", "Le chantier commence le 3 mai 2026.", "Le chantier commence le 03/05/2026."),
    ("Wie hoch ist die Miete der Wohnung?", "Die Miete der Wohnung beträgt 1.200 Euro.", "Die Miete der Wohnung beträgt 1200,00 Euro."),
    ("Wie lange dauert die Lieferung?", "Die Lieferung dauert zwei Wochen.", "Die Lieferung dauert 14 Tage."),
    ("Wann endet der Vertrag?", "Der Vertrag endet am 31.12.2026.", "Der Vertrag endet am 31. Dezember 2026."),
    ("Wie viele Fahrräder dürfen im Keller stehen?", "Im Keller dürfen sechs Fahrräder stehen.", "Im Keller dürfen 6 Fahrräder stehen, im Hof keines."),
    ("¿Cuánto cuesta la entrada al museo?", "La entrada al museo cuesta 12 euros.", "La entrada al museo cuesta 12,00 euros."),
    ("¿Cuánto tiempo dura la garantía?", "La garantía dura dos años.", "La garantía dura 24 meses."),
    ("¿Cuándo empieza el curso?", "El curso empieza el 5 de octubre de 2026.", "El curso empieza el 5/10/2026."),
    ("Сколько стоит доставка?", "Доставка стоит 300 рублей.", "Доставка стоит 300 руб."),
    ("Как долго действует гарантия?", "Гарантия действует два года.", "Гарантия действует 24 месяца."),
    ("Когда заканчивается договор?", "Договор заканчивается 1 мая 2027 года.", "Договор заканчивается 01.05.2027."),
    ("门票多少钱?", "门票价格是50元。", "门票价格是50元,儿童免费。"),
    ("保修期是多久?", "保修期是两年。", "保修期是24个月。"),
    ("合同什么时候结束?", "合同结束日期是2026年5月1日。", "合同结束日期是2026-05-01。"),
)  # fmt: skip

FRESH_CONTRADICTING: tuple[tuple[str, str, str], ...] = (
    ("How much is the deposit for the boat?", "The deposit for the boat is $1,500.", "The deposit for the boat is 2,000 dollars."),
    ("When is the general meeting?", "The general meeting is on May 4, 2027.", "The general meeting is on June 4, 2027."),
    ("How long may a visitor stay?", "A visitor may stay ten days.", "A visitor may stay for up to 2 weeks."),
    ("What time does breakfast begin?", "Breakfast begins at 7:30 am.", "Breakfast begins at 8 am."),
    ("Wie viel kostet ein Ersatzschlüssel?", "Ein Ersatzschlüssel kostet 35 Euro.", "Ein Ersatzschlüssel kostet 49,50 €."),
    ("Um wie viel Uhr beginnt die Nachtruhe?", "Die Nachtruhe beginnt um 22 Uhr.", "Die Nachtruhe beginnt um 23:00 Uhr."),
    ("Combien de salariés compte l'atelier ?", "L'atelier compte 14 salariés.", "L'atelier compte 19 salariés."),
    ("¿Cuántos días dura la prueba?", "La prueba dura 30 días.", "La prueba dura quince días."),
    ("Сколько дней длится отпуск?", "Отпуск длится 28 дней.", "Отпуск длится 24 дня."),
    ("会议几点开始?", "会议9点开始。", "会议10点开始。"),
)  # fmt: skip
"""Written after the rule was finished, and run once before anything was changed for them."""

FRESH_AGREEING: tuple[tuple[str, str, str], ...] = (
    ("How much is the deposit for the boat?", "The deposit for the boat is $1,500.", "The deposit for the boat is 1500 dollars, paid in cash."),
    ("When is the general meeting?", "The general meeting is on May 4, 2027.", "The general meeting is on the 4th of May."),
    ("How long may a visitor stay?", "A visitor may stay fourteen days.", "A visitor may stay for two weeks."),
    ("What time does breakfast begin?", "Breakfast begins at 7:30 am.", "Breakfast begins at 7:30 and ends at 10:00."),
    ("Wie viel kostet ein Ersatzschlüssel?", "Ein Ersatzschlüssel kostet 35 Euro.", "Ein Ersatzschlüssel kostet 35,- €."),
    ("Um wie viel Uhr beginnt die Nachtruhe?", "Die Nachtruhe beginnt um 22 Uhr.", "Die Nachtruhe beginnt um 22:00 Uhr, am 24.12.2026 nicht."),
    ("Combien de salariés compte l'atelier ?", "L'atelier compte 14 salariés.", "L'atelier, ouvert en 1998, compte 14 salariés."),
    ("¿Cuántos días dura la prueba?", "La prueba dura 30 días.", "La prueba dura un mes."),
    ("Сколько дней длится отпуск?", "Отпуск длится 28 дней.", "Отпуск длится четыре недели."),
    ("会议几点开始?", "会议9点开始。", "会议9点开始,11点结束。"),
)  # fmt: skip
