"""Words with which an answer claims to have acted outside itself, in eight languages, by the sort of the deed.

Each pattern names the deed and, where a verb alone is said of texts too ("I changed two "
"words"), the thing it was done
to. The tools whose receipt supports a deed are known by the words of their names.
"""

from __future__ import annotations

import re
from enum import StrEnum

from qa.prose import word_set

_I = re.IGNORECASE


class Deed(StrEnum):
    """What is claimed to have been done."""

    SAVED = "saved"
    SENT = "sent"
    SCHEDULED = "scheduled"
    RAN = "run"
    CHANGED = "changed"
    DELETED = "deleted"
    LOOKED_UP = "looked up on the web"
    PAID = "paid or ordered"
    DONE = "done"  # whatever was asked for


TOOLS: dict[Deed, frozenset[str]] = {
    Deed.SAVED: word_set(
        "save store write note notes create add file files upload export record log remember put insert memory "
        "append "
        "calendar list backup keep event task ticket"
    ),
    Deed.SENT: word_set(
        "send mail email message post notify publish reply forward sms tweet submit share telegram slack contact "
        "invite call phone"
    ),
    Deed.SCHEDULED: word_set(
        "schedule remind reminder reminders calendar event book booking reserve alarm timer appointment add create "
        "set task"
    ),
    Deed.RAN: word_set(
        "run execute exec test tests shell command terminal bash python code build deploy install start restart lint "
        "sandbox launch"
    ),
    Deed.CHANGED: word_set(
        "edit write update change set modify patch replace move rename create add configure toggle run execute exec "
        "shell "
        "command bash switch turn"
    ),
    Deed.DELETED: word_set(
        "delete remove erase cancel drop unsubscribe clear uninstall run execute exec shell command bash"
    ),
    Deed.LOOKED_UP: word_set("web browse browser fetch http url internet page google news"),
    Deed.PAID: word_set("buy order pay payment purchase book transfer checkout"),
}
TOOLS[Deed.DONE] = frozenset().union(*TOOLS.values()) - {"web", "browse", "browser", "fetch", "http", "url", "google"}
"""Words in the names of the tools that can do a deed."""

READING = word_set("search documents document calculate find read list look get passage passages")
"""Words of tools that only look; a tool with none of all these words may have done anything."""

_THING = (
    r"(?:files?|folders?|director(?:y|ies)|config(?:uration)?s?|settings?|calendars?|databases?|repo(?:sitory)?|"
    r"servers?|"
    r"accounts?|profiles?|passwords?|permissions?|spreadsheets?|web ?sites?|contacts?|subscriptions?|e-?mails?|"
    r"messages?|"
    r"events?|appointments?|meetings?|reminders?|orders?|bookings?|reservations?|records?|notes?|branch(?:es)?|"
    r"lights?|"
    r"thermostat|heating|alarms?)"
)
_EN = r"\bI(?:['’]ve| have|)\s(?:just |now |already |also |successfully |since |gone ahead and |went ahead and )*"
_PLACE = (
    r"(?:calendar|notes?|contacts?|cart|database|reminders?|agenda|diary|spreadsheet|wiki|backlog|to-?do list|"
    r"shopping list|list)"
)
_DE = r"\bIch habe? (?:(?!nicht|keine?|noch nie)(?:[^.!?\n]|(?<=\d)\.)){0,80}?"
_DE2 = r"\bhabe ich (?:(?!nicht|keine?|noch nie)(?:[^.!?\n]|(?<=\d)\.)){0,80}?"
_FR = r"\bj['’]ai (?:bien |déjà |aussi |également )*"
_ES = r"(?<!no )\b(?:(?:te |le |lo |la |los |las )?he|acabo de|hemos) (?:(?:ya|también) )?"
_RU = r"\bя (?:уже |только что |также |успешно )*"
_ZH = r"我(?:已经|已|刚刚|刚才|刚)[^。！？\n]{0,25}?"

