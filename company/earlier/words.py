"""Words that say whether a question stands by itself and for all time, in six languages. Folded; stems end in "*".

Too long lists cost a saving, too short ones a wrong answer, so what is doubtful is in. Chinese is looked for anywhere
in the text, for it has no spaces.
"""

from __future__ import annotations

PASSING = {
    "en": """
now today tonight yesterday tomorrow current currently latest newest recent recently nowadays presently anymore
still yet soon ago upcoming next last weather forecast news price prices rate rates stock stocks score scores week
weekend month clock o'clock date deadline schedule calendar monday tuesday wednesday thursday friday saturday sunday
morning afternoon evening random joke jokes poem story idea ideas surprise
""",
    "fr": """
maintenant aujourd'hui hier demain soir actuel* recemment recent* dernier* derniere* prochain* bientot encore meteo
nouvelles actualite* prix cours taux semaine mois lundi mardi mercredi jeudi vendredi samedi dimanche matin date
heure hasard blague* poeme histoire idee idees
""",
    "de": """
jetzt heute gestern morgen abend aktuell* derzeit momentan neueste* neuste* kurzlich letzte* nachste* bald noch
wetter nachricht* preis* kurs* woche* monat* montag dienstag mittwoch donnerstag freitag samstag sonntag uhr uhrzeit
datum termin* zufall* witz* gedicht geschichte idee ideen
""",
    "es": """
ahora hoy ayer manana noche actual* ultimo* ultima* reciente* proximo* proxima* pronto todavia aun tiempo clima
noticias precio* tasa* semana mes lunes martes miercoles jueves viernes sabado domingo hora fecha azar chiste* poema
cuento idea ideas
""",
    "ru": """
сейчас сегодня вчера завтра вечером текущ* последн* недавн* следующ* скоро еще погода погоду новости цена цены курс*
недел* месяц* понедельник* вторник* среду четверг* пятниц* суббот* воскресень* час времени время дата дату случайн*
шутк* анекдот* стих* сказк* иде*
""",
}
PASSING_HAN = (
    "现在 今天 今晚 昨天 明天 目前 当前 最新 最近 近期 刚才 上周 下周 本周 这周 上个月 下个月 本月 今年 去年 "
    "明年 上次 下次 天气 新闻 价格 股价 汇率 星期 周末 几点 时间 日期 随机 笑话 诗 故事 点子 主意 还 已经 "
    "下雨"
)
BOUND = {
    "en": """
following
i me my mine myself we us our ours you your yours it its itself this that these those he him his she her hers they
them their theirs there here above below previous previously earlier former latter same other others another else
again more also too instead one ones such continue rest shorter longer simpler better further rather
""",
    "fr": """
suivant*
je j me m moi mon ma mes nous notre nos vous tu te toi t ton ta tes votre vos ca cela ceci ce cet cette ces il ils
elle elles lui leur leurs y en ici precedent* meme memes autre autres encore plus aussi celui celle ceux celles
continue*
""",
    "de": """
folgend*
ich mich mir mein* wir uns unser* du dich dir dein* sie ihr* ihn ihm es das dies diese dieser dieses diesem diesen
jene* er dort hier oben unten vorige* vorherige* fruher* dasselbe derselbe dieselbe andere anderer anderes noch
nochmal wieder mehr auch stattdessen weiter* dazu davon daruber dafur damit
""",
    "es": """
siguiente*
yo me mi mis mio nosotros nos nuestro* tu tus te ti usted* su sus eso esa ese esos esas esto esta este estos estas
ello ella ellos ellas lo alli alla aqui arriba anterior* mismo misma otro otra otros otras mas tambien continua
""",
    "ru": """
я меня мне мой моя мое моего мою мы нас нам наш* ты тебя тебе твой твоя вы вас вам ваш* это этот эта эти этого этой
этих тот та те того той тех он его ему она ее ей оно они их им там здесь тут выше ниже предыдущ* прежн* такой такие
другой другая другие еще опять снова больше также тоже вместо продолж* дальше
""",
}
BOUND_HAN = "我 你 您 咱 它 他 她 这 那 此 其 上面 下面 以下 刚 之前 前面 同样 另外 别的 其他 再 更 也 继续 该"
GENERIC = (
    r"\bhow (?:do|can|could|should|would) (?:i|we|you)\b",
    r"\bcomment (?:puis-je|peut-on|faire pour|fait-on|dois-je|est-ce que je peux)\b",
    r"\bwie (?:kann|konnte|soll|muss|mache) (?:ich|man)\b",
    r"\bcomo (?:puedo|se puede|podria|debo)\b",
    r"\bкак (?:мне|я могу)\b",
    r"我?(?:怎么|怎样|如何)我?",
    r"\b(?:what|who|where|how) (?:is|are) there\b",
    r"\b(?:is|are) there\b",
    r"\bqu'est-ce que c'est que\b",
    r"\best-ce que\b",
    r"\bqu'est-ce qu[e']\b",
    r"\b(?:can|could|would) you (?:please )?(?:tell me|explain|say)\b",
    r"\b(?:tell|give|show) me\b",
    r"\bce que\b",
    r"\bdas ist\b",
)
"""Ways to ask in which the person or "there" stands for nobody and nowhere. Left out before `BOUND` is looked for."""
GOING_ON = (
    r"^\W*(?:and|but|or|then|so|(?:what|how) about|why not|und|aber|oder|et|mais|y|pero|и|а|но)\b"
    r"|^(?:那|还有|然后)"
)
"""How a question begins that goes on from what was said before."""
ASKING = """
what who whom whose which where when why how is are was were does do did can could should que quel quelle quels
quelles qui ou quand pourquoi comment combien qu'est-ce est-ce wer wen wem wessen welche welcher welches wo wohin
woher wann warum wieso weshalb wie wieviel ist sind quien quienes cual cuales donde cuando como cuanto cuanta
cuantos cuantas es son что кто кого кому чеи какои какая какое какие где куда откуда когда почему зачем как сколько
чем
"""
ASKING_HAN = "什么 谁 哪 哪里 为什么 怎么 怎样 如何 多少 几 吗 呢 是否"
ASIDE = """
please pls kindly thanks thank hello hi hey nexus s'il merci bonjour salut stp svp bitte danke hallo porfa gracias
hola пожалуиста спасибо привет здравствуите
"""
"""Politeness: left out of the wording."""
ASIDE_HAN = "请问 请 谢谢 你好 您好"
NOT = """
not no never without none nothing nobody neither nor cannot except unless ne n pas jamais sans aucun aucune rien non
sauf nicht kein keine keinen keiner keinem keines nie niemals ohne nichts niemand ausser nunca sin ningun ninguna
ninguno nada tampoco salvo не нет без никогда никто ничего ни кроме
"""
NOT_HAN = "不 没 无 非 别 未 除了"
KINDS_OF_ASKING = (
    "when wann quand cuando когда 什么时候 何时",
    "where wo wohin woher donde ou где куда откуда 哪里 哪儿 在哪",
    "who whom whose wer wen wem wessen qui quien quienes кто кого кому чеи 谁",
    "why warum wieso weshalb pourquoi почему зачем 为什么",
    "many much wieviel wieviele viele viel combien cuanto cuanta cuantos cuantas сколько 多少 几",
)
"""One line a sort: a question of one sort is never answered with the answer to another."""
OPPOSITES = """
max min maximum minimum maximal minimal largest smallest biggest highest lowest most least best worst greatest first
before after increase decrease raise lower reduce grow shrink add remove insert delete enable disable off close
start stop begin end up down left right north south east west import export buy sell out from more less cheap
expensive cheaper male female men women man woman boy girl husband wife mother father parent child son daughter
brother sister day night hot cold over under inside outside ascending descending upper encode decode encrypt decrypt
push pull read write save load install uninstall advantages disadvantages pros cons positive negative true false
hard easy fast slow old new young long short big small wide narrow rich poor legal illegal possible impossible
borrow lend teach learn winner loser cause causes effect effects symptom symptoms treatment won lost born died birth
death plus moins grand petit avant apres premier augmenter diminuer ajouter supprimer activer desactiver ouvrir
fermer gauche droite nord sud ouest acheter vendre entre sortie homme femme pere mere jour nuit chaud froid
avantages inconvenients meilleur pire debut fin vers depuis mehr weniger grosste kleinste hochste niedrigste beste
schlechteste vor nach erste erhohen senken hinzufugen entfernen einschalten ausschalten aktivieren deaktivieren
offnen schliessen links rechts norden suden osten westen kaufen verkaufen mann frau vater mutter tag nacht heiss
kalt vorteile nachteile anfang ende von menos mayor menor antes despues primero aumentar disminuir anadir quitar
eliminar activar desactivar abrir cerrar izquierda derecha norte sur oeste comprar vender hombre mujer padre madre
dia noche frio ventajas desventajas mejor peor desde hasta hacia больше меньше наибольш* наименьш* самыи лучшии
худшии до после перв* увелич* уменьш* добав* удал* включ* выключ* откр* закр* лево право лев* прав* север юг восток
запад купить продать мужчин* женщин* отец мать день ночь преимуществ* недостатк* из от
"""
OPPOSITES_HAN = (
    "最大 最小 最高 最低 最多 最少 最好 最差 第一 之前 之后 增加 减少 添加 删除 启用 禁用 打开 关闭 开始 结束 "
    "左 右 东 西 南 北 进口 出口 买 卖 男 女 父 母 白天 夜 热 冷 优点 缺点 从 到 多 少 大 小 上 下 前 后 内 "
    "外 新 旧 长 短"
)
