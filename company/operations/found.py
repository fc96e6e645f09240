"""What QA found, for the person who reads the answer: without the words that tell an employee how to mend it.

In English the finding itself; in the other languages what sort of fault it is, since findings are written in English
for employees. [Why] has each of them whole.
"""

from __future__ import annotations

import re

from company.records import Finding, Outcome, Verdict
from company.texts import LANGUAGES, Texts

_FINDINGS = "en"  # in which findings are written
_SORTS: dict[str, str] = {
    code: sort
    for sort, codes in {
        "gap": "placeholder",
        "refusal": "refusal gave-up",
        "promise": "empty-promise",
        "missing": "question-unanswered count-short required-missing",
        "shape": "json-missing table-missing code-missing not-json not-an-object key-missing schema table-broken "
        "fence-open pattern-missing forbidden-found forbidden-pattern",
        "length": "words-over too-long too-short empty",
        "language": "language",
        "cut_off": "cut-off",
        "sum": "sum-wrong",
        "date": "weekday-wrong date-impossible span-wrong leap-year-wrong",
        "deed": "claim-without-receipt claim-unchecked",
        "source": "citation-unknown citation-missing citation-unmarked citation-gone quote-missing quote-wrong "
        "figure-wrong name-wrong date-wrong passages-unavailable",
        "code": "syntax test-failed run-failed example-wrong no-end used-too-much",
        "not_run": "sandbox-missing not-run needs-more still-running",
        "unknown": "unknown-effect",
        "secret": "secret held-secret prompt-leak unknown-email card-number bank-account remote-picture unknown-link "
        "link-disguised link-shortened link-to-number",
        "injection": "injection-echo injection-obeyed injection-hijacked",
        "judge": "judge-undecided judges-disagree judge-failed",
    }.items()
    for code in codes.split()
}
_ADVICE = re.compile(r"(?<=[.!?)”])\s+[A-Z](?:[^“”\"()'.]|'(?=\w)|\.(?=\w))*\.$")
"""A last sentence without quotations: what to do about it."""


def reasons(texts: Texts, language: str, verdict: Verdict, *, most: int) -> list[str]:
    """What is wrong with an answer, or could not be told of it: the first `most` findings, each thing once."""
    said = [_reason(texts, language, finding, verdict.outcome) for finding in verdict.findings[:most]]
    return list(dict.fromkeys(said))


def _reason(texts: Texts, language: str, finding: Finding, outcome: Outcome) -> str:
    sort = _SORTS.get(finding.code)
    if sort is not None and language != _FINDINGS and language in LANGUAGES:
        return texts.say(language, f"found_{sort}")
    if outcome is not Outcome.FAIL or finding.layer == "employee":
        return finding.message.removesuffix(".")
    return _ADVICE.sub("", finding.message).removesuffix(".")