CLAIMS: tuple[tuple[Deed, re.Pattern[str]], ...] = (
    (Deed.SAVED, re.compile(
        _EN + r"(?:(?:saved|stored|archived|bookmarked|recorded|logged) (?!time|money|you\b|the best|the day|space|"
        r"trouble|effort)"
        r"|noted (?:it|this|that) down|backed up|uploaded|downloaded|exported|filed "
        r"|(?:added|put|entered|written|wrote|moved) [^.!?\n]{1,60}? (?:to|in|into|on|onto) (?:your|"
        r"the) (?:\w+ ){0,2}" + _PLACE + r"\b(?! below| above|:)"
        r"|created (?:a|an|the|your) (?:new )?(?:file|folder|note|event|ticket|issue|branch|repository|account|"
        r"backup|"
        r"spreadsheet|pull request|calendar entry))", _I)),
    (Deed.SAVED, re.compile(
        _DE + r"(?:gespeichert|notiert|abgelegt|eingetragen|abgespeichert|gesichert|hochgeladen|"
        r"vermerkt)\b(?!,? dass)|"
        + _DE2 + r"(?:gespeichert|notiert|abgelegt|eingetragen|hochgeladen)\b|"
        + _FR + r"(?:enregistré|sauvegardé|noté|stocké|archivé|téléchargé|inscrit)\w*(?! qu[e'’])|"
        + _FR + r"ajouté\b[^.!?\n]{1,60} (?:à|au|dans|sur) (?:votre|ton|ta|la|le|l['’])\s?(?:liste|calendrier|"
        r"agenda|notes?)|"
        + _ES + r"(?:guardado|anotado|almacenado|registrado|subido|guardar)\b|"
        + _ES + r"añadido\b[^.!?\n]{1,60} a (?:tu|su|la|el) (?:lista|calendario|agenda|notas?)|"
        + _RU + r"(?:сохранил|записал|добавил|внёс|внес|загрузил)а?\b|"
        + _ZH + r"(?:保存|存入|存到|存好|记录|记下|记在|添加到|上传|备份)|"
        r"我(?:把|将)[^。！？\n]{0,25}(?:保存|存|记)[^。！？\n]{0,8}了|"
        r"\bho (?:già |appena )?(?:salvato|annotato|registrato|memorizzato)\b|\b(?:salvei|guardei|anotei|"
        r"registrei)\b", _I)),
    (Deed.SENT, re.compile(
        _EN + r"(?:sent (?!you (?:the|a) (?:wrong|answer))|e-?mailed|mailed|texted|messaged|forwarded|notified|"
        r"published|submitted|tweeted"
        r"|posted (?:it|this|that|the|your|a)\b|replied to (?:him|her|them|the|your)\b)", _I)),
    (Deed.SENT, re.compile(
        _DE + r"(?:geschickt|gesendet|verschickt|abgeschickt|versendet|weitergeleitet|gemailt|benachrichtigt|"
        r"veröffentlicht)\b|"
        + _DE2 + r"(?:geschickt|gesendet|verschickt|abgeschickt|weitergeleitet|gemailt)\b|"
        + _FR + r"(?:envoyé|transmis|expédié|transféré|publié|prévenu)\w*|\bje (?:lui|leur|l['’]|vous l['’]|"
        r"te l['’])\s?ai (?:envoyé|transmis)\w*|"
        + _ES + r"(?:enviado|mandado|reenviado|publicado|notificado|enviar)\b|"
        + _RU + r"(?:отправил|послал|переслал|разослал|опубликовал)а?\b|"
        + _ZH + r"(?:发送|发给|发出|寄出|寄给|转发|通知|邮件发)|"
        r"我(?:把|将)[^。！？\n]{0,25}(?:发送|发给|寄给|转发)[^。！？\n]{0,8}了|"
        r"\bho (?:già |appena )?(?:inviato|spedito|mandato|inoltrato)\b|\b(?:enviei|mandei|encaminhei)\b", _I)),
    (Deed.SCHEDULED, re.compile(
        _EN + r"(?:scheduled|booked|reserved|(?:set up|set|arranged|created|made|added) (?:a|an|the|your|"
        r"you a) (?:\w+ ){0,2}"
        r"(?:reminder|alarm|timer|meeting|appointment|event|call|notification|alert|booking|reservation))\b", _I)),
    (Deed.SCHEDULED, re.compile(
        _DE + r"(?:gebucht|reserviert|eingeplant|vereinbart|terminiert|(?:Erinnerung|Wecker|Termin|Timer|"
        r"Alarm)\b(?:[^.!?\n]|(?<=\d)\.){0,60}?"
        r"(?:eingerichtet|gestellt|gesetzt|angelegt|erstellt|eingestellt))\b|"
        + _FR + r"(?:programmé|planifié|réservé|fixé|(?:mis|créé|réglé) (?:un|une|le|la|votre|ton) (?:rappel|alarme|"
        r"réveil|rendez-vous))\w*|"
        + _ES + r"(?:programado|agendado|reservado|planificado|(?:puesto|creado|configurado) (?:un|una|el|la|"
        r"tu) (?:recordatorio|alarma|cita))|"
        + _RU + r"(?:запланировал|забронировал|назначил|(?:поставил|установил|создал|"
        r"настроил)а? (?:\w+ ){0,2}(?:напоминани|будильник|встреч|таймер))\w*|"
        + _ZH + r"(?:设置|设定|安排|预订|预约|预定|订好)|"
        r"\bho (?:già |appena )?(?:programmato|prenotato|fissato|impostato)\b|\b(?:agendei|reservei|"
        r"programei)\b", _I)),
    (Deed.RAN, re.compile(
        _EN + r"(?:(?:ran|run|re-?ran|executed) (?!into|out|through|the numbers|a (?:mental|quick) (?:check|"
        r"calculation))"
        r"(?:the|your|this|that|it|all|these|both|a|an|some|pytest|ruff|make|npm|them)\b"
        r"|tested (?:it|this|that|the|your|both|all|everything|them|my)\b(?! hypothes)|benchmarked|deployed|"
        r"installed|restarted"
        r"|compiled (?:the|your|this) (?:code|program|project|kernel|app))"
        r"|\band (?:then |re-?)?(?:ran|executed|tested) (?:the|your|it|all|pytest|ruff|make|npm|cargo|tox|mypy|"
        r"eslint)\b", _I)),
    (Deed.RAN, re.compile(
        _DE + r"(?:ausgeführt|getestet|laufen lassen|laufen gelassen|installiert|gestartet|neu gestartet|kompiliert|"
        r"bereitgestellt)\b|"
        + _FR + r"(?:exécuté|lancé|testé|installé|redémarré|déployé|compilé)\w*|"
        + _ES + r"(?:ejecutado|probado|instalado|lanzado|reiniciado|desplegado|compilado|ejecutar|probar)\b|"
        + _RU + r"(?:запустил|выполнил|протестировал|прогнал|установил(?!а? (?:\w+ ){0,2}напом)|развернул)а?\b|"
        + _ZH + r"(?:运行|执行|测试过|测试了|安装|部署|重启)|"
        r"\bho (?:già |appena )?(?:eseguito|testato|lanciato|installato)\b|\b(?:executei|testei|rodei|"
        r"instalei)\b", _I)),
    (Deed.CHANGED, re.compile(
        _EN + r"(?:changed|updated|edited|modified|renamed|moved|replaced|configured|enabled|disabled|turned (?:on|"
        r"off)|switched (?:on|off)|fixed)"
        r"\b[^.!?\n]{0,60}?\b" + _THING + r"\b(?! (?:name|above|below|example|content))|"
        + _DE + r"\b(?:Datei|Konfiguration|Einstellung|Kalender|Datenbank|Konto|Ordner|Termin|Passwort|"
        r"Server)\w*\b[^.!?\n]{0,60}?"
        r"(?:geändert|aktualisiert|angepasst|umbenannt|verschoben|bearbeitet|umgestellt)\b|"
        + _FR + r"(?:modifié|mis à jour|changé|renommé|déplacé|activé|désactivé)\w*[^.!?\n]{0,50}\b(?:fichier|"
        r"configuration|paramètre|"
        r"calendrier|base de données|compte|dossier|serveur)\w*|"
        + _ES + r"(?:cambiado|actualizado|modificado|renombrado|movido|activado|"
        r"desactivado)[^.!?\n]{0,50}\b(?:archivo|fichero|"
        r"configuración|ajuste|calendario|base de datos|cuenta|carpeta|servidor)\w*|"
        + _RU + r"(?:изменил|обновил|переименовал|переместил|включил|отключил|исправил)а?\b[^.!?\n]{0,50}(?:файл|"
        r"настройк|конфиг|календар|"
        r"баз|аккаунт|папк|сервер)\w*|"
        + _ZH + r"(?:修改|更新|更改|重命名|移动)[^。！？\n]{0,15}"
        r"(?:文件|配置|设置|日历|数据库|账户|文件夹|服务器)", _I)),
    (Deed.DELETED, re.compile(
        _EN + r"(?:(?:deleted|erased|wiped|removed|cancell?ed)\b[^.!?\n]{0,50}?\b" + _THING + r"\b|uninstalled|"
        r"unsubscribed)|"
        + _DE + r"\b(?:Datei|Ordner|Mail|Nachricht|Eintrag|Termin|Erinnerung|Konto|Notiz|Abo|Bestellung|"
        r"Verzeichnis)\w*\b[^.!?\n]{0,60}?"
        r"(?:gelöscht|entfernt|storniert|abgesagt|gekündigt)\b|"
        + _FR + r"(?:supprimé|effacé|annulé|résilié)\w*[^.!?\n]{0,50}\b(?:fichier|dossier|message|courriel|"
        r"rendez-vous|rappel|compte|note|"
        r"commande|abonnement)\w*|"
        + _ES + r"(?:borrado|eliminado|cancelado)[^.!?\n]{0,50}\b(?:archivo|carpeta|mensaje|correo|cita|"
        r"recordatorio|cuenta|nota|pedido)\w*|"
        + _RU + r"(?:удалил|стёр|стер|отменил)а?\b|" + _ZH + r"(?:删除|取消|清空|卸载)", _I)),
    (Deed.LOOKED_UP, re.compile(
        _EN + r"(?:searched|googled|browsed|checked|scanned|visited|looked (?:it|this|that|them|"
        r"everything)? ?up (?:on|online))"
        r"\b[^.!?\n]{0,30}?(?:\b(?:the web|online|internet|google|web ?sites?|the news)\b|(?<=googled)|"
        r"(?<=up online))|"
        + _DE + r"(?:im (?:Internet|Web|Netz)|online|gegoogelt)[^.!?\n]{0,40}(?:gesucht|nachgesehen|recherchiert|"
        r"geschaut|nachgeschlagen)?\b|"
        + _FR + r"(?:cherché|vérifié|regardé|consulté)[^.!?\n]{0,30}(?:sur (?:le web|internet|google)|en ligne)|"
        + _ES + r"(?:buscado|consultado|mirado)[^.!?\n]{0,30}(?:en (?:la web|internet|línea|google))|"
        + _RU + r"(?:поискал|нашёл|нашел|проверил|посмотрел)а?\b[^.!?\n]{0,30}(?:в интернете|в сети|онлайн)|"
        + _ZH + r"(?:上网|在网上|联网|搜索了网)", _I)),
    (Deed.PAID, re.compile(
        _EN + r"(?:(?:paid|purchased|bought|transferred|wired|refunded) (?:the|your|it|them|a|an|\d|[$€£])|"
        r"ordered [^.!?\n]{1,40}?"
        r"(?:for you|online|from (?:the )?[A-Z])|placed (?:the|an|your) order)|"
        + _DE + r"(?:bezahlt|überwiesen|bestellt|gekauft)\b|" + _FR + r"(?:payé|commandé|acheté|viré)\w*|"
        + _ES + r"(?:pagado|comprado|transferido|pedido)\b|" + _RU + r"(?:оплатил|заказал|купил|перевёл деньги|"
        r"перевел деньги)а?\b|"
        + _ZH + r"(?:付款|支付|购买|下单|转账)", _I)),
)  # fmt: skip
"""(deed, what the employee says of itself)."""

