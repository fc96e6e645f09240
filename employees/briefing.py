"""What an employee is told of an order: its own words last, everything else before them, marked as data."""

from __future__ import annotations

from collections.abc import Sequence

from company.clock import as_datetime
from company.document_records import Trust
from company.memory_records import Recalled
from company.records import DataBlock, Difficulty, Employee, Job, Kind, Origin, Passage, Tier, WorkOrder
from company.router.tokens import clip, estimate_tokens
from employees.prompts import Prompt, Rendered
from employees.toolbox import Receipt
from employees.transcript import SAID_EARLIER

LANGUAGES = {
    "en": "English",
    "fr": "French",
    "de": "German",
    "es": "Spanish",
    "ru": "Russian",
    "zh": "Chinese",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "pl": "Polish",
    "uk": "Ukrainian",
    "ja": "Japanese",
}
DUTIES = {
    Tier.INTERN: "You do the quick jobs: answer at once.",
    Tier.DIRECTOR: "You do the everyday professional work: be exact and complete.",
    Tier.CEO: "You do the hardest work: weigh what speaks against your answer and check it before you give it.",
}
EFFORTS = {Tier.INTERN: "low", Tier.DIRECTOR: "medium", Tier.CEO: "high"}
"""How hard a model thinks, by tier (platform.claude.com, page "Effort": low for chat and short jobs)."""

OF_KIND = {
    Kind.SMALLTALK: frozenset[str](),
    Kind.TRANSLATION: frozenset[str](),
    Kind.CODE: frozenset({"search_documents", "search_memory"}),
    Kind.CALCULATION: frozenset({"calculate"}),
}
"""Built-in tools worth their tokens for an order of that kind; any other kind gets all that its employee has."""
BUILT_IN = frozenset({"search_documents", "search_memory", "calculate", "save_note"})
REMINDED = frozenset({Kind.CHAT, Kind.DOCUMENTS, Kind.WRITING, Kind.ANALYSIS, Kind.CODE})
"""Kinds of orders whose employee is told what else was said that fits."""
NOTHING_SAID = "Nothing that fits was said here before: say so, in the language of the question, rather than guess."
MAY_HELP = "These passages may help; where they don't, answer from what you know, without them."
TRUST = {
    Trust.BOARD.value: "from the Board:",
    Trust.MEMBER.value: "from a member:",
    Trust.FOREIGN.value: "somebody else's words, forwarded by",
}
WHOLE = 120
"""Characters by which a sentence is known to be in the brief already."""
LONGEST_REMINDER = 90
"""Estimated tokens of one line of what was said before."""
SMALL = 2_000
"""Characters kept of each piece of data when the whole was too long for the model."""


def system_prompt(prompt: Prompt, employee: Employee, company: str, language: str) -> Rendered:
    """The standing instructions for this employee in this language."""
    name = LANGUAGES.get(language, f"the language with the code {language}" if language else "the Board's language")
    return prompt.render(company=company, title=employee.title, duty=DUTIES.get(employee.tier, ""), language=name)


def tools_for(employee: Employee, kind: Kind, difficulty: Difficulty) -> tuple[str, ...]:
    """The tools to hand out for one order: each costs tokens, so a trivial order gets only what its kind needs."""
    if difficulty is Difficulty.TRIVIAL:
        useful = OF_KIND.get(kind, frozenset()) | ({"search_documents"} if kind is Kind.DOCUMENTS else set())
    else:
        useful = OF_KIND.get(kind, BUILT_IN)
    return tuple(name for name in employee.tools if name in useful or name not in BUILT_IN)


def reminder(job: Job, found: Sequence[Recalled], most_tokens: int) -> str:
    """What was said before that fits, as dated lines of at most so many estimated tokens; "" for nothing.

    What the brief of the conversation has already is left out. A question about the past may take twice as much, and
    is told when there is nothing.
    """
    asked = job.assignment.recalls is not None
    brief, lines, room = _plain(job.assignment.brief), list[str](), most_tokens * (2 if asked else 1)
    for one in found:
        if not asked and _plain(one.words)[:WHOLE] in brief:
            continue
        line = clip(f"{one.moment}, {_flat(one.who)}: {' '.join(one.words.split())}", min(room, LONGEST_REMINDER))
        room -= estimate_tokens(line) + 1
        if room < 0:
            break
        lines.append(line)
    if lines:
        return _data(SAID_EARLIER, "this person and you, before; it may be out of date", "\n".join(sorted(lines)))
    return NOTHING_SAID if asked else ""


