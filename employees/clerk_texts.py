"""What the Clerk says in its own words, in six languages, and how it hears small talk. Data only.

Placeholders: {company} the company's name, {result} a computed figure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Talk(StrEnum):
    """The sorts of small talk that the Clerk answers."""

    THANKS = "thanks"
    HELP = "help"
    WHO = "who"
    WELL = "well"  # how are you
    BYE = "bye"
    GREETING = "greeting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """One language."""

    thanks: str
    greeting: str
    bye: str
    well: str
    who: str
    help_now: str
    help_with_models: str
    help_without_models: str
    not_found: str
    no_documents: str
    no_model: str
    add_model: str
    disagree: str
    which: str


TEXTS: dict[str, Texts] = {
    "en": Texts(
        thanks="You're welcome.",
        greeting="Hello! What can I do for you?",
        bye="Goodbye. I'm here when you need me.",
        well="All is well here, thank you. What can I do for you?",
        who="I'm the Clerk of {company}. I look things up in your documents, word for word and with the source, "
        "and I know "
        "the state of the company. I use no language model.",
        help_now="This works right now:\n\n- Ask about your documents: I quote the place that answers.\n"
        "- Ask about the company: cost, orders, who works here.\n- Sums: `12 * 3.50`, `15 % of 240`.",
        help_with_models="Ask for anything else as well (writing, code, translation, analysis): a colleague with a "
        "language model takes it.",
        help_without_models="Writing, code, translation and analysis need a language model, and none is configured.",
        not_found="That is not in your documents.",
        no_documents="There are no documents yet. Put files (PDF, text and more) into the `documents` folder, and I "
        "can answer from them.",
        no_model="That needs a language model, and none is configured, so I'd rather not guess.",
        add_model="To add a model, run `./nexus init` and enter an API key, or start Ollama on this machine.",
        disagree="Your documents disagree:",
        which="Which one do you mean?",
    ),
    "fr": Texts(
        thanks="Je vous en prie.",
        greeting="Bonjour ! Que puis-je faire pour vous ?",
        bye="Au revoir. Je reste à votre disposition.",
        well="Tout va bien, merci. Que puis-je faire pour vous ?",
        who="Je suis le commis de {company}. Je cherche dans vos documents, mot pour mot et avec la source, et "
        "je connais "
        "l'état de l'entreprise. Je n'utilise aucun modèle de langage.",
        help_now="Ceci marche dès maintenant :\n\n- Une question sur vos documents : je cite le passage qui répond.\n"
        "- Une question sur l'entreprise : coûts, commandes, personnel.\n- Les calculs : `12 * 3,50`, `15 % de 240`.",
        help_with_models="Demandez aussi tout le reste (rédaction, code, traduction, analyse) : un collègue "
        "doté d'un modèle "
        "de langage s'en charge.",
        help_without_models="La rédaction, le code, la traduction et l'analyse demandent un modèle de langage, "
        "et aucun n'est "
        "configuré.",
        not_found="Cela ne figure pas dans vos documents.",
        no_documents="Il n'y a pas encore de documents. Mettez des fichiers (PDF, texte et autres) dans le dossier "
        "`documents`, "
        "et je pourrai répondre à partir d'eux.",
        no_model="Cela demande un modèle de langage, et aucun n'est configuré ; je préfère ne pas deviner.",
        add_model="Pour ajouter un modèle, lancez `./nexus init` et saisissez une clé d'API, ou démarrez Ollama "
        "sur cette "
        "machine.",
        disagree="Vos documents se contredisent :",
        which="Laquelle voulez-vous dire ?",
    ),
    "de": Texts(
        thanks="Gern geschehen.",
        greeting="Guten Tag! Was kann ich für Sie tun?",
        bye="Auf Wiedersehen. Ich bin da, wenn Sie mich brauchen.",
        well="Hier ist alles in Ordnung, danke. Was kann ich für Sie tun?",
        who="Ich bin der Sachbearbeiter von {company}. Ich schlage in Ihren Dokumenten nach, wörtlich und mit "
        "Quelle, und "
        "kenne den Stand der Firma. Ein Sprachmodell benutze ich nicht.",
        help_now="Das geht jetzt schon:\n\n- Fragen zu Ihren Dokumenten: Ich zitiere die Stelle, die antwortet.\n"
        "- Fragen zur Firma: Kosten, Aufträge, wer hier arbeitet.\n- Rechnen: `12 * 3,50`, `15 % von 240`.",
        help_with_models="Fragen Sie auch nach allem anderen (Texte, Code, Übersetzung, Analyse): Das übernimmt "
        "ein Kollege "
        "mit Sprachmodell.",
        help_without_models="Texte, Code, Übersetzung und Analyse brauchen ein Sprachmodell, und es ist keines "
        "eingerichtet.",
        not_found="Das steht nicht in Ihren Dokumenten.",
        no_documents="Es gibt noch keine Dokumente. Legen Sie Dateien (PDF, Text und andere) in den Ordner "
        "`documents`, dann "
        "kann ich daraus antworten.",
        no_model="Dafür braucht es ein Sprachmodell, und es ist keines eingerichtet; raten möchte ich nicht.",
        add_model="Um ein Modell hinzuzufügen, starten Sie `./nexus init` und geben einen API-Schlüssel ein, oder "
        "starten "
        "Sie Ollama auf diesem Rechner.",
        disagree="Ihre Dokumente widersprechen sich:",
        which="Welchen Teil meinen Sie?",
    ),
    "es": Texts(
        thanks="De nada.",
        greeting="¡Hola! ¿En qué puedo ayudarle?",
        bye="Hasta luego. Aquí estaré cuando me necesite.",
        well="Todo va bien, gracias. ¿En qué puedo ayudarle?",
        who="Soy el administrativo de {company}. Busco en sus documentos, palabra por palabra y con la fuente, "
        "y conozco el "
        "estado de la empresa. No uso ningún modelo de lenguaje.",
        help_now="Esto funciona ya:\n\n- Preguntas sobre sus documentos: cito el pasaje que responde.\n"
        "- Preguntas sobre la empresa: costes, pedidos, quién trabaja aquí.\n- Cálculos: `12 * 3,50`, `15 % de 240`.",
        help_with_models="Pida también todo lo demás (textos, código, traducción, análisis): lo hace un colega "
        "con modelo de "
        "lenguaje.",
        help_without_models="Los textos, el código, la traducción y el análisis necesitan un modelo de "
        "lenguaje, y no hay "
        "ninguno configurado.",
        not_found="Eso no está en sus documentos.",
        no_documents="Todavía no hay documentos. Ponga archivos (PDF, texto y otros) en la carpeta `documents` y "
        "podré responder a partir de ellos.",
        no_model="Eso necesita un modelo de lenguaje, y no hay ninguno configurado; prefiero no adivinar.",
        add_model="Para añadir un modelo, ejecute `./nexus init` e introduzca una clave de API, o inicie Ollama en "
        "esta máquina.",
        disagree="Sus documentos no coinciden:",
        which="¿A cuál se refiere?",
    ),
    "ru": Texts(
        thanks="Пожалуйста.",
        greeting="Здравствуйте! Чем могу помочь?",
        bye="До свидания. Я здесь, если понадоблюсь.",
        well="Всё в порядке, спасибо. Чем могу помочь?",
        who="Я делопроизводитель компании {company}. Я ищу ответы в ваших документах, дословно и с указанием "
        "источника, и "
        "знаю состояние компании. Языковую модель я не использую.",
        help_now="Уже сейчас можно:\n\n- спросить о ваших документах: я процитирую место с ответом;\n"
        "- спросить о компании: расходы, заказы, кто здесь работает;\n- посчитать: `12 * 3,50`, `15 % от 240`.",
        help_with_models="Просите и обо всём остальном (тексты, код, перевод, анализ): за это возьмётся коллега "
        "с языковой "
        "моделью.",
        help_without_models="Для текстов, кода, перевода и анализа нужна языковая модель, а она не настроена.",
        not_found="В ваших документах этого нет.",
        no_documents="Документов пока нет. Положите файлы (PDF, текст и другие) в папку `documents`, и я смогу "
        "отвечать по ним.",
        no_model="Для этого нужна языковая модель, а она не настроена; гадать я не стану.",
        add_model="Чтобы добавить модель, запустите `./nexus init` и введите ключ API или запустите Ollama на "
        "этом компьютере.",
        disagree="Ваши документы расходятся:",
        which="Какая часть имеется в виду?",
    ),
    "zh": Texts(
        thanks="不客气。",
        greeting="您好!有什么可以帮您?",
        bye="再见。需要时随时找我。",
        well="一切正常,谢谢。有什么可以帮您?",
        who="我是{company}的文员。我在您的文件中查找答案,逐字引用并注明出处,也了解公司的状况。我不使用语言模型。",
        help_now="现在就可以:\n\n- 询问您的文件:我会引用能回答问题的原文。\n- 询问公司状况:费用、订单、员工。\n"
        "- 计算:`12 * 3.50`、`240的15%`。",
        help_with_models="其他事情(写作、代码、翻译、分析)也请提出,由使用语言模型的同事处理。",
        help_without_models="写作、代码、翻译和分析需要语言模型,而目前没有配置。",
        not_found="您的文件中没有这方面的内容。",
        no_documents="目前还没有文件。请把文件(PDF、文本等)放入 `documents` 文件夹,我就能据此回答。",
        no_model="这需要语言模型,而目前没有配置;我不想猜测。",
        add_model="要添加模型,请运行 `./nexus init` 并输入 API 密钥,或在本机启动 Ollama。",
        disagree="您的文件说法不一:",
        which="您指的是哪一部分？",
    ),
}

TALK: tuple[tuple[Talk, re.Pattern[str]], ...] = (
    (
        Talk.HELP,
        re.compile(
            r"\b(?:help|what can you|what do you do|how does this work|how do i use|aide|aidez|que peux-tu|"
            r"que pouvez-vous|"
            r"que sais-tu|qu'est-ce que tu peux|hilfe|was kannst|was konnen sie|ayuda|que puedes|que sabes|"
            r"que puede|помощь|"
            r"помоги|что ты умеешь|что вы умеете|что ты можешь|что вы можете)\b|^/(?:help|start)|帮助|你能做|"
            r"您能做|能做什么|怎么用"
        ),
    ),
    (
        Talk.WHO,
        re.compile(
            r"\b(?:who are you|what are you|your name|qui es-tu|qui etes-vous|wer bist du|wer sind sie|"
            r"wie heisst|quien eres|"
            r"quien es usted|кто ты|кто вы|как тебя зовут)\b|你是谁|您是谁|你叫什么"
        ),
    ),
    (
        Talk.WELL,
        re.compile(
            r"\b(?:how are you|how's it going|how is it going|ca va|comment vas|comment allez|wie geht|que tal|"
            r"como estas|"
            r"como esta|как дела|как ты|как вы)\b|你好吗|您好吗|最近怎么样"
        ),
    ),
    (
        Talk.THANKS,
        re.compile(
            r"\b(?:thanks?|thank you|thx|cheers|merci|danke\w*|vielen dank|gracias|спасибо|благодарю)\b|谢谢|感谢|多谢"
        ),
    ),
    (
        Talk.BYE,
        re.compile(
            r"\b(?:bye|goodbye|see you|good night|au revoir|a bientot|bonne nuit|tschuss|auf wiedersehen|"
            r"gute nacht|adios|"
            r"hasta luego|buenas noches|пока|до свидания|спокоинои ночи)\b|再见|拜拜|晚安"
        ),
    ),
)
"""In the order of trying; matched against folded text. What matches nothing is greeted."""
