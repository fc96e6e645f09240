"""Layer 4c, patches: what is to be said of a diff in the answer, where the spec asks for it.

The tree and the sandbox are not this layer's business: the inspector has looked already (`Case.patch`). Where it has
not, such as in a benchmark, the diff alone is read.
"""

from __future__ import annotations

from company.records import Finding
from qa.case import Case
from qa.patches.locate import patch_of
from qa.patches.review import review
from qa.patches.telling import finding

_MOST = 8


def check(case: Case) -> tuple[Finding, ...]:
    """The findings on the answer's patch."""
    rules = case.spec.patch
    if not rules.enabled:
        return ()
    if case.patch is not None:
        return case.patch[:_MOST]
    text = patch_of(case.prose, case.request)
    if text is None:
        return (
            (finding("no-diff", "The answer holds no diff. Give one in a block that begins with ```diff."),)
            if (rules.required)
            else ()
        )
    return review(text, rules, request=case.request).findings[:_MOST]