def opening(
    job: Job, passages: Sequence[Passage], done: Sequence[Receipt], *, small: bool = False, wanted: str = "",
    reminded: str = "", project: str = "",
) -> str:  # fmt: skip
    """The first message of an attempt.

    Args:
        job: the order, its brief, and on a retry the refused draft with what was wrong with it.
        passages: retrieved from the Board's documents, in the order of their numbers.
        done: effects of earlier attempts at this order.
        small: cut each piece of data short: the whole did not fit the model.
        wanted: what the answer will be held against, in words; "" for nothing.
        reminded: from `reminder`.
        project: the name of the one in use where the order came from; "" for none.
    """
    limit = SMALL if small else None
    parts: list[str] = []
    if job.assignment.brief:
        parts.append(_data("conversation", "", job.assignment.brief[:limit]))
    if project:
        parts.append(_data("project", "the project in use here", project))
    parts.append(reminded)
    parts += [_block(block, limit) for block in job.order.blocks]
    if passages:
        parts.append(f"<passages>\n{_closed(numbered(passages[: 3 if small else None], 1), 'passages')}\n</passages>")
        if job.assignment.kind is Kind.CHAT:
            parts.append(MAY_HELP)
    parts.append(job.order.text[: SMALL * 4 if small else None])
    parts.append(wanted)
    if done:
        lines = "\n".join(f"- {one.tool} {one.arguments[:300]}: {_effect(one)}" for one in done)
        parts.append(f"Earlier attempts at this order already did this; do not repeat it:\n{lines}")
    if job.previous_draft:
        parts.append(f"<draft>\n{_closed(job.previous_draft[:limit], 'draft')}\n</draft>")
    if job.findings:
        lines = "\n".join(f"- {finding.message}" for finding in job.findings)
        what = "Mend exactly these and give the whole answer again" if job.previous_draft else "Mind what went wrong"
        parts.append(f"{what}:\n{lines}")
    return "\n\n".join(part for part in parts if part.strip())


def foreign(order: WorkOrder, passages: Sequence[Passage], *, reminded: bool = False) -> str:
    """Whose words an employee has before it besides the asker's own; "" for none. What NEXUS said before is its own.

    In a group what is remembered may be anybody's.
    """
    origins = {block.origin.value for block in order.blocks if not block.ours}
    origins |= {SAID_EARLIER} if reminded and order.conversation.shared else set()
    origins |= {"documents"} if passages else set()
    return ", ".join(sorted(origins - {Origin.OWN}))


def numbered(passages: Sequence[Passage], first: int) -> str:
    """Passages as a model cites them: [1] document, place, who brought it, and the text below."""
    return "\n\n".join(
        f"[{number}] {one.document}{', ' + one.place if one.place else ''}{_brought(one)}\n{one.text}"
        for number, one in enumerate(passages, first)
    )


def _brought(passage: Passage) -> str:
    """Whose word it is: nothing for what lies in the company's own folders."""
    if not passage.brought_by or passage.trust not in TRUST:
        return ""
    when = f", {as_datetime(passage.brought_at):%Y-%m-%d}" if passage.brought_at else ""
    return f" ({TRUST[passage.trust]} {_flat(passage.brought_by)[:60]}{when})"


def _block(block: DataBlock, limit: int | None) -> str:
    return _data(block.origin.value, block.source, block.text[:limit])


def _data(origin: str, source: str, text: str) -> str:
    mark = f'<data origin="{origin}"' + (f' source="{_flat(source)}"' if source else "") + ">"
    return f"{mark}\n{_closed(text, 'data')}\n</data>"


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _closed(text: str, tag: str) -> str:
    """Text that can't end its own mark and pass for an order."""
    return text.replace(f"</{tag}", f"<\\/{tag}")


def _flat(text: str) -> str:
    return " ".join(text.split()).replace('"', "'").replace("<", "(").replace(">", ")")[:200]


def _effect(receipt: Receipt) -> str:
    return receipt.text[:300] if receipt.state == "done" else "outcome unknown"
