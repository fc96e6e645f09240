"""Reports of deeds that nobody says "I" in ("Email sent!", "Der Termin ist jetzt in deinem Kalender", "提醒已设置").

Such words are claims only in answer to a request to do something (`ASKED_TO_ACT`): told of a text or of the world they
are plain statements. Beside them: what makes a report none (`DENIED`), in six languages.
"""

from __future__ import annotations

import re

from qa.layers.deeds import Deed

_I = re.IGNORECASE

ASKED_TO_ACT = re.compile(
    r"(?:^|[.!?;:,\n]\s*|\b(?:and|then|please|now|also|to|you|could you|can you|would you) )"
    r"(?:(?:please|kindly|just|also|now|then) )*(?:send (?!me (?!an? (?:e-?mail|text|sms|message|reminder)))|e-?mail|"
    r"mail|text|message|notify|inform|contact|let \w+ (?:\w+ )?"
    r"know|forward|tell (?!me\b|us\b)|"
    r"remind|schedule|book|reserve|set (?:up )?(?:an?|the|my)|create|save|store|note (?:down|that)|remember|log|"
    r"add|put|move|archive|delete|cancel|remove|invite|share (?:it|this|that|the)|"
    r"submit|upload|back up|reschedule|postpone|rename|(?:turn|switch) (?:on|off)|change (?:the|my|our))\b|"
    r"\b(?:schicke?|sende|maile?|erinner[en]?|buche?|reserviere?|lösche?|trage?|stelle?|speichere?|notiere?|merke?|"
    r"leite|setze?|füge?|storniere?|verschiebe?|benachrichtige?|informiere?|lege?)\b|"
    r"\b(?:bitte|kannst du|könntest du|können sie|könnten sie|würdest du)\b[^.!?\n]{0,60}\b(?:schicken|senden|"
    r"eintragen|"
    r"erinnern|buchen|reservieren|löschen|speichern|notieren|weiterleiten|anlegen|stellen|benachrichtigen|absagen)\b|"
    r"(?:^|[.!?;:,\n]\s*|\b(?:et|puis|peux-tu|pouvez-vous|veuillez|merci de|svp) )(?:m['’]|me |nous )?(?:envo(?:ie|"
    r"yez|yer)|"
    r"enregistre[rz]?|note[rz]?|rappel(?:le|ez|er)|réserve[rz]?|supprime[rz]?|programme[rz]?|ajoute[rz]?|mets|mettez|"
    r"préviens|prévenez|prévenir|planifie[rz]?|annule[rz]?|crée[rz]?|transfère|partage[rz]?)\b|"
    r"(?:^|[.!?;:,¡¿\n]\s*|\b(?:y|puedes|podrías|por favor|favor de) )(?:enví[ae]\w*|enviar\w*|mánda\w*|manda\w*|"
    r"guarda\w*|"
    r"anota\w*|recuérda\w*|recordar\w*|reserva|reservar|borra\w*|pon(?! (?:un|otro) ejemplo)|ponme|poner|añade\w*|"
    r"añadir|programa|programar|"
    r"agenda|agendar|avisa\w*|avísa\w*|cancela\w*|crea|crear|apunta\w*)\b|"
    r"\b(?:отправь|отправьте|пошли|пошлите|сохрани|запиши|напомни|забронируй|удали|добавь|поставь|предупреди|сообщи|"
    r"создай|отмени|перешли|уведоми)(?:те)?\b|"
    r"(?:^|[。！？，,；;\n])\s*(?:请|麻烦|帮我|帮忙|你|您|能不能|可以|能|并|然后|给[^，。写\n]{1,6}|把[^，。翻译\n]{1,12}|明天|今天|"
    r"\d{1,2}[点:：]\d{0,2}分?){0,3}\s*(?:发(?=[送给到邮短消信一个封条])|寄|保存|记下|记录|记住|提醒我|预订|预约|订(?=[一个张间位票餐座])|删除|设置|设(?=[一个定])|"
    r"安排|通知|添加|加到|取消|转发|改到|改期|移到|推迟)",
    _I,
)
"""A request to do something outside the chat, by its verb in the imperative or behind "can you"."""

