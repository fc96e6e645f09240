"""How many tokens one person's orders may use in a day, of any model, also of one that costs nothing but machine time.

Counted when a call ends: calls that are under way when the quota is used up are let finish.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, func, select

from company.budget import Caps
from company.clock import day_of
from company.errors import Refused
from company.schema import ledger

_USED = select(
    func.sum(ledger.c.input_tokens + ledger.c.output_tokens + ledger.c.cache_read_tokens + ledger.c.cache_write_tokens)
).where(ledger.c.day == bindparam("today"), ledger.c.person_id == bindparam("person"), ledger.c.state == "charged")


def used_today(tx: Connection, now: int, caps: Caps, person_id: str) -> int:
    """The tokens that this person's orders used since midnight, given and taken."""
    return int(tx.scalar(_USED, {"today": day_of(now, caps.zone), "person": person_id}) or 0)


def checked(tx: Connection, now: int, caps: Caps, person_id: str) -> None:
    """Nothing, while there is something left or no limit is set.

    Raises:
        Refused: the day's tokens are used up; what is used, which setting it is, and when there are new ones.
    """
    most = caps.settings.person_tokens_day
    if most and (used := used_today(tx, now, caps, person_id)) >= most:
        raise Refused(
            f"Your orders have used {used:,} of {most:,} tokens today ([budget] person_tokens_day); "
            "there are new ones after midnight."
        )
