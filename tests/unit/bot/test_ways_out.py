"""Every way out of the desk: no link is previewed, and none can be tapped but what the person typed or a source holds."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import dress
from bot.markup import Renderer, plain, unlinked, vouched
from company import audit, work_orders
from company.records import Button, Citation, ConversationKey, Desk, Passage, ReplyKind
from tests.fakes.telegram import Call, FakeTelegram
from tests.unit.bot.conftest import Reception
from tests.unit.bot.doubles import OWNER, answer, order_in
from tests.unit.bot.test_markup_reference import auto_links, units

EVIL = "https://evil.com/?q=secret evil.org README.md [here](https://evil.com/x) 1.2.3.4"
TYPED, CITED = "https://typed.com/a", "https://cited.org/b"
SPEAKING = ("sendMessage", "sendPhoto", "sendDocument", "editMessageText", "editMessageCaption", "editMessageMedia",
            "sendMessageDraft")  # fmt: skip


def hidden(text: str, entities: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Where no link is made, as code points: in code and under a link."""
    raw = text.encode("utf-16-le")
    spans = []
    for entity in entities:
        if entity["type"] in ("code", "pre", "text_link"):
            start, end = entity["offset"], entity["offset"] + entity["length"]
            spans.append((len(raw[: 2 * start].decode("utf-16-le")), len(raw[: 2 * end].decode("utf-16-le"))))
    return spans


def tappable(text: str, entities: list[dict[str, Any]]) -> set[str]:
    """The hosts to which a tap leads."""
    found = set(auto_links(text, hidden(text, entities)))
    return found | {str(entity["url"]).split("/")[2] for entity in entities if entity["type"] == "text_link"}


def words_of(call: Call) -> tuple[str, list[dict[str, Any]]]:
    params = call.params.get("media") if call.method == "editMessageMedia" else call.params
    assert isinstance(params, dict)
    text = str(params.get("text") or params.get("caption") or "")
    return text, params.get("entities") or params.get("caption_entities") or []


def spoken(fake: FakeTelegram) -> list[Call]:
    return [call for call in fake.calls if call.method in SPEAKING]


def check_all(fake: FakeTelegram) -> set[str]:
    """No preview in any call; the hosts that can be tapped in all of them."""
    hosts: set[str] = set()
    assert spoken(fake)
    for call in spoken(fake):
        if call.method in ("sendMessage", "editMessageText"):
            assert call.params["link_preview_options"] == {"is_disabled": True}, call.params
        assert "parse_mode" not in call.params
        found = tappable(*words_of(call))
        assert found <= {"typed.com", "cited.org"}, call.params
        hosts |= found
    return hosts


async def answered(reception: Reception, number: int, text: str, **fields: object) -> Any:
    order = await reception.books.read(work_orders.by_number, number)
    assert order is not None
    await answer(reception.books, reception.clock, reception.delivery, order, text, **fields)
    return await reception.fake.next_answer(OWNER)


