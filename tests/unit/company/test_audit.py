"""company/audit.py: an edit, a deletion, a reordering, an insertion or a cut tail is found; a sound chain is sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, delete, event, insert, select, update

from company import audit
from company.audit import Anchor, Verification, anchored, record, verify
from company.books import AUDIT_KEY as KEY_OF
from company.books import Books, SqliteBooks
from company.schema import anchors, metadata
from company.schema import audit as rows
from tests.conftest import AUDIT_KEY

N = 12


def chain(tx: Connection, length: int = N) -> None:
    for n in range(1, length + 1):
        record(tx, 1000 + n, f"actor-{n % 3}", "thing.done", order_id=f"order-{n % 4}", number=n, text=f"Größe {n}")


def tip_as_anchor(tx: Connection, place: str = "file") -> Anchor:
    number, digest = audit.tip(tx)
    return Anchor(number=number, hash=digest, at=2000, place=place)


def copy_of(tx: Connection, number: int) -> dict[str, object]:
    return dict(tx.execute(select(rows).where(rows.c.number == number)).one()._mapping)


def edit_payload(tx: Connection) -> None:
    tx.execute(update(rows).where(rows.c.number == 5).values(payload='{"number":5,"text":"nothing happened"}'))


def edit_actor(tx: Connection) -> None:
    tx.execute(update(rows).where(rows.c.number == 5).values(actor="somebody else"))


def edit_time(tx: Connection) -> None:
    tx.execute(update(rows).where(rows.c.number == 5).values(at=1))


def edit_hash(tx: Connection) -> None:
    tx.execute(update(rows).where(rows.c.number == 5).values(hash=b"x" * 32))


def remove_one(tx: Connection) -> None:
    tx.execute(delete(rows).where(rows.c.number == 5))


def remove_one_and_close_the_gap(tx: Connection) -> None:
    tx.execute(delete(rows).where(rows.c.number == 5))
    for number in range(6, N + 1):
        tx.execute(update(rows).where(rows.c.number == number).values(number=number - 1))


def swap(tx: Connection) -> None:
    five, six = copy_of(tx, 5), copy_of(tx, 6)
    for number, other in ((5, six), (6, five)):
        contents = {key: other[key] for key in ("at", "actor", "fact", "order_id", "payload", "previous", "hash")}
        tx.execute(update(rows).where(rows.c.number == number).values(**contents))


def remove_the_first(tx: Connection) -> None:
    tx.execute(delete(rows).where(rows.c.number == 1))


def repeat_at_the_end(tx: Connection) -> None:
    tx.execute(insert(rows), [{**copy_of(tx, 5), "number": N + 1}])


def forge_at_the_end(tx: Connection) -> None:
    last = copy_of(tx, N)
    tx.execute(insert(rows), [{**last, "number": N + 1, "previous": last["hash"], "payload": "{}"}])


def move_between_fields(tx: Connection) -> None:
    """The same letters, cut elsewhere: the encoding must not let fields run into each other."""
    tx.execute(update(rows).where(rows.c.number == 5).values(actor="actor-2thing", fact=".done"))


TAMPERING: list[tuple[Callable[[Connection], None], str]] = [
    (edit_payload, "row 5 was changed"),
    (edit_actor, "row 5 was changed"),
    (edit_time, "row 5 was changed"),
    (edit_hash, "row 5 was changed"),
    (move_between_fields, "row 5 was changed"),
    (remove_one, "row 5 is missing"),
    (remove_one_and_close_the_gap, "row 5 does not follow row 4"),
    (swap, "row 5 does not follow row 4"),
    (remove_the_first, "row 1 is missing"),
    (repeat_at_the_end, f"row {N + 1} does not follow row {N}"),
    (forge_at_the_end, f"row {N + 1} was changed"),
]


async def test_a_sound_chain_is_sound(any_books: Books) -> None:
    assert await any_books.read(verify) == Verification(entries=0, tip=audit.GENESIS.hex(), sound=True)
    await any_books.write(chain)
    await any_books.write(lambda tx: anchored(tx, tip_as_anchor(tx, "telegram:7")))
    await any_books.write(chain, 3)
    checked = await any_books.read(verify)
    assert (checked.entries, checked.sound, checked.problem, checked.anchors) == (N + 3, True, "", 1)
    assert checked.last_anchor is not None
    assert (checked.last_anchor.number, checked.last_anchor.place) == (N, "telegram:7")


@pytest.mark.parametrize(("tamper", "problem"), TAMPERING, ids=[tamper.__name__ for tamper, _ in TAMPERING])
async def test_tampering_is_found_and_named(
    any_books: Books, tamper: Callable[[Connection], None], problem: str
) -> None:
    await any_books.write(chain)
    await any_books.write(tamper)
    checked = await any_books.read(verify)
    assert not checked.sound
    assert checked.problem.startswith(problem)


async def test_a_tail_cut_before_the_last_anchor_is_found(any_books: Books) -> None:
    await any_books.write(chain)
    witness = await any_books.read(tip_as_anchor)

    def cut(tx: Connection) -> None:
        tx.execute(delete(rows).where(rows.c.number > N - 2))

    await any_books.write(cut)
    assert (await any_books.read(verify)).sound  # a chain alone can't know
    checked = await any_books.read(verify, (witness,))
    assert (checked.sound, checked.entries) == (False, N - 2)
    assert checked.problem == f"rows after {N - 2} are gone: file was told of row {N}"


async def test_a_tail_cut_and_written_anew_is_found(any_books: Books) -> None:
    """By somebody who holds the key: only the place outside knows better."""
    await any_books.write(chain)
    witness = await any_books.read(tip_as_anchor)
    await any_books.write(lambda tx: tx.execute(delete(rows).where(rows.c.number > N - 2)) and None)
    await any_books.write(chain, 5)
    assert (await any_books.read(verify)).sound
    checked = await any_books.read(verify, (witness,))
    assert checked.problem == f"row {N} differs from the anchor told to file"


async def test_everything_gone_is_found(any_books: Books) -> None:
    await any_books.write(chain)
    witness = await any_books.read(tip_as_anchor)
    await any_books.write(lambda tx: tx.execute(delete(rows)) and None)
    assert (await any_books.read(verify, (witness,))).problem == f"rows after 0 are gone: file was told of row {N}"


async def test_another_key_fits_nothing(books: SqliteBooks) -> None:
    await books.write(chain)
    other = SqliteBooks(books.path, audit_key=b"another key")
    await other.open()
    assert (await other.read(verify)).problem == "row 1 was changed"
    await other.close()


def under_another_key(tx: Connection) -> tuple[bool, bool]:
    """Whether this key fits, and whether another one would."""
    ours, tx.info[KEY_OF] = tx.info[KEY_OF], b"another key, 32 bytes long ....."
    try:
        other = audit.key_fits(tx)
    finally:
        tx.info[KEY_OF] = ours
    return audit.key_fits(tx), other


@pytest.mark.parametrize("fingerprint", [False, True])
async def test_another_key_is_told_from_an_altered_row(any_books: Books, fingerprint: bool) -> None:
    assert await any_books.read(under_another_key) == (True, True), "books without a fact belong to any key"
    if fingerprint:
        await any_books.write(audit.adopt_key)
        await any_books.write(audit.adopt_key)
        assert await any_books.read(under_another_key) == (True, False), "and to one as soon as it was used"
    await any_books.write(chain)
    assert await any_books.read(under_another_key) == (True, False)
    await any_books.write(edit_payload)
    assert await any_books.read(audit.key_fits)
    assert not (await any_books.read(verify)).sound


async def test_a_fact_taken_back_leaves_no_gap(any_books: Books) -> None:
    def fails(tx: Connection) -> None:
        record(tx, 1, "a", "thing.done")
        record(tx, 1, "a", "thing.done")
        raise ValueError("no")

    await any_books.write(chain, 2)
    with pytest.raises(ValueError, match="no"):
        await any_books.write(fails)
    assert await any_books.write(lambda tx: record(tx, 2, "a", "thing.done")) == 3
    assert (await any_books.read(verify)).sound


async def test_two_sets_of_books_write_one_chain(books: SqliteBooks) -> None:
    """What one process remembers of the tip must not outlive its transaction."""
    other = SqliteBooks(books.path, audit_key=AUDIT_KEY)
    await other.open()
    for n in range(6):
        await (books, other)[n % 2].write(lambda tx: record(tx, 1, "a", "thing.done"))
    assert (await other.read(verify)).entries == 6
    assert (await other.read(verify)).sound
    await other.close()


async def test_facts_are_found_by_kind_order_actor_and_place(any_books: Books) -> None:
    await any_books.write(chain)
    await any_books.write(lambda tx: record(tx, 9, "board", "person.paired", order_id="order-1", name="Ada"))

    def numbers(tx: Connection, **filters: object) -> list[int]:
        return [entry.number for entry in audit.entries(tx, **filters)]  # type: ignore[arg-type]

    assert await any_books.read(numbers, limit=3) == [N - 1, N, N + 1]
    assert await any_books.read(numbers, fact="person") == [N + 1]
    assert await any_books.read(numbers, order_id="order-1") == [1, 5, 9, N + 1]
    assert await any_books.read(numbers, actor="actor-0", limit=2) == [9, 12]
    assert await any_books.read(numbers, after=0, limit=2) == [1, 2]
    assert await any_books.read(numbers, after=4, limit=2) == [5, 6]
    assert await any_books.read(numbers, fact="%") == []
    entry = (await any_books.read(lambda tx: audit.entries(tx, limit=1)))[0]
    assert (entry.actor, entry.fact, entry.payload) == ("board", "person.paired", {"name": "Ada"})


async def test_telling_the_same_tip_twice_is_one_anchor(any_books: Books) -> None:
    await any_books.write(chain)
    for _ in range(2):
        await any_books.write(lambda tx: anchored(tx, tip_as_anchor(tx)))
    assert len(await any_books.read(lambda tx: tx.execute(select(anchors)).all())) == 1


async def test_a_long_chain_is_walked_page_by_page(books: SqliteBooks) -> None:
    await books.write(chain, audit.PAGE + 5)
    assert (await books.read(verify)).entries == audit.PAGE + 5
    edit = update(rows).where(rows.c.number == audit.PAGE + 1).values(actor="x")
    await books.write(lambda tx: tx.execute(edit) and None)
    assert (await books.read(verify)).problem == f"row {audit.PAGE + 1} was changed"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
clean_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@settings(max_examples=40, deadline=None)
@given(
    facts=st.lists(st.tuples(st.integers(0, 2**45), clean_text, clean_text, json_values), min_size=2, max_size=8),
    data=st.data(),
)
def test_any_single_change_to_any_row_is_found(facts: list[tuple[int, str, str, object]], data: st.DataObject) -> None:
    column = data.draw(st.sampled_from(["at", "actor", "fact", "order_id", "payload", "previous", "hash", "number"]))
    victim = data.draw(st.integers(1, len(facts)))
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'x.db'}")
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA synchronous=OFF"))
        with engine.begin() as tx:
            tx.info[KEY_OF] = AUDIT_KEY
            metadata.create_all(tx, tables=[rows, anchors])
            for at, actor, fact, payload in facts:
                record(tx, at, actor, fact, order_id=actor, value=payload)
            witness = tip_as_anchor(tx)
            assert verify(tx, (witness,)).sound
            old = copy_of(tx, victim)[column]
            new = {
                "at": lambda: old + 1,
                "number": lambda: old + 1000,
                "previous": lambda: bytes(old[:-1]) + bytes([old[-1] ^ 1]),
                "hash": lambda: bytes(old[:-1]) + bytes([old[-1] ^ 1]),
            }.get(column, lambda: f"{old} ")()  # type: ignore[operator, index]
            tx.execute(update(rows).where(rows.c.number == victim).values(**{column: new}))
            assert not verify(tx, (witness,)).sound
        engine.dispose()
