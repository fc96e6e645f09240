"""From what the index has to what the house is told of a passage: whose it is, and where its document comes from."""

from __future__ import annotations

from dataclasses import replace

from company.document_records import Origin, Standing, Trust, Way
from company.records import Passage
from knowledge.engine import COMPANY
from knowledge.owners import project_of
from knowledge.records import Hit

_OF_A_FOLDER = Origin(person="", way=Way.FOLDER, trust=Trust.BOARD, at=0)
_FROM_BEFORE = Origin(person="", way=Way.CHAT, trust=Trust.MEMBER, at=0)


def bare(hit: Hit, score: float = 0.0) -> Passage:
    """A hit without where its document comes from."""
    return Passage(id=hit.id, document=hit.document, place=hit.place, text=hit.text, score=score, owner=hit.owner)


def told_of(passage: Passage, standing: Standing, origin: Origin | None) -> Passage:
    """A passage with its project and its origin. What nobody handed in lies in a folder of the Board's."""
    origin = origin or (_OF_A_FOLDER if passage.owner == COMPANY else _FROM_BEFORE)
    return replace(
        passage, project=project_of(passage.owner, standing), brought_by=origin.person, brought_at=origin.at,
        way=origin.way.value, trust=origin.trust.value,
    )  # fmt: skip
