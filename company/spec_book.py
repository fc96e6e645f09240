"""The versions of QA's specs that the Board made: each change is a row, and none is ever changed or taken away.

They stand in the table `about`, one row a version, named "spec.<kind>.<version>"; what a spec means, QA alone knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, insert, select

from company import audit
from company.books import to_json
from company.records import Json, Kind
from company.schema import about
from company.spec_records import SpecVersion

CHANGED = "spec.changed"
"""The audit's name of a change."""
PREFIX = "spec."
_DIGITS = 6  # so that names sort as numbers do
_MOST_SHOWN = 200  # characters of a value in the audit


def newest(tx: Connection, kind: Kind) -> SpecVersion | None:
    """The last version of a kind's spec; None when the Board never changed it."""
    return next(_versions(tx, f"{PREFIX}{kind.value}."), None)


def history(tx: Connection, kind: Kind) -> tuple[SpecVersion, ...]:
    """Every version of a kind's spec, the newest first."""
    return tuple(_versions(tx, f"{PREFIX}{kind.value}."))


def in_force(tx: Connection) -> dict[Kind, SpecVersion]:
    """The last version of each kind that the Board ever changed."""
    found: dict[Kind, SpecVersion] = {}
    for version in _versions(tx, PREFIX):
        found.setdefault(version.kind, version)
    return found


def add(
    tx: Connection, now: int, *, kind: Kind, spec: Json | None, before: int, above: int, path: str, value: str,
    by: str, by_id: str,
) -> SpecVersion:  # fmt: skip
    """A new version, numbered above every earlier one and above `above`, the file's; with its fact."""
    last = newest(tx, kind)
    number = max(above, last.version if last is not None else 0) + 1
    if spec is not None:
        spec = {**spec, "version": number}
    made = SpecVersion(
        kind=kind, version=number, spec=spec, before=before, path=path, value=value, by=by, at=now
    )  # fmt: skip
    data = {
        "version": number, "spec": spec, "before": before, "path": path, "value": value, "by": by, "at": now,
    }  # fmt: skip
    tx.execute(insert(about), [{"name": f"{PREFIX}{kind.value}.{number:0{_DIGITS}}", "value": to_json(data)}])
    audit.record(tx, now, by_id, CHANGED, kind=kind, version=number, path=path, value=value[:_MOST_SHOWN])
    return made


def _versions(tx: Connection, prefix: str) -> Iterator[SpecVersion]:
    query = select(about).where(about.c.name.startswith(prefix, autoescape=True)).order_by(about.c.name.desc())
    for row in tx.execute(query):
        data = json.loads(row.value)
        yield SpecVersion(kind=Kind(row.name.split(".")[1]), **data)
