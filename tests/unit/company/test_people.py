"""company/people.py: the matrix of rights, codes that work once, sessions that can be ended."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from company import audit, people
from company.books import Books, SqliteBooks
from company.people import RIGHTS, Action, may
from company.records import Desk, Person, Role
from company.schema import pairing_codes

DAY = 24 * 3_600_000
EXPECTED = {
    Role.OBSERVER: {Action.SEE_STATUS},
    Role.MEMBER: {
        Action.SEE_STATUS, Action.ORDER, Action.SEE_OWN_COST, Action.STOP_OWN, Action.ESCALATE, Action.RATE,
    },
    Role.BOARD: {
        Action.SEE_STATUS, Action.ORDER, Action.SEE_OWN_COST, Action.STOP_OWN, Action.ESCALATE, Action.RATE,
        Action.SEE_ALL_COST, Action.SEE_AUDIT, Action.STOP_ANY, Action.SPEND, Action.MANAGE_PEOPLE,
        Action.KEEP_DOCUMENTS, Action.APPROVE, Action.CHANGE_SPECS,
    },
}  # fmt: skip
"""Written out a second time, on purpose: a right that somebody adds must be added here too."""


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_the_matrix_of_rights_is_complete_and_as_agreed(role: Role, action: Action) -> None:
    assert role in RIGHTS
    assert may(Person(id="p", name="P", role=role), action) == (action in EXPECTED[role])


def test_whoever_is_not_in_the_matrix_may_nothing() -> None:
    stranger = Person(id="p", name="P", role="guest")  # type: ignore[arg-type]
    assert not any(may(stranger, action) for action in Action)


async def test_a_code_works_once_for_a_day(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        code = people.issue_code(tx, 0, Role.MEMBER, by="ada")
        assert code not in str(tx.execute(select(pairing_codes)).all())
        assert people.redeem(tx, 1, Desk.TELEGRAM, "7", code[:-1], name="x", language="en") is None
        got = people.redeem(tx, 2, Desk.TELEGRAM, "7", f" {code.lower()} ", name="Bob", language="fr")
        assert got is not None
        assert (got.role, got.name, got.language) == (Role.MEMBER, "Bob", "fr")
        assert people.find(tx, Desk.TELEGRAM, "7") == got
        assert people.redeem(tx, 3, Desk.TELEGRAM, "8", code, name="Eve", language="en") is None
        late = people.issue_code(tx, 0, Role.MEMBER, by="ada")
        assert people.redeem(tx, DAY, Desk.TELEGRAM, "8", late, name="Eve", language="en") is None
        assert people.find(tx, Desk.TELEGRAM, "8") is None
        assert len([e for e in audit.entries(tx, limit=50) if e.fact == "code.refused"]) == 3
        assert code not in str(audit.entries(tx, limit=50))

    await any_books.write(write)


async def test_the_first_board_code_claims_the_owner_of_the_console(books: SqliteBooks) -> None:
    def write(tx: Connection) -> None:
        owner = people.add(tx, 0, name="you", role=Role.BOARD, language="en", by="nexus")
        people.identify(tx, 0, owner, Desk.CONSOLE, "you")
        first, second = (people.issue_code(tx, 0, Role.BOARD, by="nexus") for _ in range(2))
        got = people.redeem(tx, 1, Desk.TELEGRAM, "7", first, name="Ada", language="de")
        assert got is not None
        assert got.id == owner.id
        other = people.redeem(tx, 1, Desk.TELEGRAM, "8", second, name="Bea", language="de")
        assert other is not None
        assert other.id != owner.id
        assert people.count(tx) == 2
        assert people.addresses(tx, Desk.TELEGRAM, role=Role.BOARD) == ("7", "8")

    await books.write(write)


@pytest.mark.parametrize("code_role", Role)
async def test_a_code_never_takes_a_right_away(books: SqliteBooks, code_role: Role) -> None:
    """Else the only Board member could lock the house by trying out a code made for somebody else."""

    def write(tx: Connection) -> None:
        owner = people.add(tx, 0, name="Ada", role=Role.BOARD, language="en", by="nexus")
        people.identify(tx, 0, owner, Desk.TELEGRAM, "7")
        code = people.issue_code(tx, 0, code_role, by=owner.id)
        got = people.redeem(tx, 1, Desk.TELEGRAM, "7", code, name="Ada", language="en")
        assert got is not None
        assert (got.id, got.role) == (owner.id, Role.BOARD)
        assert people.board(tx) is not None

    await books.write(write)


async def test_sessions_are_noted_and_can_be_ended(any_books: Books) -> None:
    def write(tx: Connection) -> None:
        ada = people.add(tx, 0, name="Ada", role=Role.BOARD, language="en", by="nexus")
        assert people.seen(tx, 1, ada, Desk.TELEGRAM, "phone")
        assert people.seen(tx, 5, ada, Desk.TELEGRAM, "phone")
        assert people.seen(tx, 4, ada, Desk.WEB, "laptop")
        phone, laptop = people.session_list(tx)
        assert (phone.device, phone.first_seen_at, phone.last_seen_at) == ("phone", 1, 5)
        assert people.revoke(tx, 6, phone.id, by=ada.id)
        assert not people.revoke(tx, 7, phone.id, by=ada.id)
        assert not people.revoke(tx, 7, "none", by=ada.id)
        assert people.revoked(tx, ada, Desk.TELEGRAM, "phone")
        assert not people.revoked(tx, ada, Desk.WEB, laptop.device)
        assert not people.seen(tx, 8, ada, Desk.TELEGRAM, "phone")

    await any_books.write(write)


async def test_an_id_belongs_to_one_person(books: SqliteBooks) -> None:
    def write(tx: Connection) -> None:
        ada = people.add(tx, 0, name="Ada", role=Role.BOARD, language="en", by="x")
        bob = people.add(tx, 1, name="Bob", role=Role.MEMBER, language="en", by="x")
        people.identify(tx, 1, ada, Desk.TELEGRAM, "7")
        people.identify(tx, 2, bob, Desk.TELEGRAM, "7")
        assert people.find(tx, Desk.TELEGRAM, "7") == bob
        assert people.find(tx, Desk.WEB, "7") is None
        assert people.set_language(tx, 3, bob, "zh").language == "zh"
        assert people.get(tx, bob.id) is not None
        assert [person.name for person in people.everybody(tx)] == ["Ada", "Bob"]

    await books.write(write)
