"""The company's reports in words: Markdown in a person's language. Figures come from the reports alone."""

from __future__ import annotations

from collections.abc import Sequence

from bot.dress import seconds
from bot.pictures import drawable
from bot.pictures.cost_chart import ranked
from bot.texts import LANGUAGES, Texts
from company.clock import as_datetime
from company.document_records import Document, Whose
from company.figures import human_size
from company.graph_records import Neighbourhood
from company.money import dollars
from company.records import Condition, Passage, Person
from company.reports import AuditPage, CapLine, CostReport, EmployeeLine, HourOfOrders, OrderLine, StatusReport

OUTCOMES = {"delivered": "🟦", "unverified": "🟨", "failed": "🟥", "stopped": "⬜"}
MOST_LINES = 5  # under a picture, whose caption is short
PERIODS = ("today", "week", "month", "all")
SHORT = 60
TOLD = frozenset(
    f"{about}.{what}"
    for about, deeds in (
        ("document", "kept replaced shared deleted refused"),
        ("project", "made member_added member_removed in_use out_of_use closed reopened forgotten"),
        ("retention", "purged"),
    )
    for what in deeds.split()
)
"""Facts of the record that have words in the catalogue (`fact_<fact>`)."""
MOST_DOCUMENTS = 40
PASSAGE_SIGNS = 500