_MAIL = r"(?:e-?mails?|mails?|messages?|invitations?|letter|reports?|invoice|request|form)"
_NOTE = r"(?:notes?|files?|documents?|entry|entries|item|list|draft)"
_DATE = (
    r"(?:reminder|alarm|timer|appointment|meeting|table|room|flight|booking|reservation|event|slot|ticket|backup|"
    r"call)"
)
REPORTS: tuple[tuple[Deed, re.Pattern[str]], ...] = (
    (Deed.SENT, re.compile(
        rf"^(?:\W|done|ok(?:ay)?|all set|great|good news)*(?:your|the|this|"
        rf"that) (?:\w+ ){{0,2}}{_MAIL}\b[^.!?\n]{{0,40}}? "
        r"(?:has|have|was|were) (?:just |now |already |successfully )*(?:been )?(?:e-?mailed|sent|forwarded|"
        r"delivered|submitted|posted)\b|"
        r"^\W*(?:die|der|das|deine|ihre|dein|ihr) (?:\w+ )?(?:E-?Mail|Mail|Nachricht|Einladung|Brief|Bericht|"
        r"Rechnung)\w*\b[^.!?\n]{0,40} "
        r"(?:wurden?|ist|sind) [^.!?\n]{0,20}?(?:verschickt|gesendet|versendet|abgeschickt|geschickt|raus)\b|"
        r"\b(?:le|la|votre|ton|ta|l['’])\s?(?:e-?mail|courriel|message|lettre|mail|invitation|facture|"
        r"rapport)\b[^.!?\n]{0,40} (?:a|ont) (?:bien )?été "
        r"(?:envoyée?s?|transmise?s?|expédiée?s?)|"
        r"\b(?:el|la|tu|su) (?:correo|mensaje|carta|e-?mail|invitación|informe|factura)\b[^.!?\n]{0,40} (?:ha sido|"
        r"fue|ya está|está) (?:enviad|mandad)[oa]|"
        r"\b(?:письмо|сообщение|отч[её]т|приглашение|сч[её]т)\b[^.!?\n]{0,30}(?:отправлен|послан|доставлен)[оаы]?\b|"
        r"(?:邮件|消息|信息|短信|报告|邀请)(?:已经|已)(?:发送|发出|寄出)", _I)),
    (Deed.SAVED, re.compile(
        rf"^(?:\W|done|ok(?:ay)?|all set|great|good news)*(?:your|the|this|"
        rf"that) (?:\w+ ){{0,2}}{_NOTE}\b[^.!?\n]{{0,40}}? "
        r"(?:has|have|was|were|is|are) (?:just |now |already |successfully )*(?:been )?(?:saved|stored|recorded|"
        r"uploaded|created|added)\b|"
        r"^\W*(?:die|der|das|deine|ihre) (?:\w+ )?(?:Notiz|Datei|Liste|Dokument|"
        r"Eintrag)\w*\b[^.!?\n]{0,40} (?:wurden?|ist|sind) [^.!?\n]{0,20}?"
        r"(?:gespeichert|abgelegt|angelegt|eingetragen)\b|"
        r"\b(?:la|le|votre|ta) (?:note|fichier|document|liste)\b[^.!?\n]{0,40} (?:(?:a|ont) (?:bien )?été|"
        r"est) (?:enregistré|sauvegardé)e?s?|"
        r"\b(?:la|el|tu|su) (?:nota|archivo|documento|lista|recordatorio)\b[^.!?\n]{0,40} (?:ha sido|fue|"
        r"está) guardad[oa]|"
        r"\b(?:заметка|файл|документ|список|запись)\b[^.!?\n]{0,30}(?:сохран[её]н|записан|создан|добавлен)[оаы]?\b|"
        r"(?:笔记|文件|文档|清单|备忘)(?:已经|已)(?:保存|创建|添加|记录)", _I)),
    (Deed.SCHEDULED, re.compile(
        rf"^(?:\W|done|ok(?:ay)?|all set|great|good news)*(?:your|the|this|that|"
        rf"a) (?:\w+ ){{0,2}}{_DATE}\b[^.!?\n]{{0,40}}? "
        r"(?:(?:has|have) been|is|are|was) (?:just |now |already |successfully )*(?:set|booked|scheduled|reserved|"
        r"created)\b|"
        r"^\W*(?:die|der|das|deine?|ihre?) (?:\w+ )?(?:Erinnerung|Wecker|Termin|Tisch|Zimmer|"
        r"Flug)\w*\b[^.!?\n]{0,40} (?:wurde|ist) [^.!?\n]{0,20}?"
        r"(?:eingerichtet|gestellt|gebucht|reserviert|gesetzt|eingetragen)\b|\bund eine Erinnerung (?:ist |"
        r"wurde )?eingerichtet|"
        r"\b(?:le|la|votre|ton) (?:rappel|rendez-vous|table|réunion|chambre|vol|alarme)\b[^.!?\n]{0,40} (?:a été|"
        r"est) (?:programmé|réservé|planifié)e?|"
        r"\b(?:el|la|tu|su) (?:recordatorio|cita|mesa|reunión|alarma|vuelo)\b[^.!?\n]{0,40} (?:ha sido|"
        r"está) (?:programad|reservad|agendad|guardad)[oa]|"
        r"\b(?:напоминание|встреча|столик|будильник|бронь)\b[^.!?\n]{0,30}(?:установлен|создан|назначен|"
        r"забронирован|запланирован)[оаы]?\b|"
        r"(?:提醒|闹钟|会议|座位|房间|日程)(?:已经|已)(?:设置|设定|安排|预订|预约|创建)", _I)),
    (Deed.DELETED, re.compile(
        rf"^(?:\W|done|ok(?:ay)?)*(?:your|the|this|that) (?:\w+ ){{0,2}}(?:{_NOTE}|{_MAIL}|{_DATE}|folder|account|"
        rf"subscription)\b[^.!?\n]{{0,40}}? "
        r"(?:has|have) (?:now |already |successfully )*been (?:deleted|removed|cancell?ed|erased)\b", _I)),
    (Deed.RAN, re.compile(
        r"\ball (?:of )?(?:the |your )?(?:\d+ )?tests (?:now )?(?:pass(?:ed)?|are green|succeed(?:ed)?)\b|"
        r"\bthe tests? (?:suite )?(?:now )?pass(?:es|ed)\b|"
        r"\balle Tests (?:laufen|sind grün|bestehen|bestanden)|\btous les tests passent\b|"
        r"\btodas las pruebas pasan\b|"
        r"\bвсе тесты (?:проходят|прошли|пройдены)|所有测试(?:都|均|已)?通过", _I)),
)  # fmt: skip
"""(deed, a report that it was done, without saying by whom)."""

