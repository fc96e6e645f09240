"""Messages that ask for the same once more, and for nothing else: "run it again", "noch einmal bitte", "再做一次"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from company.language.tokens import fold

LONGEST = 60  # characters
_PLEASE = r"(?:please|nexus|could you|can you|ok|s'il (?:te|vous) plait|bitte|por favor|пожалуиста|请|麻烦)"
_IT = r"(?:it|that|this|the same|that one|this one|the order|order|number|the last one)"
_FORMS = (
    rf"(?:(?:run|do|try|make|start|execute|send|write|generate) (?:{_IT} )?"
    r"(?:again|once more|one more time|over again|anew))"
    rf"|(?:redo|rerun|re-run|repeat|retry)(?: {_IT})?(?: again)?|again|once more|one more time|same again",
    r"(?:(?:re)?fais|(?:re)?faites|(?:re)?lance|(?:re)?lancez|execute|executez|essaie|essaye|essayez)"
    r"(?:[- ](?:le|la|les|moi))?(?: (?:ca|cela))? (?:encore(?: une fois)?|a nouveau|de nouveau)"
    r"|(?:refais|refaites|relance|relancez|recommence|recommencez|reessaie|reessaye|reessayez|repete|repetez)"
    r"(?:[- ](?:le|la|les))?(?: (?:ca|cela))?|encore(?: une fois)?|de nouveau|a nouveau",
    r"(?:mach|mache|machen sie|fuhr|fuhre|fuhren sie|starte|starten sie|versuch|versuche|versuchen sie"
    r"|probier|probiere|tu)"
    r"(?: (?:das|es|dies|den auftrag))?(?: bitte)? (?:noch ?mal|noch ?einmal|nochmals|erneut|wieder)(?: aus)?"
    r"|(?:noch ?mal|noch ?einmal|nochmals|erneut)(?: das gleiche| dasselbe)?|wiederhole?n?(?: sie)?"
    r"(?: (?:das|es|dies))?",
    r"(?:hazlo|haz eso|haz esto|ejecutalo|intentalo|pruebalo|correlo|repitelo|repite(?: eso)?|repitalo|intenta|prueba)"
    r"(?: (?:otra vez|de nuevo|una vez mas))|repitelo|repitalo|repite(?: eso)?|otra vez|de nuevo|una vez mas"
    r"|vuelve a (?:hacerlo|intentarlo|ejecutarlo)|vuelva a (?:hacerlo|intentarlo)",
    r"(?:сделаи|повтори|запусти|выполни|попробуи|напиши)(?:те)?(?: (?:это|его|ее|то же))? "
    r"(?:еще раз|снова|заново|опять)"
    r"|повтори(?:те)?(?: (?:это|его|ее))?|еще раз|снова|заново|то же самое еще раз",
    r"(?:再|重新)(?:做|来|试|运行|执行|跑|写|弄)(?:一次|一遍|一下)?(?:吧)?|重试|重做|再来一次|再一次",
)
_NUMBER = r"\s*(?:#|№|nr\.? ?|no\.? ?)?(?P<{name}>\d{{1,9}})?\s*"
_WHOLE = re.compile(
    rf"(?:{_PLEASE}[ ,]*)*(?:{'|'.join(f'(?:{form})' for form in _FORMS)}){_NUMBER.format(name='after')}"
    rf"(?:[ ,]*{_PLEASE})*[.!?。！？ ]*"
)
_NAMED = re.compile(r"(?:#|№)(\d{1,9})\b")


@dataclass(frozen=True, slots=True)
class Again:
    """`number` of the order that is meant, where it is named; else 0."""

    number: int = 0


def asks_again(text: str) -> Again | None:
    """Whether a message asks for the same once more, and nothing besides."""
    if len(text) > LONGEST:
        return None
    folded = " ".join(fold(text).replace("’", "'").split())
    named = _NAMED.search(folded)
    if named is not None:
        folded = " ".join((folded[: named.start()] + "it" + folded[named.end() :]).split())
        bare = folded.replace("it", "", 1).strip()
    else:
        bare = folded
    found = _WHOLE.fullmatch(folded) or _WHOLE.fullmatch(" ".join(bare.split()))
    if found is None:
        return None
    return Again(int(named[1] if named else found["after"] or 0))