class Wording:
    """Says reports."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def status(self, report: StatusReport, language: str) -> str:
        """Orders, employees, money, health."""
        say = self._texts.say
        up = seconds(report.up_ms / 1000)
        lines = [
            say(language, "status_title", company=report.company, version=report.version, up=up),
            say(
                language, "status_counts", today=report.orders_today, running=len(report.running),
                waiting=len(report.waiting),
            ),
        ]  # fmt: skip
        if report.open_decisions:
            lines.append("❗ " + say(language, "status_decisions", count=report.open_decisions))
        lines += [f"⚠️ {plainly(warning)}" for warning in report.warnings]
        blocks = ["\n".join(f"{line}  " for line in lines)]
        for key, orders in (("running", report.running), ("waiting", report.waiting), ("recent", report.recent)):
            if orders:
                blocks.append(self._list(say(language, f"status_{key}"), [_order(order) for order in orders]))
        employees = [self._employee(line, language) for line in report.employees]
        blocks.append(self._list(say(language, "status_employees"), employees))
        blocks.append(self.budget(report.caps, language))
        if (misses := report.misses) is not None and misses.passed:
            counts = {"missed": misses.missed, "passed": misses.passed, "rated": misses.rated}
            blocks.append(say(language, "qa_misses_count", **counts))
        ill = [part for part in report.health if part.condition in (Condition.ILL, Condition.WARNING)]
        wrong = [f"{part.part}: {plainly(part.detail)} {plainly(part.mend)}".strip() for part in ill]
        blocks.append(self._list(say(language, "status_health"), wrong) if wrong else say(language, "status_well"))
        blocks += [f"⏳ {plainly(str(part.facts['doing']))}" for part in report.health if part.facts.get("doing")]
        return "\n\n".join(block for block in blocks if block)

    def documents(self, shelf: Sequence[Document], language: str, hand_in: str) -> str:
        """The library: what is read, what failed and why, and what can be done with it.

        `hand_in`: the key of the sentence that says how one is added where this is read.
        """
        say = self._texts.say
        if not shelf:
            return f"{say(language, 'knowledge_empty')} {say(language, hand_in)}"
        lines = [
            say(
                language, f"knowledge_{one.state.value}", name=plainly(one.name), passages=one.passages,
                reason=plainly(one.reason), other=plainly(one.same_as),
            ) + whose_mark(one)
            for one in shelf[:MOST_DOCUMENTS]
        ]  # fmt: skip
        if len(shelf) > MOST_DOCUMENTS:
            lines.append(say(language, "knowledge_more", count=len(shelf) - MOST_DOCUMENTS))
        title = say(language, "knowledge_title", count=len(shelf), size=human_size(sum(one.size for one in shelf)))
        foot = f"{say(language, 'knowledge_foot')} {say(language, hand_in)}"
        return "\n\n".join((self._list(title, lines), foot))

    def passages(self, found: Sequence[Passage], words: str, language: str) -> str:
        """Places in the documents, with their words."""
        if not found:
            return self._texts.say(language, "knowledge_none", words=plainly(words[:200]))
        parts = []
        for number, passage in enumerate(found, 1):
            place = f", {plainly(passage.place)}" if passage.place else ""
            quote = passage.text[:PASSAGE_SIGNS] + ("…" if len(passage.text) > PASSAGE_SIGNS else "")
            head = f"**[{number}] {plainly(passage.document)}**{place}"
            parts.append("\n".join((head, *(f"> {plainly(line)}" for line in quote.splitlines()))))
        return "\n\n".join(parts)

    def around(self, found: Neighbourhood, language: str) -> str:
        """What the documents say of a thing, with the sentences that say it."""
        say = self._texts.say
        if not found.links:
            nothing = say(language, "graph_nothing", name=plainly(found.name[:200]))
            like = ", ".join(map(plainly, found.like))
            return f"{nothing} {say(language, 'graph_like', names=like)}" if like else nothing
        parts = [say(language, "graph_title", name=plainly(found.name), count=len(found.links))]
        for link in found.links:
            said = " → ".join(plainly(one) for one in (link.subject, link.predicate, link.object) if one)
            quote = link.quote[:PASSAGE_SIGNS] + ("…" if len(link.quote) > PASSAGE_SIGNS else "")
            where = plainly(f"{link.passage.document}, {link.passage.place}")
            parts.append("\n".join((f"**{said}**", *(f"> {plainly(line)}" for line in quote.splitlines()), where)))
        return "\n\n".join(parts)

    def budget(self, caps: Sequence[CapLine], language: str) -> str:
        """What is used of each cap."""
        if not caps:
            return ""
        return self._list(self._texts.say(language, "budget"), [self._cap(cap, language) for cap in caps])

    def _cap(self, cap: CapLine, language: str) -> str:
        say = self._texts.say
        scope = cap.scope if cap.scope in ("day", "month", "person") else "day"
        words = say(language, f"cap_{scope}", used=dollars(cap.used_micro), cap=dollars(cap.cap_micro))
        if cap.reserved_micro:
            words += f" ({say(language, 'cap_reserved', amount=dollars(cap.reserved_micro))})"
        return words

    def _employee(self, line: EmployeeLine, language: str) -> str:
        if line.working_on:
            orders = ", ".join(f"#{number}" for number in line.working_on)
            doing = self._texts.say(language, "status_busy", orders=orders)
        else:
            doing = self._texts.say(language, "status_idle" if line.available else "status_away")
        model = f" ({plainly(line.model)})" if line.model else ""
        return f"**{plainly(line.title)}**{model}: {doing} · {dollars(line.cost_today_micro)}"

    def last_day(self, report: StatusReport, hours: Sequence[HourOfOrders], language: str) -> str:
        """What the colours in the picture of the last day mean, with their sums."""
        say = self._texts.say
        counts = [
            f"{mark} {say(language, f'picture_{end}')}: {sum(getattr(hour, end) for hour in hours)}"
            for end, mark in OUTCOMES.items()
        ]
        blocks = [say(language, "picture_title"), "\n".join(f"{count}  " for count in counts)]
        names = self._legend([line.title for line in report.employees])
        return "\n\n".join((*blocks, *names, self.budget(report.caps, language)))

    @staticmethod
    def _legend(names: Sequence[str]) -> tuple[str, ...]:
        """Names that can't be drawn, by the numbers that stand for them."""
        missing = [f"{number} = {plainly(name)}" for number, name in enumerate(names, 1) if not drawable(name)]
        return (", ".join(missing),) if missing else ()

    def cost(self, report: CostReport, language: str, *, brief: bool = False) -> str:
        """The ledger by employee. `brief`: under a picture, where the small ones may be one line."""
        say = self._texts.say
        period = say(language, f"period_{report.period}" if report.period in PERIODS else "period_all")
        blocks = [say(language, "cost_title", period=period, total=dollars(report.total_micro))]
        lines = [
            say(
                language, "cost_line", employee=_named(line.employee, line.model), cost=dollars(line.charged_micro),
                calls=line.calls, input=line.input_tokens, output=line.output_tokens,
            )
            for line in (report.lines[:MOST_LINES] if brief else report.lines)
        ]  # fmt: skip
        if rest := report.lines[len(lines) :]:
            cost = dollars(sum(line.charged_micro for line in rest))
            lines.append(say(language, "cost_more", count=len(rest), cost=cost))
        if brief:
            blocks += self._legend(ranked(report))
        blocks.append("\n".join(f"- {line}" for line in lines) if lines else say(language, "cost_none"))
        facts = [say(language, "cost_orders", count=report.orders)]
        if report.reserved_micro:
            facts.append(say(language, "cost_reserved", amount=dollars(report.reserved_micro)))
        if report.in_doubt_calls:
            amount = dollars(report.in_doubt_micro)
            facts.append(say(language, "cost_doubt", count=report.in_doubt_calls, amount=amount))
        if report.saved_micro:
            facts.append(say(language, "cost_saved", amount=dollars(report.saved_micro)))
        if report.saved_answers:
            amount = dollars(report.saved_answers_micro)
            facts.append(say(language, "cost_saved_answers", count=report.saved_answers, amount=amount))
        blocks.append("\n".join(f"{fact}  " for fact in facts))
        blocks.append(self.budget(report.caps, language))
        return "\n\n".join(block for block in blocks if block)

    def audit(self, page: AuditPage, language: str) -> str:
        """Facts, newest last, or what the verification found."""
        say = self._texts.say
        if page.verification is not None:
            return self._verified(page, language)
        rows = [
            f"`{entry.number}` {as_datetime(entry.at).strftime('%m-%d %H:%M')} **{plainly(entry.fact)}** "
            f"{self._in_words(entry.fact, language)}{plainly(page.actor(entry)[:SHORT])}{_detail(entry.payload)}"
            for entry in page.entries
        ]  # fmt: skip
        body = "\n".join(f"- {row}" for row in rows) if rows else say(language, "audit_none")
        return say(language, "audit_title", total=page.total) + "\n\n" + body

    def _in_words(self, fact: str, language: str) -> str:
        """What was done to documents and projects, in the reader's language; other facts speak for themselves."""
        key = f"fact_{fact.replace('.', '_')}"
        return f"({self._texts.say(language, key)}) " if fact in TOLD else ""

    def _verified(self, page: AuditPage, language: str) -> str:
        found = page.verification
        if found is None:  # pragma: no cover - the caller looked
            return ""
        if not found.sound:
            return self._texts.say(language, "audit_broken", problem=plainly(found.problem))
        words = self._texts.say(
            language, "audit_sound", entries=found.entries, anchors=found.anchors, tip=found.tip[:16]
        )
        if found.last_anchor is None:
            return words
        at = as_datetime(found.last_anchor.at).strftime("%Y-%m-%d %H:%M UTC")
        anchor = self._texts.say(
            language, "audit_anchor", number=found.last_anchor.number, at=at, place=plainly(found.last_anchor.place)
        )
        return f"{words}\n\n{anchor}"

    def settings(self, person: Person, caps: Sequence[CapLine], language: str, chosen: Sequence[str] = ()) -> str:
        """Language, role, what else was chosen, budget."""
        role = self._texts.say(language, f"role_{person.role.value}")
        words = self._texts.say(language, "settings", language=LANGUAGES.get(language, language), role=role)
        words += "".join(f"  \n{line}" for line in chosen)
        budget = self.budget(caps, language)
        return f"{words}\n\n{budget}" if budget else words

    @staticmethod
    def _list(title: str, lines: Sequence[str]) -> str:
        return f"**{title}**\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def whose_mark(one: Document) -> str:
    """The sign of a document that not everybody may read."""
    if one.whose is Whose.COMPANY:
        return ""
    return f" 📁 {plainly(one.project)}" if one.whose is Whose.PROJECT else " 🔒"


def plainly(text: str) -> str:
    """Text of others inside our Markdown: nothing in it is markup."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|~!" else char for char in " ".join(text.split()))


def _named(employee: str, model: str) -> str:
    name = employee.upper() if employee in ("ceo", "qa") else employee.capitalize() if employee.islower() else employee
    return f"**{plainly(name)}** ({plainly(model)})" if model else f"**{plainly(name)}**"


def _order(line: OrderLine) -> str:
    text = line.text if len(line.text) <= SHORT else line.text[: SHORT - 1] + "…"
    facts = [f"{line.state.value}"]
    if line.tier is not None:
        facts.append(f"{line.tier.value} ({line.difficulty})" if line.difficulty else line.tier.value)
    facts += [seconds(line.age_ms / 1000), dollars(line.cost_micro)]
    if line.waiting_for:
        facts.append(plainly(line.waiting_for))
    return f"\\#{line.number} {plainly(text)} · " + " · ".join(facts)


def _detail(payload: dict[str, object]) -> str:
    facts = [f"{key}={value}" for key, value in payload.items() if isinstance(value, str | int) and value != ""]
    shown = ", ".join(facts)
    return f" {plainly(shown[:SHORT] + ('…' if len(shown) > SHORT else ''))}" if shown else ""