_OBJECT = (
    r"^\W*(?:(?:done|ok(?:ay)?|all set|great|good news)\W+)?"
    r"(?:all|your|the|this|that|these|those)\b[^.!?\n]{1,80}? "
)
_BEEN = r"(?:has|have) (?:now |just |already |all |successfully )*been "
ORDERED_REPORTS: tuple[tuple[Deed, re.Pattern[str]], ...] = tuple(
    (deed, re.compile(_OBJECT + _BEEN + rf"(?:{words})\b", _I))
    for deed, words in (
        (Deed.SAVED, "saved|stored|archived|uploaded|created|added|recorded|exported|backed up|copied"),
        (Deed.SENT, "sent|e-?mailed|forwarded|submitted|posted|published|notified|shared"),
        (Deed.SCHEDULED, "scheduled|booked|reserved"),
        (Deed.RAN, "run|executed|tested|installed|restarted|deployed|started"),
        (Deed.CHANGED, "moved|renamed|updated|changed|edited|enabled|disabled|configured|turned (?:on|off)"),
        (Deed.DELETED, "deleted|removed|cancell?ed|erased|cleared"),
        (Deed.PAID, "paid|ordered|purchased|transferred|refunded"),
    )
)
"""The same of any thing, where the request is an order to do something."""
ORDER = re.compile(
    r"(?:^|[.!?\n]\s*)(?:please |can you |could you |would you |kindly |now |then |hey |ok,? )*(?:archive|move|save|"
    r"store|send|e-?mail|"
    r"forward|post|publish|submit|share|book|reserve|schedule|run|execute|install|restart|deploy|rename|update|"
    r"change|edit|enable|"
    r"disable|turn|switch|delete|remove|cancel|clear|pay|order|buy|transfer|upload|export|back up|copy|create|add|"
    r"put|set)\b",
    _I,
)
"""A request that begins with what is to be done (English)."""

