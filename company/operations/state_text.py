"""The company's own state in words, for a question like "how much did we spend?": no model is asked."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from company import decisions, org_chart, people, work_orders
from company.books import Books
from company.budget import Caps, Scope
from company.clock import Clock
from company.money import dollars
from company.operations import reading
from company.people import Action
from company.records import Person, State, WorkOrder
from company.reports import CapLine
from company.texts import Texts


class StateText:
    """Tells a person what they may know of the company, as Markdown.

    Args:
        books: where it is read.
        clock: time.
        caps: the caps in force.
        texts: the company's sentences.
        company_name: as people see it.
        available: the tiers that can work.
    """

    def __init__(
        self, books: Books, clock: Clock, caps: Caps, texts: Texts, company_name: str,
        available: Callable[[], frozenset[str]],
    ) -> None:  # fmt: skip
        self._books = books
        self._clock = clock
        self._caps = caps
        self._texts = texts
        self._company_name = company_name
        self._available = available

    async def describe(self, order: WorkOrder, language: str) -> str:
        """Orders, money and staff, as far as the person who asks may see them."""
        return await self._books.read(self._describe, order, language)

    def _describe(self, tx: Connection, order: WorkOrder, language: str) -> str:
        person = people.get(tx, order.person_id)
        if person is None:
            return ""
        if order.conversation.shared:
            return self._to_a_group(tx, order, language)
        now, zone, say = self._clock.now(), self._caps.zone, self._texts.say
        whose = None if people.may(person, Action.SEE_ALL_COST) else person.id
        running = [
            line
            for line in reading.order_lines(tx, now, reading.RUNNING, limit=20, person_id=whose)
            if line.id != order.id
        ]
        waiting = reading.order_lines(tx, now, (State.WAITING,), limit=50, person_id=whose)
        head = say(
            language, "state_head", company=self._company_name, today=reading.orders_today(tx, now, zone),
            running=len(running), waiting=len(waiting), cards=decisions.open_count(tx),
        )  # fmt: skip
        lines = [head, "", self._money(tx, now, person, language)]
        if running:
            lines += ["", say(language, "state_running"), *(f"- #{line.number}: {line.text}" for line in running)]
        lines += ["", say(language, "state_staff")]
        for employee in reading.employee_lines(tx, now, zone, self._available()):
            condition = say(language, "state_on" if employee.available else "state_off")
            lines.append(
                "- "
                + say(
                    language, "state_employee", title=employee.title, condition=condition,
                    model=employee.model or say(language, "state_no_model"), orders=employee.orders_today,
                    cost=dollars(employee.cost_today_micro),
                )
            )  # fmt: skip
        return "\n".join(lines)

    def _to_a_group(self, tx: Connection, order: WorkOrder, language: str) -> str:
        """What everybody in a group may know: what goes on there, and who can work. No sums, nobody's own orders."""
        say, here = self._texts.say, work_orders.open_in(tx, order.conversation)
        waiting = sum(one.state is State.WAITING for one in here)
        running = [one for one in here if one.id != order.id and one.state is not State.WAITING]
        available = self._available()
        staff = [employee.title for employee in org_chart.roster(tx).values() if employee.tier in available]
        return say(
            language, "state_group", company=self._company_name, running=len(running), waiting=waiting,
            staff=", ".join(staff),
        )  # fmt: skip

    def _money(self, tx: Connection, now: int, person: Person, language: str) -> str:
        caps: dict[str, CapLine] = {line.scope: line for line in reading.cap_lines(tx, now, self._caps, person)}
        if Scope.PERSON in caps:
            mine = caps[Scope.PERSON]
            return self._texts.say(language, "state_mine", used=dollars(mine.used_micro), cap=dollars(mine.cap_micro))
        day, month = caps[Scope.DAY], caps[Scope.MONTH]
        return self._texts.say(
            language, "state_money", day=dollars(day.used_micro), day_cap=dollars(day.cap_micro),
            month=dollars(month.used_micro), month_cap=dollars(month.cap_micro),
        )  # fmt: skip