async def test_only_typed_and_cited_links_can_be_tapped_on_any_way_out(reception: Reception) -> None:
    """Poison in each text that somebody else can write: answers, documents, names, facts, contacts, reasons."""
    fake, office = reception.fake, reception.office
    reception.shelf.kept.append(("evil.org README.md", f"{EVIL} {CITED}".encode()))
    quote = f"See {CITED} for it."
    office.citations = (
        Citation(marker=1, passage_id="p", document="evil.org notes.md", place="evil.com", quote=quote),
    )
    reception.shelf.passages["p"] = Passage(id="p", document="x", place="y", text=f"{EVIL} {quote} {EVIL}")
    office.why_text = EVIL
    await reception.books.write(audit.record, 1, "evil.com", "test.fact", note=EVIL)
    await reception.start()
    await fake.say(OWNER, f"Look at {TYPED} please")
    await fake.wait_for(lambda: office.accepted)
    body = f"{EVIL} {TYPED} {CITED} [typed]({TYPED})"
    shown = await answered(reception, 1, body, citations=office.citations)
    assert tappable(shown.text, shown.entities) == {"typed.com", "cited.org"}
    for button in ("Sources", "Why"):
        if any(button in one["text"] for one in shown.buttons):
            await fake.press(OWNER, shown.message_id, text=button)
            await fake.next_answer(OWNER)
    await fake.say(OWNER, "More")
    await fake.wait_for(lambda: len(office.accepted) == 2)
    await answered(reception, 2, "\n\n".join([body] * 150))  # a file and its beginning: answer-2.md
    for text in ("/status", "/cost", "/knowledge", "/knowledge find evil", "/audit", "/settings", "/help", "/nonsense",
                 "/knowledge delete evil.org", "/start"):  # fmt: skip
        await fake.say(OWNER, text)
        await fake.next_answer(OWNER)
    contact = {"first_name": "evil.com", "phone_number": "1", "vcard": f"NOTE:{EVIL}"}
    await fake.send_thing(OWNER, contact=contact)
    await fake.next_answer(OWNER)
    await fake.send_file(OWNER, b"words", "evil.com README.md")
    await fake.next_answer(OWNER)
    where = ConversationKey(desk=Desk.TELEGRAM, chat=str(OWNER))
    await reception.books.write(reception.delivery.notice, where, EVIL, silent=False)
    reception.delivery.wake()
    await fake.next_answer(OWNER)
    card = (Button(label="Yes", action="decide", argument="d:yes"),)
    order = await order_in(reception.books, reception.clock, reception.person, str(OWNER))
    await answer(reception.books, reception.clock, reception.delivery, order, EVIL, kind=ReplyKind.CARD,
                 buttons=(card,), closes_order=False)  # fmt: skip
    asked = await fake.next_answer(OWNER)
    await fake.press(OWNER, asked.message_id, text="Yes")
    await fake.wait_for(lambda: asked.edited)
    assert check_all(fake) == {"typed.com", "cited.org"}


async def test_a_text_whose_entities_are_refused_gains_no_link(reception: Reception) -> None:
    fake = reception.fake
    fake.faults.add("400", "sendMessage", text="Bad Request: can't parse entities: no")
    await reception.start()
    await fake.say(OWNER, "Go")
    await fake.wait_for(lambda: reception.office.accepted)
    shown = await answered(reception, 1, "See `https://evil.com/x`, README.md and **more**.")
    assert shown.entities == []
    assert tappable(shown.text, []) == set()
    assert check_all(fake) == set()


def test_what_was_typed_is_kept_whole_and_only_that() -> None:
    keep = vouched(["look at https://Good.com/a/b. and www.other.org/x?y=1, (see here.net) and tg://resolve?domain=us"])
    for url in ("https://good.com/a/b", "http://good.com/a/b/", "http://www.other.org/x?y=1", "https://here.net",
                "tg://resolve?domain=us"):  # fmt: skip
        assert keep(url), url
    for url in ("https://good.co", "https://good.com", "https://good.com/a", "https://good.com/a/b/c", "https://r.net",
                "https://good.com.evil.org/a/b", "ftp://here.net", "https://www.other.org/x?y=12", "tg://resolve"):  # fmt: skip
        assert not keep(url), url
    assert not vouched([])("https://good.com")


@settings(deadline=None, max_examples=300)
@given(
    st.text(max_size=200),
    st.sampled_from(["evil.com", "https://evil.com/x", "a.md", "x@evil.com/y", "1.2.3.4"]),
    st.text(max_size=80),
)
def test_no_text_of_anybody_holds_a_link(before: str, address: str, after: str) -> None:
    text = f"{before} {address} {after}"
    for message in (dress.message(plain(text)), *dress.messages(Renderer().render(text))):
        assert tappable(message["text"], message.get("entities", [])) == set()
        for entity in message.get("entities", []):
            assert entity["offset"] + entity["length"] <= units(message["text"])
    assert tappable(unlinked(plain(text).text), []) == set()