WANTED = re.compile(
    r"\b(?:send|mail|e-?mail|text|message|tell|save|note|store|remember|remind|alarm|book|reserve|schedule|run|"
    r"execute|test|"
    r"delete|remove|cancel|change|update|order|buy|pay|add|put|write down|upload|post|publish|set|forward|"
    r"schick\w*|send\w*|speicher\w*|notier\w*|erinner\w*|buch\w*|reservier\w*|lösch\w*|trag\w*|stell\w*|test\w*|"
    r"envoi\w*|envoy\w*|enregistr\w*|note\w*|rappel\w*|réserv\w*|supprim\w*|programm\w*|ajout\w*|"
    r"envía\w*|enviar|manda\w*|guarda\w*|anota\w*|recuerda\w*|recuérda\w*|reserva\w*|borra\w*|pon\b|añade\w*|"
    r"programa\w*|"
    r"отправ\w*|пошли\w*|сохран\w*|запиши\w*|напомн\w*|заброн\w*|удал\w*|добав\w*|запуст\w*|поставь\w*)\b|"
    r"发|寄|存|保存|记|提醒|预订|预约|删除|设置|安排|运行|测试|通知",
    _I,
)
"""The request asks for something to be done outside the chat."""

CONDITION = re.compile(
    r"\b(?:if|once|when|whenever|after|until|unless|before|as soon as|whether|suppose|imagine|wenn|sobald|nachdem|"
    r"falls|bevor|"
    r"bis|ob|si|quand|lorsque|une fois|après|dès que|avant|cuando|una vez|después|antes|hasta|если|когда|после того|"
    r"как только|пока|se|quando)\b|如果|等|一旦|当",
    _I,
)
"""Before a claim: it is no claim."""

