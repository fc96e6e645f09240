"""What must be true when the dust has settled: held against what people saw and what was computed, not against NEXUS.

`examine` returns a `Report`. Every sentence in `Report.anomalies` is a broken promise.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from decimal import ROUND_CEILING, Decimal
from typing import Any

from sqlalchemy import Connection, Table, select

from company import audit
from company.schema import attempts, cap_raises, ledger, orders, receipts, spending, turns
from company.schema import audit as audit_table
from tests.kills.lab import Lab
from tests.kills.world import MARK

RECEIPT = re.compile(r"^#(\d+) · ", re.MULTILINE)
STATUS = re.compile(r"^NEXUS \S+ · up ")
CARD = re.compile(r"^Order #(\d+) needs money")
JOINED = re.compile(r"^🔐 (\S+) may now speak here")
PARKED = re.compile(r"^No model can be reached right now .* Order #(\d+) is kept", re.DOTALL)
CLAUDE = "anthropic"
Row = dict[str, Any]
Call = tuple[str, int, int, int, int]  # model; input, output, cache read, cache write tokens


@dataclass(slots=True)
class Report:
    """Figures, and every broken promise as a sentence."""

    orders: int = 0
    answers: int = 0
    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    effects: int = 0
    doubled_effects: int = 0
    model_calls: int = 0
    charges: int = 0
    in_doubt: int = 0
    charged_micro: int = 0
    parked: int = 0
    taken_over: int = 0
    audit_rows: int = 0
    anomalies: list[str] = field(default_factory=list)

    def wrong(self, sentence: str) -> None:
        """Note a broken promise."""
        self.anomalies.append(sentence)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def examine(lab: Lab) -> Report:
    """Hold everything against the truth. Nobody may be at work any more."""
    report, books = Report(), lab.read(_books)
    shown = [one for one in lab.telegram.truth() if one["bot"] and (one["chat"], one["id"]) not in lab.before]
    _answers(lab, report, books, shown)
    _other_messages(lab, report, shown)
    _order_of_answers(lab, report, books, shown)
    _effects(lab, report, books)
    _money(lab, report, books)
    _caps(lab, report, books)
    _record(report, books)
    for name, fake in (("Telegram", lab.telegram), ("Claude", lab.claude)):
        for violation in fake.violations():
            report.wrong(f"{name}'s rules were broken: {violation}")
    return report


def _books(tx: Connection) -> dict[str, Any]:
    def rows(table: Table) -> list[Row]:
        return [dict(row._mapping) for row in tx.execute(select(table))]

    tables = {table.name: rows(table) for table in (orders, ledger, spending, cap_raises, attempts, receipts, turns)}
    facts = tx.execute(select(audit_table.c.fact, audit_table.c.order_id, audit_table.c.payload)).all()
    return {**tables, "facts": [tuple(fact) for fact in facts], "verification": audit.verify(tx)}


def _mark(text: str) -> str:
    found = MARK.search(text)
    return found[0] if found else ""


def _answers(lab: Lab, report: Report, books: Row, shown: list[Row]) -> None:
    """Each question has one answer, and one more for each tier that somebody sent it up to."""
    seen: dict[str, list[Row]] = defaultdict(list)
    for one in shown:
        if RECEIPT.search(one["text"]):
            seen[_mark(one["text"])].append(one)
    raised = Counter(press["mark"] for press in lab.pressed.values() if press["data"].startswith("escalate:"))
    for mark, asked in lab.asked.items():
        wanted, found = 1 + raised[mark], seen.pop(mark, [])
        report.orders += wanted
        report.answers += len(found)
        report.lost += max(0, wanted - len(found))
        report.doubled += max(0, len(found) - wanted)
        if len(found) != wanted:
            told = [(one["id"], one["text"][-70:]) for one in found]
            report.wrong(f"{mark} in chat {asked['chat']} has {len(found)} answers instead of {wanted}: {told}")
        if strays := [one for one in found if one["chat"] != asked["chat"]]:
            report.wrong(f"{mark} was answered in another chat: {strays}")
        numbers = [RECEIPT.search(one["text"])[1] for one in found]  # type: ignore[index]
        if len(set(numbers)) != len(numbers):
            report.wrong(f"{mark} shows the same order twice: {numbers}")
    for one in (one for left in seen.values() for one in left):
        report.wrong(f"an answer to nobody's question: {one}")
    for order in books["orders"]:
        if order["state"] != "delivered":
            report.wrong(f"order #{order['number']} is {order['state']}: {order['end_reason'] or order['waiting_for']}")
    if len(books["orders"]) != report.orders:
        report.wrong(f"{len(books['orders'])} orders in the books for {report.orders} that were asked for")


def _other_messages(lab: Lab, report: Report, shown: list[Row]) -> None:
    """Replies to commands, cards and notices: as many as there were reasons for, and nothing else."""
    statuses: Counter[int] = Counter()
    once: Counter[tuple[str, int, str]] = Counter()
    for one in shown:
        if RECEIPT.search(one["text"]):
            continue
        if STATUS.match(one["text"]):
            statuses[one["chat"]] += 1
        elif found := CARD.match(one["text"]):
            once["card", one["chat"], found[1]] += 1
        elif found := PARKED.match(one["text"]):
            once["parked", one["chat"], found[1]] += 1
        elif found := JOINED.match(one["text"]):
            once["joined", one["chat"], found[1]] += 1
        else:
            report.wrong(f"a message without a reason: {one}")
    for chat in statuses.keys() | lab.commands.keys():
        wanted, found_ = lab.commands.get(chat, 0), statuses[chat]
        report.lost += max(0, wanted - found_)
        report.doubled += max(0, found_ - wanted)
        if wanted != found_:
            report.wrong(f"chat {chat} has {found_} replies to {wanted} /status")
    for what, times in once.items():
        report.doubled += times - 1
        if times > 1:
            report.wrong(f"{what} was said {times} times")
    cards = sum(1 for what in once if what[0] == "card")
    wanted = sum(1 for asked in lab.asked.values() if asked["kind"] == "bu")
    if cards != wanted:
        report.wrong(f"{cards} cards for {wanted} orders without money")


def _order_of_answers(lab: Lab, report: Report, books: Row, shown: list[Row]) -> None:
    """Within a chat, answers come in the order of the questions; what waited for a provider or money may be later."""
    set_aside = {order_id for fact, order_id, _ in books["facts"] if fact == "order.waiting"}
    report.parked = len(set_aside)
    late = {_mark(order["request"]) for order in books["orders"] if order["id"] in set_aside}
    first: dict[str, int] = {}
    for one in sorted(shown, key=lambda one: int(one["id"])):
        if RECEIPT.search(one["text"]):
            first.setdefault(_mark(one["text"]), one["id"])
    last: dict[int, tuple[int, str]] = {}
    for mark, asked in lab.asked.items():  # in the order in which they were asked
        if mark not in first or mark in late:
            continue
        before = last.get(asked["chat"], (0, ""))
        if first[mark] < before[0]:
            report.out_of_order += 1
            report.wrong(f"{mark} was answered before {before[1]}, which was asked earlier")
        last[asked["chat"]] = max(before, (first[mark], mark))


def _effects(lab: Lab, report: Report, books: Row) -> None:
    """Notes, escalations, ratings, added money: each once."""
    wanted = {mark for mark, asked in lab.asked.items() if asked["kind"] == "nt"}
    notes = Counter(_mark(text) for text in lab.notes().values())
    for name, text in lab.notes().items():
        if text != f"Three ideas for {_mark(text)}: music, lanterns, lemonade.\n":
            report.wrong(f"the note {name} says {text!r}")
    _once(report, "note", notes, wanted)
    done = Counter(receipt["attempt_id"] for receipt in books["receipts"] if receipt["state"] == "done")
    if len(books["receipts"]) != len(wanted) or any(times > 1 for times in done.values()):
        states = Counter(receipt["state"] for receipt in books["receipts"])
        report.wrong(f"{dict(states)} receipts for {len(wanted)} uses of a tool")
    presses = [press["data"] for press in lab.pressed.values()]
    children = Counter(order["parent_id"] for order in books["orders"] if order["parent_id"])
    _once(report, "escalation", children, {data.partition(":")[2] for data in presses if data.startswith("escalate:")})
    rated = Counter(order_id for fact, order_id, _ in books["facts"] if fact == "answer.rated")
    _once(report, "rating", rated, {data.partition(":")[2] for data in presses if data.startswith("rate_up:")})
    added = Counter(row["key"] for row in books["cap_raises"])
    by_mark = {_mark(order["request"]): order["id"] for order in books["orders"] if not order["parent_id"]}
    poor = {by_mark.get(mark, mark) for mark, asked in lab.asked.items() if asked["kind"] == "bu"}
    _once(report, "raise of a cap", added, poor)


def _once(report: Report, what: str, found: Counter[str], wanted: set[str]) -> None:
    report.effects += len(wanted)
    for key in found.keys() | wanted:
        if found[key] != (key in wanted):
            report.doubled_effects += max(0, found[key] - 1)
            report.wrong(f"{what} {key}: {found[key]} times instead of {int(key in wanted)}")


def _money(lab: Lab, report: Report, books: Row) -> None:
    """Each completed call is charged once, exactly; or its answer died with the process and is stated as in doubt."""
    prices = lab.settings().prices
    marks = {order["id"]: _mark(order["request"]) for order in books["orders"]}
    charged: dict[str, Counter[Call]] = defaultdict(Counter)
    orphaned, broken = Counter[str](), Counter[str]()
    for row in books["ledger"]:
        mark = marks[row["order_id"]]
        if row["state"] == "reserved":
            report.wrong(f"money is still reserved for {mark}")
        elif row["state"] == "released":
            orphaned[mark] += row["outcome"] == "orphaned"
            if row["charged_micro"]:
                report.wrong(f"a returned reservation of {mark} was charged")
        else:
            call = _call(row["model"], row, "_tokens")
            if row["charged_micro"] != (cost := _cost(prices, call)):
                report.wrong(f"{mark} was charged {row['charged_micro']} for {call}, which costs {cost}")
            report.charged_micro += row["charged_micro"]
            report.charges += 1
            if row["outcome"] in ("ok", "unrecorded"):
                charged[mark][call] += 1
            else:
                broken[mark] += 1
    completed: dict[str, Counter[Call]] = defaultdict(Counter)
    cut = Counter[str]()
    for made in lab.claude.bill():
        report.model_calls += 1
        if made["outcome"] == "ok":
            completed[made["mark"]][_call(made["model"], made)] += 1
        else:
            cut[made["mark"]] += made["sent"] > 0
    for mark in charged.keys() | completed.keys():
        if unknown := charged[mark] - completed[mark]:
            report.wrong(f"{mark} was charged for calls that never were: {dict(unknown)}")
        in_doubt = (completed[mark] - charged[mark]).total()
        report.in_doubt += in_doubt
        if in_doubt > orphaned[mark]:
            report.wrong(f"{in_doubt} calls of {mark} were not charged, and {orphaned[mark]} are stated as in doubt")
        if broken[mark] > cut[mark]:
            report.wrong(f"{mark} was charged for {broken[mark]} broken streams, and {cut[mark]} were")
    _one_charge_a_turn(report, books)
    _sums(report, books)


def _one_charge_a_turn(report: Report, books: Row) -> None:
    taken = Counter(turn["attempt_id"] for turn in books["turns"] if turn["number"] > 0)
    paid = Counter(row["attempt_id"] for row in books["ledger"] if row["outcome"] in ("ok", "cached"))
    for attempt in taken.keys() | paid.keys():
        if taken[attempt] != paid[attempt]:
            report.wrong(f"attempt {attempt} took {taken[attempt]} turns and paid for {paid[attempt]}")


def _sums(report: Report, books: Row) -> None:
    sums = Counter[tuple[str, str]]()
    for row in books["ledger"]:
        for key in _keys(row):
            sums[key] += row["charged_micro"]
    for row in books["spending"]:
        if (row["charged_micro"], row["reserved_micro"]) != (sums[row["scope"], row["key"]], 0):
            found = f"{row['charged_micro']} and {row['reserved_micro']} reserved"
            report.wrong(
                f"spending of {row['scope']} {row['key']} says {found}, the ledger {sums[row['scope'], row['key']]}"
            )
    if len(books["spending"]) < len(sums):
        report.wrong("spending lacks a sum that the ledger has")


def _keys(row: Row) -> tuple[tuple[str, str], ...]:
    keys = (("person", f"{row['day']}/{row['person_id']}"), ("day", row["day"]), ("month", row["month"]))
    return (("order", row["order_id"]), *keys) if row["order_id"] else keys


def _call(model: str, tokens: Row, suffix: str = "") -> Call:
    names = ("input", "output", "cache_read", "cache_write")
    counts = [int(tokens[f"{name}{suffix}"]) for name in names]
    return (model, counts[0], counts[1], counts[2], counts[3])


def _cost(prices: Any, call: Call) -> int:
    model, given, said, read, written = call
    price = prices[f"{CLAUDE}/{model}"]
    plain = Decimal(str(price.input))
    of_read = plain if price.cache_read is None else Decimal(str(price.cache_read))
    of_written = plain * Decimal("1.25") if price.cache_write is None else Decimal(str(price.cache_write))
    exact = plain * given + Decimal(str(price.output)) * said + of_read * read + of_written * written
    return int(exact.to_integral_value(rounding=ROUND_CEILING))


def _caps(lab: Lab, report: Report, books: Row) -> None:
    """Replays the ledger: at no moment was more charged and reserved than a cap allowed."""
    budget = lab.settings().budget
    sizes = {"order": budget.per_order, "person": budget.per_person_day, "day": budget.day, "month": budget.month}
    raised = Counter[tuple[str, str]]()
    for row in books["cap_raises"]:
        raised[row["scope"], row["key"]] += row["extra_micro"]
    steps: list[tuple[int, int, tuple[str, str], int]] = []
    for row in books["ledger"]:
        for key in _keys(row):
            steps.append((row["created_at"], 1, key, row["reserved_micro"]))
            steps.append((row["settled_at"] or 0, 0, key, row["charged_micro"] - row["reserved_micro"]))
    used = Counter[tuple[str, str]]()
    for _, _, key, change in sorted(steps):
        used[key] += change
        if used[key] > (cap := int(Decimal(str(sizes[key[0]])) * 1_000_000) + raised[key]):
            report.wrong(f"the cap of {key} was passed: {used[key]} of {cap}")


def _record(report: Report, books: Row) -> None:
    """The chain is whole, and tells of no fault."""
    verification = books["verification"]
    report.audit_rows = verification.entries
    if not verification.sound:
        report.wrong(f"the audit chain: {verification.problem}")
    for fact, order_id, payload in books["facts"]:
        report.taken_over += fact == "order.taken_over"
        if fact in ("update.skipped", "message.undeliverable", "markup.refused", "order.dropped", "chat.closed"):
            report.wrong(f"the record tells of a fault: {fact} {order_id} {payload}")
        if fact == "order.waiting" and '"waiting_for":"fault"' in payload:
            report.wrong(f"the record tells of a fault inside NEXUS: {order_id} {payload}")
