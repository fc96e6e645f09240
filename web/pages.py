"""Makes the status page from reports: the whole page, or its sections one by one for the live stream.

Templates are compiled once; everything put into them is escaped. Nothing here asks for anything: reports come in, text
goes out. Lengths of bars are attributes of SVG, because the page's policy allows no inline style.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup, escape

from company.audit import Entry
from company.clock import as_datetime, day_of
from company.document_records import Document, Opened, Room, Shelved
from company.figures import age, count, human_size
from company.money import dollars
from company.projects import ProjectLine
from company.records import Citation, Condition, State
from company.reports import AuditPage, CapLine, CostReport, StatusReport
from web.source_words import words

HERE = Path(__file__).parent
SECTIONS = ("summary", "orders", "documents", "projects", "employees", "money", "house", "record")
FIRST_DOCUMENTS, MOST_DOCUMENTS = 8, 500
TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
STEPS = (State.ACCEPTED, State.ASSIGNED, State.WORKING, State.READY)
WORST = (Condition.ILL, Condition.WARNING, Condition.OK)
DAYS_SHOWN = 31
DAYS_AT_LEAST = 14
WIDTH, HEIGHT, GAP = 620, 120, 4
TYPED = re.compile(r"`([^`\n]+)`")
HIDDEN_IN_FACTS = frozenset({"", "None", "[]", "{}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """What is shown to one visitor alone.

    Attributes:
        base: the address of the visit.
        person: their name.
        rooms: what is used of the quotas.
        sources: of the answers, by the orders' ids.
        hands_in: whether they may hand in documents.
    """

    base: str
    person: str
    documents: Sequence[Document]
    rooms: Sequence[Room]
    projects: Sequence[ProjectLine]
    sources: Mapping[str, Sequence[Citation]]
    hands_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What one page shows. Without an owner there are no reports; `audit` is None for who may not see it."""

    status: StatusReport
    cost: CostReport
    audit: AuditPage | None
    mine: Mine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file that the page uses, held in memory."""

    body: bytes
    media_type: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A cap as a bar: shares of its length in percent."""

    scope: str
    used: float
    held: float
    level: str  # "ok", "near", "full"
    words: str
    line: CapLine


@dataclass(frozen=True, slots=True, kw_only=True)
class DayBar:
    """One day of the chart, in the units of its view box."""

    x: float
    y: float
    width: float
    height: float
    words: str
    today: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A passage to be read in its document.

    Attributes:
        name: of the reading, as its address has it.
        number: which of the citations, from 1.
        begin, end: of the cited words in the passage's text; equal where they are not in it.
        is_cited: whether it is the cited passage, and not one beside it.
    """

    name: str
    number: int
    citations: Sequence[Citation]
    opened: Opened
    begin: int
    end: int
    is_cited: bool
    language: str


class Pages:
    """Reads and compiles everything when made: make it in a thread."""

    def __init__(self) -> None:
        self.assets = {path.name: _asset(path) for path in sorted((HERE / "static").iterdir()) if path.suffix in TYPES}
        sources = {path.name: path.read_text(encoding="utf-8") for path in (HERE / "templates").glob("*.html")}
        environment = Environment(
            loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip
        environment.filters.update(
            dollars=dollars,
            age=age,
            clock=clock,
            fact=fact_words,
            particulars=particulars,
            plural=count,
            said=said,
            size=human_size,
            day=day_of,
        )
        environment.globals["asset"] = lambda name: f"/static/{name}?v={self.assets[name].etag[:12]}"
        self._templates = {name: environment.get_template(name) for name in sources}

    def page(self, view: View) -> str:
        """The whole page."""
        return self._templates["page.html"].render(sections=self.sections(view), view=view)

    def unowned(self, company: str) -> str:
        """The page of a company that has no owner yet."""
        return self._templates["unowned.html"].render(company=company)

    def upload(self, company: str, limit_mb: int) -> str:
        """Where files are handed in."""
        return self._templates["upload.html"].render(company=company, limit_mb=limit_mb)

    def source_door(self, company: str, onward: str = "1") -> str:
        """Where a link with a ticket leads: a script hands it in, and goes on to `onward` below this address."""
        return self._templates["source_door.html"].render(company=company, onward=onward)

    def source(self, company: str, source: Source) -> str:
        """A passage in its document."""
        return self._templates["source.html"].render(company=company, source=source, say=words(source.language))

    def source_gone(self, company: str, language: str, document: str, quoted: str) -> str:
        """A cited passage that is not there any more, or not for this reader."""
        say = words(language)
        return self._templates["source_shut.html"].render(
            company=company, sentence=say["gone"], document=document, quoted=quoted, say=say, language=language
        )

    def source_shut(self, company: str, sentence: str) -> str:
        """Why nothing is shown."""
        return self._templates["source_shut.html"].render(
            company=company, sentence=sentence, document="", quoted="", say=words("en"), language="en"
        )

    def sections(self, view: View) -> dict[str, str]:
        """Each section's inner HTML by its id."""
        mine = view.mine
        shelf = sorted(mine.documents, key=_as_shown) if mine is not None else []
        values = {
            "status": view.status, "cost": view.cost, "audit": view.audit, "mine": mine, "shelf": shelf,
            "rooms": [room for room in mine.rooms if room.documents] if mine is not None else [],
            "counts": Counter(one.project for one in shelf if one.project),
            "first_documents": FIRST_DOCUMENTS, "most_documents": MOST_DOCUMENTS,
            "gauges": [gauge(line) for line in view.status.caps], "days": days(view.cost.by_day, view.status.at),
            "most": max((line.charged_micro for line in view.cost.lines), default=0),
            "condition": worst(view.status), "steps": STEPS,
        }  # fmt: skip
        return {name: self._templates[f"{name}.html"].render(**values) for name in SECTIONS}

    def sections_shut(self, sentence: str) -> dict[str, str]:
        """Every section empty but the first, which says why."""
        return dict.fromkeys(SECTIONS, "") | {"summary": str(Markup('<p class="notice">{}</p>').format(sentence))}