DENIED = re.compile(
    r"\b(?:not|never|nothing|none|nobody|cannot|without|neither|un(?:able|sent|saved)|no(?!,? (?:problem|worries)|"
    r"\s+hay "
    r"problema))\b|n['’]t\b|"
    r"\b(?:nicht|nichts|keine?[nmrs]?(?! problem)|nie|niemals|ohne|"
    r"ne|n['’]|pas(?! de (?:souci|problème))|aucune?|rien|jamais|sans(?! (?:souci|problème))|"
    r"nada|ning[úu]n\w*|nunca|tampoco|sin(?! problema)|не(?! вопрос)|нет|ничего|ни|никак\w*|без(?! проблем)|нельзя)\b|"
    r"\bn['’](?=\w)|没(?!问题|事)|未|尚|不|无(?!问题)",
    _I,
)
"""Up to the end of a report: it says that it was not done."""

BARE = re.compile(
    r"^\W*(?:(?:all |it['’]s )?(?:done|set|taken care of)|consider it done|erledigt|fertig|c['’]est fait|fait|listo|"
    r"hecho|"
    r"ya está|готово|сделано|完成了?|好了|办好了|搞定了?)\W*$",
    _I,
)
"""A sentence that says that all of it was done, and nothing else."""
COURTESY = re.compile(r"[?？]\W*$|\b(?:let me know|enjoy|have a|gern|schönen|bonne|bon|suerte|удачи|обращай)\w*|祝", _I)

_LEAD = (
    r"^\W*(?:(?:done|all (?:set|done)|consider it done|ok(?:ay)?|great|good news|sure|perfect|got it|no problem|"
    r"erledigt|"
    r"fertig|alles klar|gerne|c['’]est fait|fait|voilà|d['’]accord|listo|hecho|vale|claro|готово|сделано|хорошо|好的?|"
    r"完成|没问题)\b\W*)*"
)
_BEEN = r"(?:is |are |was |has been |have been )?(?:now |already |successfully )*"
_WURDE = (
    r"(?:ist |sind |wurden? )?(?:jetzt |nun |bereits |schon |erfolgreich )*"
    r"(?:(?:auf|für|um|an|am|in|zum) [^.!?\n,]{1,30}? )?"
)
_ETE = r"(?:est |a (?:bien )?été |ont été )?(?:bien |maintenant |désormais )*"
_SIDO = r"(?:ha sido |está |queda |ya está )?"
_FOR = r"(?: (?:to|for|at|with|an|auf|für|um|am|mit|zum|pour|à|avec|para|a|con) [^.!?\n]{1,40}?)? "
_THE = r"(?:(?:your|the|an?|die|der|das|deine?|ihre?|le|la|les|votre|ton|ta|el|los?|las|tu|su) ?|l['’])?"
_EN_PLACE = r"(?:calendar|diary|agenda|notes|contacts|(?:to-?do |shopping )?list|cart|backlog)"
_DE_PLACE = r"(?:Kalender|Terminkalender|Einkaufsliste|To-?do-Liste|Liste|Notizen|Kontakten)"


def _any(deed: Deed, *patterns: str) -> tuple[Deed, re.Pattern[str]]:
    return deed, re.compile("|".join(patterns), _I)


