"""The last day in words, for the digest: orders, money, open decisions, what was ill."""

from __future__ import annotations

from bot.texts import Texts
from company.money import dollars
from company.records import State
from company.reports import DayReport

ENDS = (State.DELIVERED, State.REFUSED, State.FAILED, State.STOPPED)


def day_text(report: DayReport, texts: Texts, language: str) -> str:
    """Plain text, a line for each subject; a subject of which there is nothing to say is left out."""
    ends = dict(report.ended)
    done = [texts.say(language, f"digest_{state.value}", count=ends[state]) for state in ENDS if ends.get(state)]
    if report.open:
        done.append(texts.say(language, "digest_open", count=report.open))
    lines = [texts.say(language, "digest_orders", orders=", ".join(done)) if done else texts.say(language, "digest_no")]
    lines.append(texts.say(language, "digest_money", amount=dollars(report.spent_micro)))
    if report.open_decisions:
        lines.append("❗ " + texts.say(language, "status_decisions", count=report.open_decisions))
    for trouble, count in report.troubles:
        what = texts.say(language, f"trouble_{trouble.name.lower()}")
        lines.append(f"⚠️ {what} ({count}×)" if count > 1 else f"⚠️ {what}")
    lines += [f"⚠️ {' '.join(part for part in (f'{one.part}:', one.detail, one.mend) if part)}" for one in report.ill]
    return "\n".join(lines)
