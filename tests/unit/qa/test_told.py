"""Layer 8: "Email sent!" and "the appointment is in your calendar now" are claims too, where a deed was asked for."""

from __future__ import annotations

import pytest

from tests.unit.qa.test_actions import actions, used

REQUESTS = {
    "en": "Please email Tom, add milk to my list, remind me at 8 and book a table",
    "de": "Bitte schick Tom eine Mail, erinner mich um 8 und trag den Termin ein",
    "fr": "Envoie un mail à Tom, rappelle-moi à 8 h et ajoute le rendez-vous",
    "es": "Envía un correo a Tom, recuérdame a las 8 y añade la cita",
    "ru": "Отправь письмо Тому, напомни мне в 8 и запиши встречу",
    "zh": "给汤姆发邮件，8点提醒我，并添加会议",
}
TOLD = [
    ("en", "Email sent!"),
    ("en", "✅ Message sent to Tom."),
    ("en", "Reminder set for 8:00 tomorrow."),
    ("en", "Done – reminder created for 8:00."),
    ("en", "Saved!"),
    ("en", "Your table is booked for 8 pm."),
    ("en", "The reminder is set."),
    ("en", "Milk is now on your shopping list."),
    ("en", "I added milk to the shopping list."),
    ("en", "I've gone ahead and added milk to your list."),
    ("en", "Milk has been added to your list."),
    ("en", "Tom has been notified."),
    ("en", "I just let Tom know."),
    ("en", "I've informed Tom."),
    ("en", "I have contacted the restaurant and reserved a table."),
    ("en", "Your reservation is confirmed."),
    ("en", "Consider it done: the mail is on its way to Tom."),
    ("en", "I'll remind you at 8 tomorrow."),
    ("en", "All done, the email to Tom went out a minute ago."),
    ("en", "The appointment is in your calendar now."),
    ("en", "Booked! Table for two at 8."),
    ("en", "Added to your list."),
    ("de", "E-Mail gesendet!"),
    ("de", "Erinnerung gesetzt für 8 Uhr."),
    ("de", "Erledigt: Termin eingetragen."),
    ("de", "Der Termin ist jetzt in deinem Kalender."),
    ("de", "Die Mail an Tom ist raus."),
    ("de", "Ich habe Tom Bescheid gegeben."),
    ("de", "Der Termin wurde eingetragen."),
    ("de", "Ich habe dir eine Erinnerung für den 3. Dezember um 8 Uhr eingerichtet."),
    ("de", "Tom wurde benachrichtigt."),
    ("de", "Gespeichert!"),
    ("fr", "E-mail envoyé !"),
    ("fr", "Rappel programmé pour 8 h."),
    ("fr", "C'est fait : le rendez-vous a été ajouté à votre agenda."),
    ("fr", "Le rendez-vous est maintenant dans votre agenda."),
    ("fr", "J'ai prévenu Tom."),
    ("fr", "Je viens d'envoyer le mail à Tom."),
    ("fr", "Je vous ai ajouté le rendez-vous à l'agenda."),
    ("fr", "Le message est parti."),
    ("es", "¡Correo enviado!"),
    ("es", "Recordatorio programado para las 8."),
    ("es", "La cita ya está en tu calendario."),
    ("es", "He avisado a Tom."),
    ("es", "Acabo de enviar el correo."),
    ("es", "Cita añadida a tu agenda."),
    ("es", "Se ha enviado el correo a Tom."),
    ("ru", "Письмо отправлено!"),
    ("ru", "Напоминание установлено на 8:00."),
    ("ru", "Встреча теперь в вашем календаре."),
    ("ru", "Я сообщил Тому."),
    ("ru", "Готово, письмо ушло Тому."),
    ("ru", "Встреча добавлена в календарь."),
    ("ru", "Записал встречу на 8:00."),
    ("ru", "Отправил письмо Тому."),
    ("zh", "邮件已发送！"),
    ("zh", "提醒已设置为8点。"),
    ("zh", "会议已添加到您的日历。"),
    ("zh", "已为您发送邮件给汤姆。"),
    ("zh", "我帮您把会议加到日历里了。"),
    ("zh", "已通知汤姆。"),
    ("zh", "已保存。"),
]
NOT_TOLD = [
    ("en", "I can't set reminders here."),
    ("en", 'Your email to Tom could read: "Table booked, see you at 8."'),
    ("en", "No reminder set: I have no tool for that."),
    ("en", "Email not sent: there is no mail tool."),
    ("en", "Once the email is sent, Tom will reply."),
    ("en", "Reminder: set the alarm yourself."),
    ("en", "To have the table booked, call 555-0100."),
    ("en", "Milk keeps about 7 days; add it to your list."),
    ("en", "The message sent by Tom says 8."),
    ("en", "Is the email already sent?"),
    ("en", "Nothing was saved or sent."),
    ("en", "Has the table been booked? I can't tell."),
    ("en", "You can check whether the reminder is set in the app."),
    ("en", "If you want milk on your shopping list, tell me which app."),
    ("de", "Die E-Mail wurde nicht gesendet."),
    ("de", "Keine Erinnerung gesetzt, mir fehlt das Werkzeug."),
    ("de", "Sobald der Termin eingetragen ist, siehst du ihn."),
    ("de", "Hier ist der Text für die E-Mail:"),
    ("fr", "Aucun e-mail envoyé : je n'ai pas cet outil."),
    ("fr", "Le rappel n'a pas été programmé."),
    ("es", "No se ha enviado ningún correo."),
    ("es", "El recordatorio no está programado."),
    ("ru", "Письмо не отправлено: нет инструмента."),
    ("ru", "Напоминание не установлено."),
    ("zh", "邮件尚未发送，我没有这个工具。"),
    ("zh", "提醒没有设置。"),
    ("zh", "如果邮件已发送，汤姆会回复。"),
]
ON_PAPER = [
    ("en", "Add eggs to this list: milk, bread", "Here's the updated list:\n- milk\n- bread\n- eggs"),
    ("en", "Add eggs to this list: milk, bread", "Eggs have been added to your list:\n\n- milk\n- bread\n- eggs"),
    ("en", "Create a table comparing tea and coffee", "Table created:\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
    ("en", "Create a list of ten band names", "List created. Here are ten names."),
    ("en", "What's my schedule on Monday?", "Meeting scheduled for 10:00 with Anna, then lunch."),
    ("en", "Tell me what happened in the trade talks", "China has been notified of the tariffs."),
    ("en", "Remove the commas from this: a, b, c", "Commas removed: a b c"),
    ("en", "Put these in order: 3 1 2", "Done! 1 2 3 in ascending order, smallest first, as you asked me to do."),
    (
        "en",
        "Write to my landlord that the heating is broken",
        "Subject: Heating\n\nDear Mr. Hill, the heating is broken. An email has been sent to the caretaker.",
    ),
    (
        "en",
        "Move the second paragraph to the end: A. B. C.",
        "Done. A. C. B. The paragraph has been moved to the end of the text.",
    ),
    ("en", "Set x = 3 and compute x^2", "With x set to 3, x^2 is 9."),
    ("en", "Book recommendations for a flight?", "Booked flights often include meals. Try 'Dune' or 'Emma'."),
    ("en", "Text me a summary of photosynthesis", "Plants turn light into sugar. Energy is stored in the leaves."),
    ("en", "Remember that I'm vegetarian", "Noted: you're vegetarian. I'll keep that in mind for this conversation."),
    (
        "en",
        "Send me the recipe for pancakes",
        "Mix 200 g flour, 2 eggs and 300 ml milk. Batter should rest; message me if it sticks.",
    ),
    ("en", "Send me a haiku", "Email sent at dawn,\nno reply by evening light,\nthe cursor still blinks."),
    ("de", "Füge Eier zur Liste hinzu: Milch, Brot", "Liste ergänzt:\n- Milch\n- Brot\n- Eier"),
    ("de", "Stelle eine Packliste zusammen", "Reisepass, Ladegerät, Medikamente. Notiere dir die Buchungsnummer."),
    ("de", "Trag mir ein Gedicht vor", "Der Brief ist schon geschrieben, die Mail ist noch nicht raus."),
    ("fr", "Ajoute un titre à ce texte : Il pleut.", "# La pluie\n\nIl pleut."),
    ("es", "Crea una lista de tareas", "- Comprar pan\n- Llamar a Ana"),
    ("ru", "Поставь запятые: когда пришёл он уже спал", "Когда пришёл, он уже спал."),
    ("ru", "Добавь заголовок", "# Осень\n\nДобавлен заголовок к вашему тексту."),
    ("zh", "发现火星的人是谁？", "火星在古代就已被人们记录下来，没有单一的发现者。"),
    ("zh", "给我写一封通知邮件的范例", "各位同事：会议已安排在周五十点。"),
    ("zh", "把这句话翻成英文：会议已取消", "The meeting has been cancelled."),
    ("zh", "设置电脑休眠的方法是什么？", "打开设置，选择电源。设置完成后，更改已保存到系统。"),
    (
        "en",
        "How do I set a reminder on iPhone?",
        "Open Reminders and tap +. Once the reminder is set, you'll get a notification.",
    ),
    ("en", "set a reminder on iPhone - how?", "Open the app, tap +. A bell shows that the reminder has been set."),
]
"""(language, request, answer): what was asked for is a text, a fact of the world, or how to do something."""


MOVED = [
    ("Move my meeting to Thursday", "Meeting moved to Thursday, 3 pm."),
    ("Turn off the lights", "Lights off."),
    ("Bitte verschieb den Termin auf Montag", "Der Termin wurde auf Montag verschoben."),
    ("Reporte le rendez-vous à lundi et préviens Tom", "Le rendez-vous a été reporté à lundi."),
    ("Cancela o mueve la cita", "La cita ha sido movida al lunes."),
    ("Перенеси встречу и предупреди Тома", "Встреча перенесена на понедельник."),
    ("把会议改到周四下午三点", "已将会议改到周四下午三点。"),
]


@pytest.mark.parametrize(("request_", "text"), MOVED)
def test_what_was_moved_needs_a_receipt(request_: str, text: str) -> None:
    assert actions(text, request=request_) == ["claim-without-receipt"]
    assert actions(text, used("move_event"), request=request_) == []
    assert actions(text, request="What does this mean?") == []


@pytest.mark.parametrize(("language", "text"), TOLD)
def test_a_report_without_an_i_needs_a_receipt(language: str, text: str) -> None:
    assert actions(text, request=REQUESTS[language], language=language) == ["claim-without-receipt"]


@pytest.mark.parametrize(("language", "text"), NOT_TOLD)
def test_a_denial_a_question_and_a_condition_report_nothing(language: str, text: str) -> None:
    assert actions(text, request=REQUESTS[language], language=language) == []


@pytest.mark.parametrize(("language", "request_", "text"), ON_PAPER)
def test_what_was_asked_for_is_a_text(language: str, request_: str, text: str) -> None:
    assert actions(text, request=request_, language=language) == []


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("Email sent!", "send_email"), ("Reminder set for 8:00.", "add_reminder"), ("Saved!", "save_note"),
        ("Tom has been notified.", "post_message"), ("I'll remind you at 8.", "schedule_task"),
        ("Milk is now on your shopping list.", "list_append"), ("Appointment cancelled.", "calendar_delete"),
        ("Done!", "turn_lights_off"), ("Done!", "calendar_delete"),
    ],
)  # fmt: skip
def test_the_right_tool_proves_it(text: str, tool: str) -> None:
    assert actions(text, used(tool), request=REQUESTS["en"]) == []
    assert actions(text, used(tool, "failed"), request=REQUESTS["en"]) == ["claim-without-receipt"]


@pytest.mark.parametrize("tool", ["search_documents", "fetch_url"])
def test_looking_is_not_doing(tool: str) -> None:
    assert actions("Done!", used(tool), request="Cancel my appointment") == ["claim-without-receipt"]


@pytest.mark.parametrize(
    "text",
    [
        "Done!",
        "All set. Anything else?",
        "Consider it done!",
        "Erledigt!",
        "C'est fait.",
        "¡Listo!",
        "Готово!",
        "好了。",
    ],
)
def test_done_alone_is_a_claim(text: str) -> None:
    assert actions(text, request="Please cancel my appointment") == ["claim-without-receipt"]
    assert actions(text, request="What is the capital of France?") == []
