"""What placeholders, refusals and empty promises look like, in English, French, German, Spanish, Russian and Chinese.

Patterns are written so that each part can match in one way only, over one line, and stay linear.
"""

from __future__ import annotations

import re

_I = re.IGNORECASE

PLACEHOLDERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("TODO", re.compile(r"\bTODO\b(?![ -]?(?:lists?|items?|apps?|comments?|tags?|Listen?|markers?)\b)")),
    ("FIXME", re.compile(r"\bFIXME\b(?! (?:comments?|tags?|markers?)\b)")),
    ("TBD", re.compile(r"\b(?:TBD|TBA|T\.B\.D\.)(?!\w)")),
    ("XXX", re.compile(r"(?<![\w-])XXX+(?![\w-])")),
    ("lorem ipsum", re.compile(r"\blorem ipsum\b", _I)),
    (
        "[insert ...]",
        re.compile(
            r"[\[<{](?:insert|add|enter|fill in|put|ins[ée]r(?:er|ez|t[ea]r?)|compl[ée]ter|ajouter|einf[üu]gen|"
            r"hier einf[üu]gen|ausf[üu]llen|вставьте|вставить|укажите|впишите|插入|填写|在此)[^\]>}\n]{0,80}[\]>}]|"
            r"[\[<{][^\]>}\n]{1,40} (?:einf[üu]gen|einsetzen|eintragen|erg[äa]nzen|[àa] compl[ée]ter|goes here|"
            r"por completar)[\]>}]",
            _I,
        ),
    ),
    (
        "[your ...]",
        re.compile(
            r"[\[<{](?:(?:your|votre|ton|ihr(?:e[nr]?)?|dein(?:e[nr]?)?|su|tu|ваш[аеи]?|твой)[ _-]|您的|你的)"
            r"[^\]>}\n]{1,60}[\]>}](?!\()",
            _I,
        ),
    ),
    (
        "[placeholder]",
        re.compile(r"[\[<{](?:placeholder|platzhalter|espace réservé|marcador|заполнитель|占位符)[\]>}]", _I),
    ),
    (
        "as an AI language model",
        re.compile(
            r"\bas an? (?:AI|artificial intelligence)(?: language)? (?:model|assistant)\b|\bas an AI,|"
            r"\ben tant qu(?:['’]|e )(?:IA|intelligence artificielle|modèle de langage|assistant IA)\b|"
            r"\bals (?:KI-?|künstliche Intelligenz|ein KI-?)[ -]?(?:Sprachmodell|Modell|Assistent)\b|"
            r"\bcomo (?:un )?(?:modelo de lenguaje|IA|inteligencia artificial)\b|"
            r"как (?:языковая модель|ИИ-?(?:модель|ассистент)?|искусственный интеллект)\b|"
            r"作为(?:一个|一名)?(?:AI|人工智能|"
            r"语言模型)",
            _I,
        ),
    ),
    (
        "rest left out",
        re.compile(
            r"(?:\.\.\.|…)[ \t]?\(?(?:the )?(?:rest of (?:the |your |this )?(?:code|text|file|function|list|"
            r"answer|implementation)"
            r"|remaining (?:code|items|text)|existing code|reste du code|restlicher code|rest des codes|"
            r"resto del código|остальной код|остальная часть кода|其余代码|剩余代码)|"
            r"\b(?:rest of the (?:code|file|implementation) (?:here|goes here|unchanged|remains)|"
            r"your code (?:goes )?here|"
            r"implementation goes here|votre code ici|hier (?:ihr|dein) code|tu código aquí|ваш код здесь)\b|"
            r"此处(?:填写|添加)代码",
            _I,
        ),
    ),
)
"""(what it is called, how it is found)."""

CODE_PLACEHOLDER = re.compile(
    r"(?:#|//|/\*|--|<!--|%|;)[ \t]*(?:(?:TODO|FIXME|XXX)\b|(?:\.\.\.|…)?[ \t]?(?:the )?rest of (?:the |"
    r"your )?(?:code|file|"
    r"function|implementation)|your code (?:goes )?here|(?:add|put|insert) your (?:code|logic|implementation)|"
    r"implement(?:ation)? (?:this|me|goes here|here)|(?:\.\.\.|…)[ \t]?(?:existing|remaining|other|same) )",
    _I,
)
"""A comment in code that stands for work not done."""

ABOUT_TEMPLATES = re.compile(
    r"\b(?:templates?|boilerplate|placeholders?|mod[èe]les?|gabarit|vorlagen?|muster\w*|plantillas?|modelo|"
    r"formulario|"
    r"шаблон\w*|бланк\w*|form letters?|mail merge)\b|模板|范本|样板|占位",
    _I,
)
"""The request speaks of templates: gaps to be filled in are what was asked for."""

LETTER = re.compile(
    r"\b(?:letters?|e-?mails?|cover letter|contract|invoice|cv|resume|résumé|lettre|courriel|contrat|facture|"
    r"brief|schreiben|anschreiben|bewerbung|vertrag|rechnung|kündigung|carta|correo|contrato|factura|"
    r"письм\w*|договор\w*|заявлени\w*|резюме)\b|信|邮件|合同|简历",
    _I,
)
"""The request asks for a letter or a form: a gap for the sender's name is honest there."""

