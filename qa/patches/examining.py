"""One patch from the answer to the findings: the tree is read, the patch reviewed, the project's checks are run."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from company.errors import ConfigError
from company.ports import Sandbox
from company.records import Finding
from qa.patches.quality import run_checks
from qa.patches.review import review
from qa.patches.rules import PatchRules
from qa.patches.telling import finding
from qa.patches.trees import read_tree

_log = logging.getLogger(__name__)


async def examine(
    text: str, rules: PatchRules, *, request: str = "", tree: Path | None = None, sandbox: Sandbox | None = None
) -> tuple[Finding, ...]:
    """All that is to be said of a diff. Never raises for what is in it; where a check breaks, that is said.

    Args:
        text: nothing but the diff.
        rules: the spec's.
        request: the words of the order.
        tree: the folder that it is for, in the place of the spec's.
        sandbox: where the spec's commands are run; None, and they are not.
    """
    try:
        return await _examined(text, rules, request, tree, sandbox)
    except Exception:  # noqa: BLE001 - whatever breaks here, the answer is labelled and not lost
        _log.exception("the QA of a patch broke")
        return (finding("layer-broken", "The check of the patch could not be finished."),)


async def _examined(
    text: str, rules: PatchRules, request: str, tree: Path | None, sandbox: Sandbox | None
) -> tuple[Finding, ...]:
    folder = tree or (await asyncio.to_thread(Path(rules.tree).expanduser) if rules.tree else None)
    if folder is None:
        done = await asyncio.to_thread(review, text, rules, request=request)
        if rules.commands:
            note = "The checks of the project were not run: the spec names no tree (patch.tree)."
            return (*done.findings, finding("patch-unverified", note))
        return done.findings
    try:
        before = await asyncio.to_thread(read_tree, folder)
    except ConfigError as error:
        done = await asyncio.to_thread(review, text, rules, request=request)
        return (*done.findings, finding("patch-unverified", f"Whether the patch applies is not known: {error}"))
    done = await asyncio.to_thread(review, text, rules, tree=before, request=request)
    if done.findings or done.after is None or not rules.commands:
        return done.findings
    return await run_checks(before, done.after, rules, sandbox)