HERE = re.compile(
    r"\b(?:below|above|as follows|in this (?:answer|text|table|list|version)|unten|oben|ci-dessous|ci-dessus|abajo|"
    r"arriba|"
    r"a continuación|ниже|выше|qui sotto|abaixo)\b|下面|以下|如下|上面",
    _I,
)
"""Behind a claim: it speaks of the answer itself."""

ON_PAPER = re.compile(
    r"\b(?:paragraphs?|sentences?|commas?|words?|headings?|bullet(?: point)?s?|wording|phrasing|typos?|Absatz|"
    r"Absätze|Satz|"
    r"Sätze|Komma\w*|Wörter|paragraphes?|phrases?|virgules?|mots?|párrafos?|frases?|comas?|абзац\w*|предложени\w*|"
    r"запят\w*)\b|段落|句子|逗号",
    _I,
)
"""In a claim to have moved or changed something: it speaks of a text."""

FOR_OTHERS = re.compile(
    r"\b(?:shorten|edit|improve|polish|summari[sz]e|translate|kürze\w*|überarbeite\w*|verbesser\w*|raccourci\w*|"
    r"améliore\w*|"
    r"acorta\w*|mejora\w*|сократи\w*|улучши\w*|write|draft|compose|formulate|rewrite|rephrase|proofread|correct|"
    r"joke|story|poem|dialogue|sample|example|"
    r"template|role ?play|"
    r"pretend|schreib\w*|formulier\w*|verfass\w*|entwirf|witz|geschichte|gedicht|korrigier\w*|écri[st]\w*|rédige\w*|"
    r"corrige\w*|"
    r"blague|histoire|poème|escrib\w*|redacta\w*|corrige\w*|chiste|cuento|poema|напиши\w*|составь\w*|сочини\w*|"
    r"исправь\w*|шутк\w*|"
    r"рассказ\w*|стих\w*|scrivi\w*|escreva\w*)\b|写一|写个|帮我写|翻译|翻成|译成|起草|拟|润色|笑话|故事",
    _I,
)
"""The request asks for words that somebody else will say."""