_DOING = (
    r"(?:help|assist|answer|do (?:that|this|it|so)|provide|access|fulfil|fulfill|complete|create|generate|open|"
    r"browse|"
    r"view|read|write|send|comply|discuss|share|translate|perform|carry out|process|support|execute|produce|fetch)"
)
REFUSAL = re.compile(
    r"\bI(?:['’]m| am) (?:very |so |really )?(?:sorry|afraid),? (?:but )?(?:that )?I (?:can|won|do|am|was)\w*|"
    r"\bI (?:can(?:no|['’])t|can not|won['’]t|am (?:unable|not able) to) (?:\w+ )?" + _DOING + r"\b|"
    r"\bI['’]m (?:unable|not able) to\b|\bI do(?:n['’]t| not) have (?:access|the ability|enough information)\b|"
    r"\b(?:unable|not able) to " + _DOING + r"\b|"
    r"\bje ne (?:peux|pourrai) (?:malheureusement |hélas )?pas\b|\bje ne suis pas (?:en mesure|capable|autorisée?)\b|"
    r"\bje n['’]ai pas (?:accès|la possibilité)\b|"
    r"\bich kann (?:\w+ ){0,5}(?:nicht|keine?n?)\b|\bkann ich (?:\w+ ){0,5}(?:nicht|keine?n?)\b|"
    r"\bich (?:bin nicht in der Lage|habe keinen Zugriff)\b|"
    r"\bno (?:puedo|podré|soy capaz de|tengo acceso|me es posible)\b|"
    r"\bя не (?:могу|смогу|имею доступа|в состоянии)\b|\bу меня нет доступа\b|"
    r"我(?:无法|不能|没有办法|没法|没有权限)",
    _I,
)
"""Words with which an answer says that it did not do the work."""

PROMISE = re.compile(
    r"\bI(?:['’]ll| will) (?:get back to you|look into (?:it|this|that)|let you know (?:once|when|as soon)|"
    r"(?:now )?start working on|work on (?:it|this) and|need some time|report back)|"
    r"\b(?:give|allow) me (?:a (?:moment|minute|few (?:minutes|moments))|some time)\b|"
    r"\bI(?:['’]ve| have) attached\b|\b(?:please )?(?:find|see) (?:it |the \w+ )?attached\b|"
    r"\bsee (?:the )?attached (?:file|document)|"
    r"\bje (?:vous |te )?(?:reviens|reviendrai|recontacterai)|\bje (?:vais|m['’]en vais) (?:me renseigner|"
    r"vérifier cela)|\bci-joint\b|"
    r"\bich (?:melde mich (?:wieder|bei)|werde mich (?:\w+ ){0,3}melden|kümmere mich (?:darum|gleich))|"
    r"\bim Anhang (?:finden|findest)|"
    r"\b(?:te|le|les) (?:responderé|contactaré|avisaré)|\bme pondré en contacto|\b(?:he adjuntado|adjunto (?:el|"
    r"la|encontrará))|"
    r"\bя (?:вернусь к вам|свяжусь с вами|сообщу вам|дам вам знать)|\b(?:прикрепил|приложил|во вложении)|"
    r"我(?:会|将)?(?:稍后|之后|尽快)(?:回复|联系|告诉)|(?:请)?(?:查看|见)附件",
    _I,
)
"""A promise of work to come, or of an attachment: an answer is all that is delivered."""

PROMISE_HINTS = (
    "i'll", "i’ll", "i will", "give me", "allow me", "attached", "reviens", "reviendrai", "recontacterai", "renseigner",
    "vérifier cela", "ci-joint", "melde mich", "werde mich", "kümmere mich", "im anhang", "responderé", "contactaré",
    "avisaré", "pondré en", "adjunt", "вернусь", "свяжусь", "сообщу", "дам вам", "прикрепил", "приложил", "вложении",
    "稍后", "之后", "尽快", "附件",
)  # fmt: skip
"""A text without any of these, in lower case, holds no promise."""

NOT_IN_DOCUMENTS = re.compile(
    r"\b(?:not|nothing|no|none|n['’]t|never|without|unable|only)\b[^.\n]{0,80}\b(?:documents?|files?|sources?|"
    r"passages?|texts?)\b|"
    r"\b(?:documents?|files?|sources?|passages?|texts?)\b[^.\n]{0,80}\b(?:not|nothing|no|none|n['’]t|never|"
    r"silent)\b|doesn['’]t say|don['’]t say|"
    r"\b(?:aucune?|pas|rien|ne|n['’])[^.\n]{0,80}\bdocuments?|\bdocuments?\b[^.\n]{0,80}\b(?:ne|pas|rien|"
    r"aucune?)\b|"
    r"\b(?:nicht|nichts|keine?[nmrs]?)\b[^.\n]{0,80}(?:dokument|unterlagen|datei|quelle)|(?:dokument|unterlagen|"
    r"datei|quelle)\w*[^.\n]{0,80}\b(?:nicht|nichts|keine?[nmrs]?)\b|"
    r"\b(?:no|nada|ning[úu]n\w*)\b[^.\n]{0,80}\bdocumentos?|\bdocumentos?\b[^.\n]{0,80}\b(?:no|nada|ning[úu]n\w*)\b|"
    r"(?:\bнет\b|\bне\b|ничего|ни в одном)[^.\n]{0,80}(?:документ|файл|источник)|(?:документ|файл|"
    r"источник)\w*[^.\n]{0,80}(?:\bнет\b|\bне\b|ничего)|"
    r"(?:没有|未|无)[^。\n]{0,40}(?:文件|文档|资料)|(?:文件|文档|资料)[^。\n]{0,40}(?:没有|未|无)",
    _I,
)
"""An honest "not in your documents"."""
