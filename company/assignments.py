"""How an assignment, and the data that came with a request, are read from the books again."""

from __future__ import annotations

import json
from collections.abc import Iterable

from company.records import Assignment, DataBlock, Difficulty, Json, Kind, Origin, PointsAt, Reason, Recalls, Tier


def read_assignment(written: str) -> Assignment | None:
    """The assignment of an order; None where none was made. Those of earlier versions point at nothing."""
    if not written:
        return None
    data: Json = json.loads(written)
    target, past = data.get("points_at"), data.get("recalls")
    return Assignment(
        kind=Kind(data["kind"]), difficulty=Difficulty(data["difficulty"]), language=data["language"],
        ladder=tuple(Tier(tier) for tier in data["ladder"]), brief=data["brief"],
        reasons=tuple(Reason(**reason) for reason in data["reasons"]), router=data["router"],
        elapsed_ms=data["elapsed_ms"],
        points_at=PointsAt(**{**target, "titles": tuple(target["titles"])}) if target else None,
        recalls=Recalls(**past) if past else None,
    )  # fmt: skip


def read_blocks(written: Iterable[Json]) -> tuple[DataBlock, ...]:
    """The data of a request. Of those of earlier versions nobody knows whether the company said it, so it did not."""
    return tuple(
        DataBlock(origin=Origin(one["origin"]), text=one["text"], source=one["source"], ours=one.get("ours", False))
        for one in written
    )
