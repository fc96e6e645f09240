"""Files in the chat: fetched, put on the shelf, answered; albums, words beside them, refusals, floods, a kill."""

from __future__ import annotations

import pytest

from bot import notes, parcels
from bot.parcels import PREFIX
from company import people
from company.asking import Asking
from company.document_records import Whose
from company.records import Origin, Role
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, owner

MEMBER = 502
LEASE = b"The notice period is three months."


async def waiting(reception: Reception) -> int:
    return len(await reception.books.read(notes.beginning_with, PREFIX))


async def test_a_document_goes_on_the_shelf_and_its_words_become_an_order(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.send_file(OWNER, LEASE, "lease.pdf", "application/pdf", caption="What is the notice period?")
    await fake.wait_for(lambda: reception.office.accepted)
    shown = await fake.next_answer(OWNER)
    assert shown.text == "📄 lease.pdf is read (passages: 6). Ask me about it."
    assert reception.shelf.kept == [("lease.pdf", LEASE)]
    request = reception.office.accepted[0]
    assert request.text == "What is the notice period?"
    assert [(block.origin, block.source) for block in request.blocks] == [(Origin.ATTACHED, "lease.pdf")]
    assert await waiting(reception) == 0
    await fake.wait_for(lambda: list(fake.reactions.values()) == [["👌"]])


async def test_the_same_content_is_said_and_a_refusal_has_its_reason(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    for name, wanted in (
        ("lease.pdf", "📄 lease.pdf is read (passages: 6)."),
        ("copy.pdf", "📄 copy.pdf has the same content as lease.pdf, which I have already."),
        ("setup.exe", "setup.exe can't be used: it is a program."),
        ("defect.txt", "defect.txt could not be read: a fault of ours"),
        ("again.pdf", "📄 again.pdf has the same content"),
    ):
        await fake.send_file(OWNER, LEASE, name)
        assert (await fake.next_answer(OWNER)).text.startswith(wanted)
    assert reception.office.accepted == []


async def test_an_album_split_over_two_polls_is_one_answer_and_one_order(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    await fake.send_file(OWNER, b"one", "a.txt", caption="Compare these.", album="9")
    await fake.wait_for(lambda: list(fake.reactions.values()) == [["👀"]])  # the first poll is over
    await fake.send_file(OWNER, b"one two", "b.txt", album="9")
    shown = await fake.next_answer(OWNER)
    assert shown.text.split("\n\n") == [
        "📄 a.txt is read (passages: 1). Ask me about it.",
        "📄 b.txt is read (passages: 2). Ask me about it.",
    ]
    await fake.wait_for(lambda: reception.office.accepted)
    assert [request.text for request in reception.office.accepted] == ["Compare these."]
    assert [block.source for block in reception.office.accepted[0].blocks] == ["a.txt", "b.txt"]


async def test_a_picture_is_kept_under_its_date(reception: Reception) -> None:
    await reception.start()
    await reception.fake.send_file(OWNER, b"jpeg", "x.jpg", "image/jpeg", kind="photo")
    await reception.fake.next_answer(OWNER)
    ((name, data),) = reception.shelf.kept
    assert (name[:6], name[-4:], data) == ("photo-", ".jpg", b"jpeg")


@pytest.mark.parametrize("size", [21 * 1024 * 1024, 65_000_000], ids=["for Telegram", "for us"])
async def test_a_file_that_is_too_big_is_said_with_the_way_out(reception: Reception, size: int) -> None:
    await reception.start()
    await reception.fake.send_file(OWNER, b"x", "film.pdf", size=size)
    shown = await reception.fake.next_answer(OWNER)
    assert "up to 20 MB" in shown.text
    assert "nexus ingest" in shown.text
    assert reception.shelf.kept == []


async def test_what_is_too_big_for_telegram_has_a_page_of_its_own(reception: Reception) -> None:
    await reception.start(upload_link=lambda person_id: f"http://127.0.0.1:8000/upload#{person_id}")
    await reception.fake.send_file(OWNER, b"x", "film.pdf", size=21 * 1024 * 1024)
    link = f"http://127.0.0.1:8000/upload#{reception.person.id}"
    assert link in (await reception.fake.next_answer(OWNER)).text
    await reception.fake.say(OWNER, "/knowledge upload")
    shown = await reception.fake.next_answer(OWNER)
    assert link in shown.text
    assert [entity["type"] for entity in shown.entities] == ["code"], "to be copied, not followed by the app"


async def test_a_member_adds_no_document_to_the_company(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    await reception.start()
    await reception.fake.send_file(MEMBER, LEASE, "lease.pdf")
    shown = await reception.fake.next_answer(MEMBER)
    assert "Only the Board adds files" in shown.text
    assert reception.shelf.kept == []


async def test_a_flood_and_a_lost_answer_only_delay_it(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    fake.faults.add("429", "getFile", retry_after=1)
    await fake.send_file(OWNER, LEASE, "lease.pdf")
    assert (await fake.next_answer(OWNER)).text.startswith("📄 lease.pdf is read")
    assert fake.impatient == []


async def test_a_file_that_never_comes_does_not_hold_up_the_others(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "MOST_TRIES", 2)
    await reception.start()
    fake = reception.fake
    for _ in range(2):
        fake.faults.add("502", "getFile")
    await fake.send_file(OWNER, b"one", "bad.txt")
    await fake.send_file(OWNER, LEASE, "lease.pdf")
    assert (await fake.next_answer(OWNER)).text == "bad.txt could not be fetched from Telegram. Please send it again."
    assert (await fake.next_answer(OWNER)).text.startswith("📄 lease.pdf is read")


async def test_a_file_survives_a_restart_before_it_was_fetched(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    fake.faults.add("drop_before", "getFile")
    await fake.send_file(OWNER, LEASE, "lease.pdf", caption="And now?")
    await fake.wait_for(lambda: fake.counts["getFile"])
    await reception.kill()
    assert await waiting(reception) == 1
    assert reception.office.accepted == []
    await reception.start()
    assert (await fake.next_answer(OWNER)).text.startswith("📄 lease.pdf is read")
    await fake.wait_for(lambda: reception.office.accepted)
    assert len(reception.shelf.kept) == 1


async def test_the_documents_are_listed_searched_and_deleted(reception: Reception) -> None:
    await owner(reception.books, reception.clock, user=MEMBER, role=Role.MEMBER)
    await reception.start()
    fake = reception.fake
    reception.shelf.kept.append(("lease_2026.pdf", LEASE))
    for user, text, wanted in (
        (OWNER, "/knowledge", "lease_2026.pdf · passages: 6"),
        (OWNER, "my documents", "Documents: 1"),
        (MEMBER, "/knowledge find notice period", "[1] lease_2026.pdf, page 1\n\nThe notice period is three months."),
        (OWNER, "/knowledge garden", "Nothing in the documents fits “garden”."),
        (MEMBER, "/knowledge delete lease_2026.pdf", "You may not do that here"),
        (OWNER, "/knowledge delete other.pdf", "There is no document other.pdf."),
        (OWNER, "/knowledge delete lease_2026.pdf", "lease_2026.pdf is deleted"),
        (OWNER, "/knowledge", "There are no documents yet."),
    ):
        await fake.say(user, text)
        assert wanted in (await fake.next_answer(user)).text, text


async def test_a_document_is_its_senders_and_that_is_said(reception: Reception) -> None:
    await reception.start()
    fake = reception.fake
    reception.shelf.whose = Whose.PERSON
    await fake.send_file(OWNER, LEASE, "lease.pdf")
    assert (await fake.next_answer(OWNER)).text.splitlines()[1] == (
        "🔒 Only you are answered from it; /knowledge share lease.pdf gives it to everybody."
    )
    await fake.say(OWNER, "/knowledge share lease.pdf")
    assert (await fake.next_answer(OWNER)).text == "Everybody is answered from lease.pdf now."
    board = await reception.books.read(people.board)
    assert board is not None
    assert reception.shelf.readers == [board.id]
    assert reception.shelf.shared == [("lease.pdf", board.id)]


async def test_a_document_of_a_group_is_the_groups(reception: Reception) -> None:
    await reception.start()
    await reception.desk.until_known()
    fake, group = reception.fake, -1_001_234_567_890
    fake.add_group(group, "Family", OWNER)
    reception.shelf.whose = Whose.GROUP
    await fake.send_file(OWNER, LEASE, "lease.pdf", caption="@nexus_test_bot what is the notice period?", chat_id=group)
    await fake.wait_for(lambda: fake.sent(group))
    assert "🔒 Only this group is answered from it" in fake.sent(group)[0].text
    assert [Asking.parse(one).group for one in reception.shelf.readers] == [f"group:telegram:{group}"]