def _as_shown(one: Document) -> tuple[bool, int, str]:
    """What failed comes first, for it wants a look; then the newest."""
    return one.state is not Shelved.FAILED, -one.at, one.name.casefold()


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(body=body, media_type=TYPES[path.suffix], etag=hashlib.sha256(body).hexdigest()[:32])


def gauge(line: CapLine) -> Gauge:
    """A cap as a bar."""
    cap = line.cap_micro
    used = min(100.0, 100 * line.used_micro / cap) if cap else 100.0
    held = min(100.0 - used, 100 * line.reserved_micro / cap) if cap else 0.0
    level = "full" if used + held >= 100 else "near" if used >= 75 else "ok"
    words = f"{dollars(line.used_micro)} of {dollars(cap)} used"
    if line.reserved_micro:
        words += f", {dollars(line.reserved_micro)} reserved"
    return Gauge(scope=line.scope, used=round(used, 2), held=round(held, 2), level=level, words=words, line=line)


def days(by_day: Sequence[tuple[str, int]], now: int) -> tuple[DayBar, ...]:
    """A bar for every day up to today, the days without a cent included; () while nothing was ever spent."""
    spent = dict(by_day)
    if not any(spent.values()):
        return ()
    last = max(date.fromisoformat(day_of(now)), date.fromisoformat(max(spent)))
    first = min(date.fromisoformat(min(spent)), last - timedelta(days=DAYS_AT_LEAST - 1))
    first = max(first, last - timedelta(days=DAYS_SHOWN - 1))
    shown = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    most, step = max(spent.values()), WIDTH / len(shown)
    bars = []
    for number, day in enumerate(shown):
        micro = spent.get(day.isoformat(), 0)
        height = max(3.0, HEIGHT * micro / most) if micro else 1.0
        bars.append(
            DayBar(
                x=round(number * step + GAP / 2, 2), y=round(HEIGHT - height, 2), width=round(step - GAP, 2),
                height=round(height, 2), words=f"{day:%d %b}: {dollars(micro)}", today=day == last,
            )
        )  # fmt: skip
    return tuple(bars)


def worst(status: StatusReport) -> Condition:
    """How the house is as a whole; parts that are off do not count."""
    conditions = {row.condition for row in status.health} | ({Condition.WARNING} if status.warnings else set())
    return next((condition for condition in WORST if condition in conditions), Condition.OK)


def clock(milliseconds: int) -> str:
    """A moment for a `datetime` attribute: RFC 3339, UTC."""
    return as_datetime(milliseconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def said(sentence: str) -> Markup:
    """A sentence of the house, escaped; what stands between backticks is to be typed, and is set as code."""
    return Markup(TYPED.sub(r"<code>\1</code>", str(escape(sentence))))  # noqa: S704 - escaped just now


def fact_words(fact: str) -> str:
    """ "order.taken_over" as "Order taken over"."""
    words = fact.replace(".", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def particulars(entry: Entry) -> str:
    """The particulars of a fact on one line, the long ids left out."""
    shown = []
    for key, value in entry.payload.items():
        text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
        text = {"True": "yes", "False": "no"}.get(text, text)
        if text not in HIDDEN_IN_FACTS and len(text) < 60 and text.count("-") < 4:
            shown.append(f"{key.replace('_', ' ')} {text}")
    return " · ".join(shown)
