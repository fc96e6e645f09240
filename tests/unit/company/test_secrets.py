"""company/secrets.py: where secrets come from, and that their values show nowhere."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.errors import SecretError
from company.secrets import HIDDEN, Secret, Secrets

TOKEN = "1234567890:AAtest-token_with/odd+chars=0123456789"


def secrets(folder: Path, **environment: str) -> Secrets:
    return Secrets(folder / "secrets", environment)


def keep(folder: Path, name: str, value: str, mode: int = 0o600) -> Path:
    (folder / "secrets").mkdir(exist_ok=True)
    path = folder / "secrets" / name
    path.write_text(value, encoding="utf-8")
    path.chmod(mode)
    return path


def test_credential_then_file_then_environment(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "audit_key").write_text("from-systemd\n")
    keep(tmp_path, "audit_key", "from-file\n")
    everywhere = {"CREDENTIALS_DIRECTORY": str(tmp_path / "credentials"), "AUDIT_KEY": "from-environment"}
    found = secrets(tmp_path, **everywhere).need("audit_key", "The audit")
    assert (found.reveal(), found.source) == ("from-systemd", "systemd credential")
    found = secrets(tmp_path, AUDIT_KEY="from-environment").need("audit_key", "The audit")
    assert found.reveal() == "from-file"
    (tmp_path / "secrets" / "audit_key").unlink()
    found = secrets(tmp_path, AUDIT_KEY="from-environment").need("audit_key", "The audit")
    assert (found.reveal(), found.source) == ("from-environment", "environment variable AUDIT_KEY")


def test_a_secret_that_is_nowhere(tmp_path: Path) -> None:
    assert secrets(tmp_path).get("telegram_bot_token") is None
    assert secrets(tmp_path, TELEGRAM_BOT_TOKEN="  ").get("telegram_bot_token") is None
    with pytest.raises(
        SecretError, match=r"The Telegram desk needs the secret telegram_bot_token: run `\./nexus init`"
    ):
        secrets(tmp_path).need("telegram_bot_token", "The Telegram desk")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = keep(tmp_path, "audit_key", TOKEN, mode)
    with pytest.raises(SecretError, match=f"run: chmod 600 {path}") as caught:
        secrets(tmp_path).get("audit_key")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("value", ["", "changeme", "CHANGEME", "your-token-here", "null", "two words", "two\nlines"])
def test_placeholders_and_blanks_are_refused(tmp_path: Path, value: str) -> None:
    keep(tmp_path, "audit_key", value)
    with pytest.raises(SecretError, match="holds a placeholder or blanks") as caught:
        secrets(tmp_path).get("audit_key")
    assert caught.value.exit_code == 3


def test_a_file_of_bytes_is_refused(tmp_path: Path) -> None:
    path = keep(tmp_path, "audit_key", "")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SecretError, match="is no text"):
        secrets(tmp_path).get("audit_key")


def test_storing_makes_a_private_file_in_a_private_folder(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept = secrets(tmp_path)
        path = kept.store("anthropic_api_key", TOKEN)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["anthropic_api_key"]
    assert kept.redact(f"key={TOKEN}") == f"key={HIDDEN}"
    assert secrets(tmp_path).need("anthropic_api_key", "Claude").reveal() == TOKEN


def test_storing_again_replaces_and_both_values_stay_hidden(tmp_path: Path) -> None:
    kept = secrets(tmp_path)
    kept.store("audit_key", "first-value-123")
    kept.store("audit_key", "second-value-456")
    assert kept.need("audit_key", "x").reveal() == "second-value-456"
    assert kept.redact("first-value-123 second-value-456") == f"{HIDDEN} {HIDDEN}"


@pytest.mark.parametrize("name", ["../outside", "a/b", "", "UPPER", ".hidden"])
def test_a_name_can_t_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(SecretError, match="is no name of a secret"):
        secrets(tmp_path).get(name)
    with pytest.raises(SecretError, match="is no name of a secret"):
        secrets(tmp_path).store(name, "value-123456")


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(TOKEN, "test")
    shown = [str(secret), repr(secret), f"{secret}", f"{secret:>40}", f"{[secret]}", f"{secret!r}"]
    assert all(TOKEN not in text and HIDDEN in text for text in shown)
    assert len(secret) == len(TOKEN)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_every_shape_of_a_value_is_redacted(tmp_path: Path) -> None:
    kept = secrets(tmp_path, TELEGRAM_BOT_TOKEN=TOKEN)
    kept.get("telegram_bot_token")
    raw = TOKEN.encode()
    shapes = [
        TOKEN,
        f"https://api.telegram.org/bot{TOKEN}/sendMessage",
        quote(TOKEN, safe=""),
        quote(TOKEN),
        quote_plus(TOKEN),
        base64.b64encode(raw).decode(),
        base64.urlsafe_b64encode(raw).decode(),
        raw.hex(),
        raw.hex().upper(),
        json.dumps({"token": TOKEN}),
        repr(TOKEN),
    ]
    for shape in shapes:
        hidden = kept.redact(f"before {shape} after")
        assert HIDDEN in hidden, shape
        assert hidden.startswith("before ")
        assert hidden.endswith(" after")
        for part in (TOKEN, quote(TOKEN, safe=""), raw.hex(), "AAtest-token"):
            assert part not in hidden, shape


def test_a_password_inside_a_database_url_is_redacted_alone_too(tmp_path: Path) -> None:
    kept = secrets(tmp_path, DATABASE_URL="postgresql://nexus:hunter%2F22x@db.example/nexus")
    kept.get("database_url")
    assert kept.redact("password authentication failed: hunter%2F22x") == f"password authentication failed: {HIDDEN}"
    assert kept.redact("decoded: hunter/22x") == f"decoded: {HIDDEN}"
    assert kept.redact("host db.example user nexus") == "host db.example user nexus"


def test_text_without_secrets_is_left_alone(tmp_path: Path) -> None:
    kept = secrets(tmp_path, AUDIT_KEY="abcdefgh12345")
    kept.get("audit_key")
    assert kept.redact("Nothing to hide, abcdefg.") == "Nothing to hide, abcdefg."


@given(
    value=st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=8, max_size=60),
    around=st.text(max_size=20),
)
def test_no_value_survives_redaction(value: str, around: str) -> None:
    if any(c.isspace() for c in value) or value.strip() != value or value in HIDDEN:
        return
    kept = Secrets(Path("/nowhere"), {"AUDIT_KEY": value})
    try:
        kept.get("audit_key")
    except SecretError:
        return
    assert value not in kept.redact(f"{around}{value}{around}").replace(HIDDEN, "")
