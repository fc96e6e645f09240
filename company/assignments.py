"""How an assignment is written in the books, and read again."""

from __future__ import annotations

import json

from company.records import Assignment, Difficulty, Json, Kind, PointsAt, Reason, Recalls, Tier


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