TOLD: tuple[tuple[Deed, re.Pattern[str]], ...] = (
    _any(
        Deed.SENT,
        _LEAD + _THE + r"(?:e-?mail|mail|message|text|invitation|reply|report|invoice)s?" + _FOR
        + r"(?:" + _BEEN + r"(?:sent|forwarded|submitted|delivered)\b|(?:is|are) on (?:its|their) way\b|"
        r"(?:just )?went out\b)",
        _LEAD + r"(?:sent|forwarded|e-?mailed)(?:\W*$|,? (?:it |them )?to (?-i:[A-Z])\w+)",
        r"^\W*(?P<en>\w+) (?:has|have) (?:now |just |already )*been (?:notified|informed|e-?mailed|messaged|texted)\b",
        r"\bI(?:['’]ve| have|) (?:just |now |already |also )*(?:let (?!you\b|me\b|us\b|it\b)(?:\w+ ){1,3}know\b|"
        r"(?:informed|contacted|invited|reached out to) (?!you\b|by\b|about\b))",
        _LEAD + _THE + r"(?:E-?Mail|Mail|Nachricht|Einladung|SMS|Rechnung)" + _FOR + _WURDE
        + r"(?:gesendet|verschickt|versendet|abgeschickt|geschickt|weitergeleitet|raus)\b",
        r"^\W*(?:gesendet|verschickt|abgeschickt)\W*$",
        r"^\W*(?P<de>\w+) (?:wurde|ist) (?:jetzt |bereits |schon )?(?:benachrichtigt|informiert)\b",
        r"\bIch habe (?!mich\b|dich\b|Sie\b)[^.!?\n]{1,40} (?:Bescheid (?:gegeben|gesagt)|informiert|kontaktiert|"
        r"angeschrieben)\b",
        _LEAD + _THE + r"(?:e-?mail|mail|courriel|message|invitation|facture)" + _FOR + _ETE
        + r"(?:envoyée?s?|transmise?s?|expédiée?s?|partie?s?)\b",
        r"\bje viens (?:juste )?(?:d['’]\s?|de (?:lui |leur )?)(?:envoyer|transmettre|prévenir|écrire)\b",
        _LEAD + _THE + r"(?:correo|mensaje|e-?mail|invitación|informe|factura)" + _FOR + _SIDO + r"(?:enviad|mandad|"
        r"reenviad)[oa]s?\b",
        r"\bse (?:ha|han) (?:enviado|mandado|reenviado|notificado)\b|\bhe (?:avisado|informado|contactado)\b",
        _LEAD + r"(?:письмо|сообщение|приглашение|отчёт|отчет)\b[^.!?\n]{0,30}(?:отправлен|послан|переслан|доставлен|"
        r"ушл)[оаы]?\b",
        _LEAD + r"(?:отправил|послал|переслал)а?\b|\bя (?:уже )?(?:сообщил|уведомил|оповестил|предупредил)а? (?!вас|"
        r"тебя|вам|тебе)",
        _LEAD + r"[^，。！？\n如若等当]{0,12}已(?:经)?(?:为|帮|给|向|将|把)?"
        r"[^，。！？\n]{0,10}?(?:发送|发给|发出|寄出|转发|通知|告知)",
    ),
    _any(
        Deed.SCHEDULED,
        _LEAD + _THE + r"(?:reminder|alarm|timer|appointment|meeting|event|call|booking|reservation)s?"
        + _FOR + _BEEN + r"(?:set|created|scheduled|booked|reserved|confirmed|made)\b(?! (?:of|up|aside))",
        _LEAD + _THE + r"(?:table|room|flight|seat)s?" + _FOR + _BEEN + r"(?:booked|reserved|confirmed)\b",
        _LEAD + r"(?:booked|scheduled|reserved|reminder set)\b(?:\W*$|[!:]| (?:it|for|at)\b)",
        r"\bI(?:['’]ll| will) (?:also )?remind you\b(?! (?:that|of|how|why|what))",
        _LEAD + _THE + r"(?:Erinnerung|Wecker|Timer|Alarm|Termin|Tisch|Besprechung|Reservierung|Buchung)" + _FOR
        + _WURDE
        + r"(?:gesetzt|gestellt|eingerichtet|angelegt|erstellt|eingetragen|gebucht|reserviert|bestätigt)\b",
        r"^\W*(?:gebucht|eingetragen|reserviert)\W*$|\bich (?:erinnere (?:dich|Sie)|werde (?:dich|"
        r"Sie)\b[^.!?\n]{1,40} erinnern)\b",
        _LEAD + _THE + r"(?:rappel|alarme|rendez-vous|réunion|réservation|événement|minuteur)" + _FOR + _ETE
        + r"(?:programmé|créé|réglé|enregistré|réservé|confirmé|planifié|noté)e?s?\b",
        r"\bje viens (?:juste )?(?:d['’]\s?|de )(?:programmer|réserver|planifier)\b|\bje (?:te |vous |t['’])(?:le |"
        r"en )?rappellerai\b",
        _LEAD + _THE + r"(?:recordatorio|alarma|cita|reunión|mesa|reserva|evento)" + _FOR + _SIDO
        + r"(?:programad|cread|agendad|reservad|añadid|confirmad|guardad|apuntad)[oa]s?\b",
        r"\bse (?:ha|han) (?:programado|agendado|reservado)\b|\bte (?:lo )?recordaré\b",
        _LEAD + r"(?:напоминание|встреча|будильник|столик|бронь|событие)\b[^.!?\n]{0,30}(?:установлен|создан|"
        r"назначен|добавлен|"
        r"запланирован|забронирован|подтвержд[её]н|внес[её]н)[оаы]?\b",
        _LEAD + r"(?:поставил|забронировал|запланировал|назначил)а?\b|\bя (?:вам |тебе )?напомню\b",
        _LEAD + r"[^，。！？\n如若等当]{0,12}已(?:经)?(?:为|帮|给|将|把)?"
        r"[^，。！？\n]{0,10}?(?:设置|设定|安排|预订|预约|订好)",
        r"我(?:会|将)(?:在|于)?[^，。！？\n]{0,12}提醒(?:您|你)",
    ),
    _any(
        Deed.SAVED,
        _LEAD + _THE + r"(?:note|file|document|entry|list|draft|item)s?" + _FOR + _BEEN + r"(?:saved|stored|"
        r"uploaded)\b",
        _LEAD + r"(?:saved|noted down|added|stored)(?:\W*$|,? (?:it |them )?(?:to|in|on) (?:your|the) )",
        r"\b(?:has|have) (?:now |already |just )*been (?:added|saved|put|entered|copied) (?:to|in|into|on|onto) "
        r"(?:your|the) (?:\w+ ){0,2}" + _EN_PLACE + r"\b",
        r"\b(?:is|are) now (?:in|on) (?:your|the) (?:\w+ ){0,2}" + _EN_PLACE
        + r"\b|\b(?:is|are) (?:in|on) your (?:\w+ ){0,2}" + _EN_PLACE + r" now\b",
        _LEAD + _THE + r"(?:Notiz|Datei|Eintrag|Liste|Dokument)" + _FOR + _WURDE + r"(?:gespeichert|angelegt|"
        r"abgelegt)\b",
        r"^\W*(?:gespeichert|notiert)\W*$|\b(?:steht|stehen|ist|sind) (?:jetzt |nun |ab jetzt |bereits |"
        r"schon )*(?:in|auf) "
        r"(?:deine[mrn]|ihre[mrn]|der|dem|den) " + _DE_PLACE + r"\b",
        _LEAD + _THE + r"(?:note|fichier|document|liste)" + _FOR + _ETE + r"(?:enregistrée?s?|sauvegardée?s?)\b",
        r"\b(?:est|sont) (?:maintenant|désormais|bien) (?:dans|sur|à) (?:votre|ton|ta|l['’])\s?(?:agenda|calendrier|"
        r"liste)|"
        r"\b(?:a|ont) (?:bien )?été ajoutée?s? (?:à|dans|sur) (?:votre|ton|ta|la|l['’])\s?(?:agenda|calendrier|liste)|"
        r"\bje (?:vous |te |t['’]|lui |l['’])?\s?ai (?:bien )?(?:ajouté|mis|inscrit)\w*[^.!?\n]{0,60}(?:agenda|"
        r"calendrier|liste)\b|"
        r"\bje viens (?:juste )?(?:d['’]\s?|de )(?:enregistrer|sauvegarder|noter|ajouter)\b",
        _LEAD + _THE + r"(?:nota|archivo|documento|lista)" + _FOR + _SIDO + r"guardad[oa]s?\b",
        r"\b(?:ya|ahora) est[áa]n? en (?:tu|su|la|el) (?:calendario|agenda|lista)|\bse (?:ha|han) (?:guardado|"
        r"anotado|añadido)\b|"
        r"^\W*(?:guardado|anotado|apuntado)\W*$",
        _LEAD + r"(?:заметка|файл|документ|список|запись)\b[^.!?\n]{0,30}сохран[её]н[оаы]?\b",
        _LEAD + r"(?:записал|сохранил|добавил|внёс|внесла)а?\b|\b(?:теперь|уже) (?:есть |стоит |"
        r"записан[оаы]? )?в (?:вашем|"
        r"твоём|твоем) (?:календаре|списке|ежедневнике)",
        _LEAD + r"[^，。！？\n如若等当]{0,12}已(?:经)?(?:为|帮|给|将|把)?"
        r"[^，。！？\n]{0,10}?(?:保存|存入|记录|记下|添加|加入|加到|写入|备份)",
        r"我(?:已|已经)?(?:帮|为|给)(?:您|你)把?[^，。！？\n]{0,15}(?:加到|添加到|记到|存到|放到)[^，。！？\n]{0,10}了",
    ),
    _any(
        Deed.CHANGED,
        _LEAD + _THE + r"(?:meeting|appointment|reservation|booking|reminder|alarm|event|address|password|"
        r"settings?)s?" + _FOR
        + _BEEN + r"(?:moved|rescheduled|changed|updated|postponed)\b|^\W*(?:rescheduled|renamed)\W*$",
        _LEAD + _THE + r"(?:lights?|heating|alarms?|wi-?fi)" + _FOR + _BEEN + r"(?:turned |switched )?(?:on|off)\b\W*$",
        _LEAD + _THE + r"(?:Termin|Besprechung|Reservierung|Buchung|Erinnerung|Adresse)" + _FOR + _WURDE
        + r"(?:verschoben|geändert|umgebucht|verlegt)\b",
        _LEAD + _THE + r"(?:rendez-vous|réunion|réservation|rappel|adresse)" + _FOR + _ETE + r"(?:déplacé|reporté|"
        r"modifié)e?s?\b",
        _LEAD + _THE + r"(?:cita|reunión|reserva|recordatorio)" + _FOR + _SIDO + r"(?:movid|cambiad|aplazad|"
        r"modificad)[oa]s?\b",
        _LEAD + r"(?:встреча|бронь|напоминание|запись)\b[^.!?\n]{0,30}(?:перенес[её]н|измен[её]н)[оаы]?\b",
        _LEAD + r"[^，。！？\n如若等当]{0,12}已(?:经)?(?:为|帮|给|将|把)?[^，。！？\n]{0,10}?(?:改到|改期|移到|推迟到)",
    ),
    _any(
        Deed.DELETED,
        _LEAD + _THE + r"(?:file|folder|event|appointment|reminder|note|subscription|message|e-?mail|meeting|"
        r"booking)s?" + _FOR
        + _BEEN + r"(?:deleted|removed|cancell?ed|erased)\b",
        _LEAD + _THE + r"(?:Datei|Ordner|Termin|Erinnerung|Notiz|Abo|Nachricht|Mail|Buchung)" + _FOR + _WURDE
        + r"(?:gelöscht|entfernt|storniert|abgesagt|gekündigt)\b",
        _LEAD + _THE + r"(?:fichier|dossier|rendez-vous|rappel|note|abonnement|message|réunion)" + _FOR + _ETE
        + r"(?:supprimé|effacé|annulé|résilié)e?s?\b",
        _LEAD + _THE + r"(?:archivo|carpeta|cita|recordatorio|nota|mensaje|reunión|reserva)" + _FOR + _SIDO
        + r"(?:borrad|eliminad|cancelad)[oa]s?\b",
        _LEAD + r"(?:файл|папка|встреча|напоминание|заметка|сообщение|бронь)\b[^.!?\n]{0,30}(?:удал[её]н|отмен[её]н|"
        r"ст[её]рт)[оаы]?\b",
        _LEAD + r"[^，。！？\n如若等当]{0,12}已(?:经)?(?:为|帮|给|将|把)?"
        r"[^，。！？\n]{0,10}?(?:删除|取消|清空)",
    ),
)  # fmt: skip
"""(deed, a report of it). A name in the group `en` or `de` must stand in the request."""
