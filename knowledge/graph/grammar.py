"""Small grammars, as word lists: enough to tell a noun phrase from what is said of it. Data and its look-ups only.

English has some 300 verbs and is what this was made for. French, German, Spanish and Russian have the verbs that
descriptions of things, people and firms are mostly made of; a sentence with another verb gives no relation there, only
its names. Chinese has none. All forms are folded (`company.language.tokens.fold`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from company.language.stopwords import words


@dataclass(frozen=True, slots=True, eq=False)  # compared and hashed as itself: there is one for a language
class Grammar:
    """Articles open a noun phrase; `being` and `verbs` carry a predicate, `joints` (prepositions) may end it.

    `soft` words may stand inside it ("not", "also"); `back` are pronouns that mean the subject of the sentence before;
    `relative` ones that mean the phrase before them; `breaks` part whatever stands on both sides.
    """

    articles: frozenset[str]
    being: frozenset[str]
    joints: frozenset[str]
    soft: frozenset[str]
    back: frozenset[str]
    relative: frozenset[str]
    breaks: frozenset[str]
    verbs: frozenset[str]
    compound: frozenset[str] = frozenset()  # between two nouns without an article it makes one thing: base de données
    plural: re.Pattern[str] | None = None  # a word of this shape is a plural: no verb of one comes behind it
    of_one: re.Pattern[str] | None = None  # a verb of this shape is said of one


_EN = (
    "accept access act activate adapt add address administer adopt affect aim allow analyse analyze announce answer "
    "appear apply appoint approve archive arrange ask assemble assess assign assist attach attend audit automate "
    "avoid balance become begin belong bill boost borrow cache calculate call cancel capture carry cause certify "
    "change charge check cite claim clean close coach coat collaborate collect combine come command communicate "
    "compare compete compile complete compose compute concern conduct configure confirm connect consist contact "
    "contain continue contribute control convert cook coordinate cost count cover create cure customise customize cut "
    "deal decide deduct define delete deliver demand deny depend deploy derive describe design detect determine "
    "develop direct discover discuss display distribute divide document drive edit embed emit employ enable encrypt "
    "enforce enhance ensure enter equal escalate establish evaluate examine exceed exchange execute exist expand "
    "expect explain export expose extend extract feed fetch fill filter finance find finish fit fix follow forbid "
    "force forward found fund gather generate get give go govern grant group grow guard guide halt handle harvest "
    "head help hire hold host identify implement import improve include increase index inform inherit inhibit "
    "initiate inspect install integrate interact invest invent invoke involve issue join judge keep know label lack "
    "launch lead lease leave lend license limit link list listen live load locate lock log maintain make manage "
    "manufacture map mark match measure meet mention merge migrate monitor mount move need notify observe obtain "
    "occupy offer open operate orchestrate order organise organize oversee own paint park parse participate pass pay "
    "perform persist place plan play point possess power predict prefer prepare present preserve prevent print "
    "process produce prohibit promote protect prove provide publish pull purchase push query raise reach react read "
    "receive recommend reconcile record reduce refer reference refuse register reject relate release rely remain "
    "remove rent repair replace reply report represent request require reserve resolve respond restore restrict "
    "result resume retain retrieve return review revoke run save say scan schedule search secure see select sell send "
    "serve set settle share ship show sign specify spend split sponsor start state stay stop store stream study "
    "submit subscribe succeed suffer supervise supply support surround suspend sync synchronise synchronize take talk "
    "target teach tell terminate test trace track trade train transfer transform translate transmit treat treats "
    "trigger trust tune turn uncover update upload use utilise utilize validate verify visit wait want warn watch win "
    "work wrap write need drink eat bake mill brew teach marry inspire defeat attack"
)
_EN_IRREGULAR = (
    "became began brought built bought came caught chose drew drove fed fell felt found gave got grew held kept knew "
    "led left lent lost made met paid put ran read rose said sat saw sent set shot showed slept sold spent spoke "
    "stood stole taught thought told took understood went won wore wrote written known given taken driven drawn shown "
    "born grown chosen spoken bound married died lies lay includes has had have owns"
)


def _english(stems: Iterable[str]) -> Iterator[str]:
    """The finite forms and the participle of regular verbs; -ing forms are nouns as often, so they are left out."""
    for verb in stems:
        yield verb
        if verb.endswith("y") and verb[-2:-1] not in "aeiou":
            yield from (f"{verb[:-1]}ies", f"{verb[:-1]}ied")
        elif verb.endswith("e"):
            yield from (f"{verb}s", f"{verb}d")
        else:
            yield f"{verb}es" if verb.endswith(("s", "x", "ch", "sh", "o")) else f"{verb}s"
            yield from (f"{verb}ed", f"{verb}{verb[-1]}ed")


_GRAMMARS = {
    "en": Grammar(
        articles=words("the a an this these its their our his her my your each every any all some both no another"),
        being=words(
            "is are was were be been being am can could may might must shall should will would do does did has have "
            "had"
        ),
        joints=words(
            "of in on at by for with from to into onto through via over under between against about without within "
            "during after before as per like across upon toward towards among behind beside beneath near around along "
            "inside outside off out up down"
        ),
        soft=words(
            "not also only often always never usually then now already still just directly currently first mainly "
            "mostly further again thus therefore only partly fully jointly closely solely responsible able"
        ),
        back=words("it he she they"),
        relative=words("which that who"),
        breaks=words(
            "and or but nor so yet if when while where because although though unless until since than whether i we "
            "you me us him them there here what how why whose whom one nobody somebody everybody anybody someone "
            "everyone something nothing "
            "everything anything"
        ),
        verbs=frozenset(_english(_EN.split())) | words(_EN_IRREGULAR),
        plural=re.compile(r"(?:[^s]s|people|men|women|children|data)$"),
        of_one=re.compile(r"[^s]s$"),
    ),
    "fr": Grammar(
        articles=words("le la les l un une des ce cet cette ces son sa ses leur leurs notre nos mon ma chaque tout"),
        being=words("est sont etait etaient fut furent a ont avait peut peuvent doit doivent sera seront ete etre"),
        joints=words("de du d a au aux en dans sur sous par pour avec sans vers chez entre contre depuis comme des"),
        compound=words("de d"),
        soft=words("se s ne n pas plus aussi seulement toujours souvent jamais directement deja encore"),
        back=words("il elle ils elles"),
        relative=words("qui"),
        breaks=words("et ou mais donc car si quand que dont ou lorsque parce je tu nous vous on y"),
        verbs=words(
            "utilise utilisent appelle appellent communique communiquent contient contiennent depend dependent "
            "appartient appartiennent fournit fournissent envoie envoient recoit recoivent gere gerent dirige "
            "dirigent produit produisent lit lisent ecrit ecrivent stocke stockent cherche cherchent livre livrent "
            "loue louent vend vendent achete achetent connait demande demandent relie relient comprend comprennent "
            "cree creent surveille remplace remplacent possede possedent habite travaille travaillent paie paient "
            "controle fonde fondee situe situee lie liee liees lies base basee ecrit ecrite produite dirigee fournie "
            "envoyee stocke stockee utilisee appele appelee geree remplacee permet permettent protege traite couvre"
        ),
    ),
    "de": Grammar(
        articles=words(
            "der die das den dem des ein eine einen einem einer eines dieser diese dieses diesem diesen sein seine "
            "seinen seinem ihr ihre ihren ihrem unser unsere jeder jede jedes kein keine alle"
        ),
        being=words(
            "ist sind war waren wird werden wurde wurden hat haben hatte kann konnen muss mussen soll sollen darf "
            "durfen"
        ),
        joints=words(
            "von vom mit zu zum zur in im an am auf aus bei beim durch fur gegen nach uber unter um vor zwischen ohne "
            "als ins"
        ),
        soft=words("nicht auch nur oft immer nie direkt bereits noch dann jetzt selbst ausserdem"),
        back=words("er sie es"),
        relative=frozenset(),
        breaks=words("und oder aber denn sondern wenn als ob weil dass ich du wir man wo wie was wer sich"),
        verbs=words(
            "nutzt nutzen verwendet verwenden ruft rufen kommuniziert kommunizieren enthalt enthalten gehort gehoren "
            "liefert liefern sendet senden schickt schicken empfangt erhalt hangt hangen leitet fuhrt betreibt "
            "besitzt steuert pruft liest schreibt speichert sucht fragt findet verbindet besteht bestehen braucht "
            "brauchen ersetzt erzeugt erstellt vermietet mietet kauft verkauft arbeitet arbeiten wohnt grundete "
            "bezahlt zahlt kennt umfasst bearbeitet uberwacht schutzt regelt verwaltet gegrundet geleitet geliefert "
            "verbunden geschrieben gebaut gemahlen betrieben gespeichert verwaltet gesteuert gesendet"
        ),
    ),
    "es": Grammar(
        articles=words("el la los las un una unos unas este esta estos estas su sus nuestro nuestra cada todo toda mi"),
        being=words("es son era eran fue fueron esta estan ha han puede pueden debe deben sera seran sido"),
        joints=words("de del a al en con por para sin sobre entre desde hacia hasta contra como segun"),
        compound=words("de"),
        soft=words("se no tambien solo siempre nunca ya directamente aun"),
        back=words("el ella ellos ellas"),
        relative=words("que"),
        breaks=words("y e o u pero si cuando porque donde aunque yo tu nosotros usted lo le"),
        verbs=words(
            "usa usan utiliza utilizan llama llaman comunica comunican contiene contienen depende dependen pertenece "
            "pertenecen envia envian recibe reciben dirige dirigen gestiona produce producen lee escribe guarda "
            "guardan busca buscan entrega entregan alquila vende venden compra compran conoce pide conecta conectan "
            "crea crean vigila reemplaza posee trabaja trabajan vive paga pagan controla fundo fundada dirigida "
            "situada basada relacionado relacionada conectado conectada escrito escrita incluye incluyen proporciona "
            "protege cubre tiene tienen"
        ),
    ),
    "ru": Grammar(
        articles=words("этот эта это эти тот та те его ее их наш наша наше наши свои своя каждыи все весь"),
        being=words("был была было были является являются может могут должен должна будет будут есть"),
        joints=words("в во на с со к ко из от до по о об за под над при для через между без про у"),
        soft=words("не также только всегда никогда уже еще часто напрямую"),
        back=words("он она оно они"),
        relative=words("которыи которая которое которые"),
        breaks=words("и или но а если когда что потому где как я ты мы вы чтобы"),
        verbs=words(
            "использует используют вызывает вызывают общается содержит содержат зависит зависят принадлежит "
            "принадлежат отправляет получает управляет руководит производит читает пишет хранит ищет доставляет сдает "
            "продает покупает знает спрашивает соединяет создает заменяет владеет работает работают живет платит "
            "проверяет основал основала основан основана связан связана связаны написан написана поставляет включает "
            "передает обрабатывает защищает взаимодеиствует находится состоит"
        ),
    ),
}  # fmt: skip


@cache
def grammar(language: str) -> Grammar | None:
    """The grammar of a language; None for one that has none here."""
    return _GRAMMARS.get(language)
