"""company/forgetting.py: of a deleted document no words stay below answers or among kept answers."""

from __future__ import annotations

from sqlalchemy import insert, select

from company import attempts, exact_cache, forgetting
from company.books import Books, to_json
from company.records import Citation, Person
from company.schema import answer_cache, orders
from tests.fakes.clock import TurnedClock
from tests.unit.company.house_doubles import World, request


def cited(passage_id: str, quote: str) -> Citation:
    return Citation(marker=1, passage_id=passage_id, document="a.md", place="line 1", quote=quote)


async def test_quotes_go_and_others_stay(world: World, owner: Person) -> None:
    books = world.books
    accepted = (await world.build(books).accept(request(owner))).order
    assert accepted is not None
    order_id = accepted.id
    both = (cited("gone", "the secret"), cited("kept", "the rest"))
    await books.write(
        lambda tx: tx.execute(orders.update().where(orders.c.id == order_id).values(citations=to_json(both)))
    )
    assert await books.write(forgetting.forget_quotes, frozenset({"gone"})) == 1
    left = await books.read(attempts.citations_of, order_id)
    assert [(one.passage_id, one.quote) for one in left] == [("gone", ""), ("kept", "the rest")]
    assert await books.write(forgetting.forget_quotes, frozenset({"gone"})) == 0


async def test_kept_answers_are_emptied_and_their_saving_stays(books: Books, clock: TurnedClock) -> None:
    row = {"key": "k", "completion": '{"text": "the secret"}', "created_at": clock.now()}
    await books.write(lambda tx: tx.execute(insert(answer_cache), [row]))
    await books.write(forgetting.forget_cached_answers)
    found = await books.read(lambda tx: tx.execute(select(answer_cache)).one())
    assert (found.completion, found.created_at) == ("", 0)
    assert await books.read(exact_cache.find, clock.now(), "k", exact_cache.HOUR_MS) is None
