"""employees/attached.py: the documents that the sender points at come first, also where no word of them is asked."""

from __future__ import annotations

from company.records import DataBlock, Origin, Passage
from employees.attached import passages_for
from tests.unit.employees.test_clerk import Shelf, job, passage

HERS, OTHER = passage("The rent is 900.", "lease.pdf"), passage("The rent is 700.", "old.pdf")


def pointing(*names: str) -> tuple[DataBlock, ...]:
    return tuple(DataBlock(origin=Origin.ATTACHED, text="", source=name) for name in names)


class ByName(Shelf):
    """Finds a document by its name alone."""

    async def find(self, question: str, *, person_id: str, limit: int = 6) -> tuple[Passage, ...]:
        return tuple(one for one in self.passages if one.document in question)[:limit]


async def test_without_a_document_the_best_are_taken() -> None:
    order = job("What is the rent?", blocks=(DataBlock(origin=Origin.ATTACHED, text="location:\n1, 2"),)).order
    assert order.attached == frozenset()
    assert await passages_for(Shelf(OTHER, HERS), order, order.text, 1) == (OTHER,)


async def test_passages_of_the_document_that_is_meant_are_taken_alone() -> None:
    order = job("What is the rent?", blocks=pointing("lease.pdf")).order
    assert await passages_for(Shelf(OTHER, HERS), order, order.text, 1) == (HERS,)


async def test_a_question_without_a_word_of_it_finds_it_by_its_name() -> None:
    order = job("What does it say?", blocks=pointing("lease.pdf")).order
    assert await passages_for(ByName(OTHER, HERS), order, order.text, 3) == (HERS,)


async def test_a_document_that_is_gone_is_no_reason_to_say_nothing() -> None:
    order = job("What is the rent?", blocks=pointing("gone.pdf")).order
    assert await passages_for(Shelf(OTHER, HERS), order, order.text, 1) == (OTHER,)


async def test_a_forwarded_block_points_at_nothing() -> None:
    order = job("What is the rent?", blocks=(DataBlock(origin=Origin.FORWARDED, text="x", source="lease.pdf"),)).order
    assert await passages_for(Shelf(OTHER, HERS), order, order.text, 1) == (OTHER,)