SPEAKER = word_set(
    "i ich j je he acabo hemos ho я 我 salvei guardei anotei registrei enviei mandei encaminhei agendei reservei "
    "programei executei "
    "testei rodei instalei"
)
"""A sentence without any of these words is no claim of `CLAIMS`."""
REPORTED = word_set(
    "e mailed emailed sent forwarded delivered submitted posted saved stored recorded uploaded created added set "
    "booked scheduled "
    "archived moved renamed updated changed edited enabled disabled configured run executed tested installed "
    "restarted deployed "
    "started copied exported backed published notified shared paid ordered purchased transferred refunded cleared "
    "turned "
    "reserved deleted removed cancelled canceled erased pass passed passes green succeed succeeded "
    "verschickt gesendet versendet abgeschickt geschickt raus gespeichert abgelegt angelegt eingetragen "
    "eingerichtet gestellt "
    "gebucht reserviert gesetzt laufen grün bestehen bestanden envoyé envoyée envoyés envoyées transmise transmis "
    "transmises "
    "expédié expédiée enregistré enregistrée enregistrés enregistrées sauvegardé sauvegardée programmé programmée "
    "réservé réservée "
    "planifié planifiée passent enviado enviada mandado mandada guardado guardada programado programada reservado "
    "reservada "
    "agendado agendada pasan отправлен отправлено отправлена отправлены послан послано доставлено сохранен сохранён "
    "сохранена "
    "сохранено записан записана создан создано создана добавлен добавлена установлен установлено установлена "
    "назначен назначена "
    "забронирован запланирован запланировано проходят прошли пройдены 已 过"
)
"""A sentence without any of these words is no report of `REPORTS`."""
