"""Questions about what was said before, in six languages: "what did I tell you about the landlord?", "worüber haben wir
im März gesprochen?". A sign of the question decides; what is left without its words is what to look for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from company.language.stopwords import words
from company.language.tokens import fold, raw_words
from company.language.when import span_in

FIRST = 30
"""Characters within which it begins: "go through the notes and list what we promised" asks for something else."""
LONGEST = 300  # characters; what is longer is no question about the past alone

_SAY = r"(?:say|tell|mention|decide|agree|discuss|talk|speak|ask|write|promise|note|conclude|chat|settle on)"
_SAID = {
    "en": r"(?:said|told|mentioned|decided|agreed|discussed|talked|spoke|asked|wrote|written|promised|noted|concluded"
    r"|chatted|settled on)",
    "fr": r"(?:dit|dis|raconte|mentionne|decide|convenu|parle|discute|demande|ecrit|note|promis|evoque)",
    "de": r"(?:gesagt|erzahlt|erwahnt|beschlossen|entschieden|vereinbart|besprochen|gesprochen|geredet|ausgemacht"
    r"|geschrieben|gefragt|mitgeteilt|versprochen|notiert|abgemacht)",
    "es": r"(?:dije|dijimos|dicho|conte|contado|mencione|mencionado|decidimos|decidido|acordamos|acordado|hablamos"
    r"|hable|hablado|pregunte|escribi|prometi|comente|comentado)",
    "ru": r"(?:говорил[аи]?|сказал[аи]?|рассказывал[аи]?|рассказал[аи]?|упоминал[аи]?|упомянул[аи]?|писал[аи]?|решили"
    r"|решил[аи]?|обсуждали|договорились|спрашивал[аи]?|обещал[аи]?)",
    "zh": r"(?:说过|说了|说|提过|提到过|提到|提及|告诉过|告诉(?!我)|讲过|讲|决定了|决定|讨论过|讨论|聊过|聊|商定|答应)",
}
_ASKS = {
    "en": r"(?:what|when|where|who|whom|which|how|why)",
    "de": r"(?:was|wann|wo|wer|wem|wen|welche\w*|woruber|worum|wie|warum|wofur)",
    "ru": r"(?:что|когда|где|кто|кому|какои|какую|какие|о чем|про что|как|сколько)",
}
_PERSON = (  # the asker's words are looked for
    rf"\b{_ASKS['en']}\b.{{0,60}}\b(?:i|we)\b (?:ever |already |just )?(?:have |had )?{_SAID['en']}\b",
    rf"\b(?:did|have|had) (?:i|we) (?:ever |already )?(?:not )?(?:{_SAID['en']}|{_SAY})\b",
    r"\b(?:do|can|did) you (?:still )?remember\b|\bremember (?:when|what) (?:i|we)\b",
    rf"\bremind me\b.{{0,20}}\b{_ASKS['en']}\b",
    r"\bwhat was (?:said|decided|agreed|discussed)\b|\bwhat(?: else)? (?:was|were) (?:i|we) saying\b",
    rf"\b(?:que|quand|ou|qui|quoi|qu'est-ce que|ce que|est-ce que|de quoi|comment)\b.{{0,40}}\b(?:ai-je"
    rf"|avons-nous|avions-nous"
    rf"|j'ai|j'avais|je t'ai|je vous ai|t'ai-je|vous ai-je|nous avons|on a|a-t-on)\b.{{0,25}}\b{_SAID['fr']}\b",
    rf"\bqu'(?:ai-je|avons-nous|a-t-on|est-ce qu'on a)\b.{{0,25}}\b{_SAID['fr']}\b",
    rf"\b(?:t'ai-je|vous ai-je|ai-je|avons-nous)\b.{{0,25}}\b{_SAID['fr']}\b",
    r"\b(?:te souviens-tu|tu te souviens|vous souvenez-vous|rappelle-moi|rappelez-moi)\b",
    rf"\b{_ASKS['de']}\b.{{0,40}}\b(?:habe?|hatte|haben|hatten)\b.{{0,30}}\b(?:ich|wir)\b.{{0,160}}\b{_SAID['de']}\b",
    rf"^(?:habe?|hatte|haben|hatten) (?:ich|wir)\b.{{0,160}}\b{_SAID['de']}\b",
    rf"\b{_ASKS['de']} (?:ich|wir)\b.{{0,120}}\b{_SAID['de']}\b",
    rf"\b(?:was|woruber) wurde\b.{{0,120}}\b{_SAID['de']}\b",
    r"\b(?:erinnerst du dich|erinnern sie sich|weisst du noch|wissen sie noch|erinnere mich daran)\b",
    rf"\b(?:que|cuando|donde|quien|cual|de que|como|por que|sobre que)\b.{{0,40}}\b{_SAID['es']}\b",
    rf"^¿?(?:te|le|os|les) (?:{_SAID['es']})\b|^¿?(?:he|hemos) {_SAID['es']}\b",
    r"\b(?:te acuerdas|recuerdas|se acuerda|recuerdame|recuerdeme)\b",
    rf"\b{_ASKS['ru']}\b.{{0,40}}\b(?:я|мы)\b.{{0,40}}\b{_SAID['ru']}\b",
    rf"\b{_SAID['ru']} ли (?:я|мы)\b|\b(?:о чем|про что|что) (?:мы )?{_SAID['ru']}\b",
    r"\b(?:ты )?(?:помнишь|помните)\b|\bнапомни(?:те)?\b.{0,20}\b(?:что|когда|кто|как|о чем)\b",
    rf"我们?.{{0,20}}{_SAID['zh']}.{{0,20}}(?:什么|何时|什么时候|吗|哪|谁|么)|我们?.{{0,8}}(?:什么时候|何时"
    rf"|有没有|是否|在哪).{{0,12}}{_SAID['zh']}",
    r"(?:还|你)记得|提醒我",
)
_COMPANY = (  # our answers are looked for
    rf"\b{_ASKS['en']} (?:did|have|had) you (?:{_SAID['en']}|{_SAY})\b|\bwhat did you (?:answer|reply|suggest"
    rf"|recommend)\b",
    rf"\b(?:qu'as-tu|qu'avez-vous|que m'as-tu|que m'avez-vous|qu'est-ce que tu m'as"
    rf"|qu'est-ce que vous m'avez)\b.{{0,20}}"
    rf"\b(?:{_SAID['fr']}|repondu|conseille|propose)\b",
    rf"\b{_ASKS['de']} (?:hast du|haben sie)\b.{{0,120}}\b(?:{_SAID['de']}|geantwortet|empfohlen|vorgeschlagen)\b",
    r"\bque (?:me )?(?:dijiste|respondiste|contestaste|recomendaste|propusiste)\b",
    rf"\b{_ASKS['ru']} (?:ты|вы)\b.{{0,30}}\b(?:{_SAID['ru']}|ответил[аи]?|посоветовал[аи]?|предложил[аи]?)\b",
    r"(?<![跟和对给向])你.{0,10}(?:说过|回答|建议|推荐).{0,10}(?:什么|吗|哪)",
)
_GROUP = (  # where several people speak, one of them by name
    rf"\b{_ASKS['en']} did (?P<en>[^\W\d_]+) (?:{_SAID['en']}|{_SAY})\b",
    rf"\b{_ASKS['de']} hat (?P<de>[^\W\d_]+) .{{0,120}}{_SAID['de']}\b",
    r"\b(?:qu'a dit|quand (?P<fr>[^\W\d_]+) a-t-(?:il|elle) (?:dit|parle)|qu'a decide)\b",
    r"\b(?:que dijo|cuando dijo|que decidio)\b",
    rf"\b(?:что|когда) (?P<ru>[^\W\d_]+) {_SAID['ru']}\b",
)
_WHEN = re.compile(r"\b(?:when|quand|wann|cuando|когда)\b|什么时候|何时")
_FRAME = re.compile(
    r"\b(?:please|remind|remember|recall|tell|told|say|said|mention(?:ed)?|decided?|agreed?|discuss(?:ed)?"
    r"|talk(?:ed)?|spoke|ask(?:ed)?"
    r"|wrote|written|promised?|noted?|ever|already|still|did|have|had|last|time|answer|reply|suggest|recommend|saying"
    r"|dit|raconte|mentionne|decide|convenu|parle|discute|demande|ecrit|promis|souviens|souvenez|rappelle"
    r"|rappelez|ai-je|avons-nous|t'ai-je|vous"
    r"|repondu|conseille|propose|deja|qu'avons-nous|qu'ai-je|j'ai|quand"
    rf"|{_SAID['de']}|habe?|hatten?|haben|hast|erinnerst|erinnern|erinnere|weisst|wissen|noch|dir|dich|ihnen"
    rf"|schon|jemals|daruber|daran|geantwortet"
    r"|empfohlen|vorgeschlagen|wurde|hier|wann|woruber|worum"
    rf"|{_SAID['es']}|acuerdas|recuerdas|acuerda|recuerdame|recuerdeme|te|le|cuando|dijiste|respondiste"
    rf"|contestaste|hemos|he|alguna|vez|ya"
    rf"|{_SAID['ru']}|помнишь|помните|напомни|напомните|ли|тебе|вам|уже|когда-нибудь|когда|ответил[аи]?"
    rf"|посоветовал[аи]?|предложил[аи]?|мы|я|ты|о чем)\b"
    rf"|还?记得|提醒我|什么时候|何时|有没有|是否|什么|关于|跟你|和你|对你|给你|你|我们|我|{_SAID['zh']}|过|吗"
    rf"|呢|了|的事|事情|一下"
)
_I_SAID = re.compile(r"\b(?:i|j'ai|ai-je|t'ai-je|je|ich|dije|mencione|conte|hable|я)\b|我(?!们)")
_COMPILED_PERSON, _COMPILED_COMPANY, _COMPILED_GROUP = (
    re.compile("|".join(f"(?:{pattern})" for pattern in some)) for some in (_PERSON, _COMPANY, _GROUP)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastQuestion:
    """What is looked for: see `company.records.Recalls`."""

    about: str
    when: bool
    span: tuple[int, int] | None
    by: str


def past_question(text: str, now: int, zone: ZoneInfo, *, several: bool = False) -> PastQuestion | None:
    """The question about the past that a message is; None when it is none.

    Args:
        now: ms since 1970; what "yesterday" is counted from.
        several: whether several people speak here, so that one of them may be named.
    """
    if len(text) > LONGEST:
        return None
    folded = fold(text.strip()).replace("’", "'")
    company = _COMPILED_COMPANY.search(folded) is not None
    found = _COMPILED_PERSON.search(folded)
    person = found is not None and found.start() <= FIRST
    if not (company or person or (several and _COMPILED_GROUP.search(folded))):
        return None
    span, rest = span_in(text.replace("’", "'"), now, zone)
    about = _subject(rest)
    by = "company" if company else "person" if person and _I_SAID.search(folded) else ""
    return PastQuestion(about=about, when=_WHEN.search(folded) is not None, span=span, by=by)


def _subject(rest: str) -> str:
    """What is left to look for: words as they were written, without those of the question; "" for none."""
    kept, at = [], 0
    folded = fold(rest)
    if len(folded) != len(rest):  # folding lengthened it (a ligature): what is looked for is folded anyway
        rest = folded
    for found in _FRAME.finditer(folded):
        kept.append(rest[at : found.start()])
        at = found.end()
    kept.append(rest[at:])
    return " ".join(word for word in raw_words(" ".join(kept)) if fold(word) not in _EMPTY)


_EMPTY = words(
    "what when where who whom which how why do does can you i we me my us about of the a an to that this it on "
    "in for with at "
    "was were be is and or so far there here anything something everything else our your thing things if "
    "whether que qu est ce "
    "quoi quand qui de du des d la le les l un une nous je j tu vous on a ai au aux sur il elle se t m moi "
    "propos was wer wem "
    "wen wo wie ich wir du sie uns mir mich uber von vom zu im am der die das den dem ein eine und es davon "
    "dazu etwas alles "
    "que quien donde como por sobre el los las una del me lo yo al algo todo en y что где кто как о об про на "
    "в и это этом "
    "мне меня нам нас с к по 的 叫"
)
