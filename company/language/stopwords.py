"""Function words per language, folded (lower case, no accents): they tell the language and carry no subject.

Written for this project. `ASKING` are the words that only build a question; they are left out of queries too.
"""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of a list that is written with spaces."""
    return frozenset(text.split())


FUNCTION: dict[str, frozenset[str]] = {
    "en": words(
        "a about above after again all also am an and any are aren as at be because been before being below "
        "between both "
        "but by can cannot could couldn did didn do does doesn doing don down during each few for from "
        "further had hadn "
        "has hasn have haven having he her here hers herself him himself his i if in into is isn it its "
        "itself just let "
        "ll me more most my myself no nor not now of off on once only or other our ours ourselves out over "
        "own re same "
        "she should shouldn so some such than that the their theirs them themselves then there these they this those "
        "through to too under until up us ve very was wasn we were weren will with won would wouldn you your yours "
        "yourself yourselves may might must shall"
    ),
    "fr": words(
        "a ai aient ainsi alors as au aucun aussi autre aux avait avec avez avoir avons c ca ce cela ces cet "
        "cette ceux "
        "chez comme d dans de des donc du elle elles en encore entre est et etaient etait ete etes etre eu eux fait "
        "faut il ils j je jusqu l la le les leur leurs lui m ma mais me meme mes moi mon n ne ni nos notre "
        "nous on ont "
        "ou par pas pendant peu peut peuvent plus pour qu que sa sans se sera seront ses si son sont sous sur t ta te "
        "tes toi ton tous tout toute toutes tres tu un une vers vos votre vous y doit doivent peux puis suis sommes "
        "lorsque faire font depuis apres avant afin ici"
    ),
    "de": words(
        "aber alle allem allen aller alles als also am an ander andere anderem anderen auch auf aus bei beim bin bis "
        "bist da dabei damit dann das dass dein deine dem den denn der des dich die dies diese diesem diesen dieser "
        "dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure fur gegen gewesen "
        "hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in "
        "ist ja jede "
        "jedem jeden jeder jedes jetzt kann kannst kein keine keinem keinen keiner konnen konnte man mein "
        "meine meinem "
        "meinen meiner mich mir mit muss mussen nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem "
        "seinen seiner seit sich sie sind so soll sollen sollte sondern sonst uber um und uns unser unsere unserem "
        "unseren unserer unter vom von vor wahrend war waren warst weil werde werden wieder will wir wird wirst wo "
        "wollen wurde wurden zu zum zur zwar zwischen durfen darf mochte gibt bitte machen macht"
    ),
    "es": words(
        "a al algo alguna algunas alguno algunos ante antes asi aun aunque cada como con contra cual de del desde "
        "donde dos durante e el ella ellas ellos en entre era eran es esa esas ese eso esos esta estaba estan estar "
        "estas este esto estos fue fueron ha habia han hasta hay la las le les lo los mas me mi mientras mis "
        "mucho muy "
        "nada ni no nos nosotros nuestra nuestras nuestro nuestros o os otra otro para pero poco por porque pueda "
        "puede pueden puedo pues que se sea sean segun ser si sido sin sobre son soy su sus tal tambien tan tanto te "
        "tener tengo ti tiene tienen todo todos tu tus un una unas uno unos usted ustedes vosotros y ya yo debe deben "
        "debo hacer hace"
    ),
    "ru": words(
        "а без более больше будем будет будут бы был была были было быть в вам вас весь во вот все всего всеи всех вы "
        "где да даже для до его ее если есть еще же за здесь и из или им их к как ко когда кто ли либо мне "
        "может можно "
        "мои моя мы на над надо нам нами нас наш наша наши нашеи наших не него нее нет неи ни них но ну о об обо один "
        "однако он она они оно от очень по под при с сам свои своя себя со так такая такие также такои там "
        "тем то того "
        "тогда тоже только том тот ту ты у уже хотя чего чеи чем что чтобы чье чья эта эти это этого этои этом этот "
        "этих эту я нужно должен должна должны делать"
    ),
    "zh": words("的 了 在 是 我 有 和 就 不 人 都 一 上 也 很 到 说 要 去 你 会 着 没有 看 好 自己 这 那 他 她 它 们"),
}

ASKING: dict[str, frozenset[str]] = {
    "en": words("who whom whose what which when where why how s t d m please tell know find say says said give show "
                    "many much often exactly anything something there get gets mean means called happens happen "
                    "look like"),
    "fr": words("qui quoi quel quelle quels quelles quand comment pourquoi combien dis dites donne donnez savoir "
                    "svp plait passe arrive"),
    "de": words("wer wen wem wessen was welche welcher welches welchem welchen wann wo woher wohin warum wieso "
                    "weshalb wie viel viele vielen oft sag sagen zeig zeigen sagt s passiert geschieht"),
    "es": words("quien quienes que cual cuales cuando donde adonde como cuanto cuanta cuantos cuantas dime "
                    "dice muestra favor pasa ocurre"),
    "ru": words("кто кого кому кем что чего чему какои какая какое какие каким каких какую какого когда где куда "
                    "откуда почему зачем как сколько скажи скажите пожалуиста чеи чья покажи происходит случится"),
    "zh": frozenset(),
}  # fmt: skip

CHINESE_FILLERS = tuple(
    sorted(
        words(
            "是什么时候 什么时候 是什么 什么 多少钱 多少 几点钟 几点 几个 几天 几 是谁 谁的 谁 "
            "在哪里 在哪儿 哪里 哪儿 在哪 哪个 哪些 哪一 哪天 哪 怎么样 怎么 怎样 如何 为什么 是否 能不能 "
            "可不可以 可以 是不是 "
            "有没有 吗 呢 吧 啊 的 了 是 我们 你们 他们 我 你 他 她 它 请问 请告诉 告诉 请 与 及 "
            "应该 需要 每个 这个 那个 这 那 有 一个 多久 多长时间 多长 多大 多高 多远 "
            "之后 以后"
        ),
        key=lambda phrase: (-len(phrase), phrase),
    )
)
"""Han phrases that only build the question, longest first; a query is cut at them before its bigrams are made."""
