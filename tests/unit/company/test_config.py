"""company/config.py: three sources, one answer; every mistake is one sentence that says how to mend it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from company.config import Settings, load_settings, model_ref
from company.errors import ConfigError
from company.records import Tier

BOT_TOKEN = "1234567890:" + "A" * 35
SECRETS = [
    f'note = "{BOT_TOKEN}"',
    'key = "sk-ant-api03-' + "b" * 40 + '"',
    'url = "postgresql://nexus:hunter22@db/nexus"',
    'key = "-----BEGIN RSA PRIVATE KEY-----"',
    "# anthropic: sk-ant-api03-" + "c" * 40,
    'key = "AKIA' + "D" * 16 + '"',
]


def load(folder: Path, base: str = "", mine: str = "", **environment: str) -> Settings:
    if base:
        (folder / "config.toml").write_text(base, encoding="utf-8")
    if mine:
        (folder / "config.local.toml").write_text(mine, encoding="utf-8")
    return load_settings(folder, environment)


def complaint(folder: Path, base: str = "", mine: str = "", **environment: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, base, mine, **environment)
    sentence = str(caught.value)
    assert caught.value.exit_code == 2
    assert "\n" not in sentence
    return sentence


def test_without_any_source_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("base", "mine", "environment", "expected"),
    [
        ("", "", {}, 8000),
        ("8001", "", {}, 8001),
        ("", "8002", {}, 8002),
        ("8001", "8002", {}, 8002),
        ("", "", {"NEXUS_WEB__PORT": "8003"}, 8003),
        ("8001", "", {"NEXUS_WEB__PORT": "8003"}, 8003),
        ("8001", "8002", {"NEXUS_WEB__PORT": "8003"}, 8003),
    ],
)
def test_precedence(tmp_path: Path, base: str, mine: str, environment: dict[str, str], expected: int) -> None:
    files = [f"[web]\nport = {port}" if port else "" for port in (base, mine)]
    assert load(tmp_path, *files, **environment).web.port == expected


def test_sources_are_merged_key_by_key(tmp_path: Path) -> None:
    settings = load(
        tmp_path, '[web]\nport = 8001\nhost = "127.0.0.2"', "[web]\nenabled = false", NEXUS_WEB__PORT="8003"
    )
    assert (settings.web.port, settings.web.host, settings.web.enabled) == (8003, "127.0.0.2", False)


@pytest.mark.parametrize(
    ("variable", "value", "read", "expected"),
    [
        ("NEXUS_TELEGRAM__BASE_URL", "http://127.0.0.1:81/", lambda s: s.telegram.base_url, "http://127.0.0.1:81"),
        ("NEXUS_BUDGET__PER_ORDER", "0.10", lambda s: s.budget.per_order, Decimal("0.10")),
        ("NEXUS_WEB__ENABLED", "false", lambda s: s.web.enabled, False),
        ("NEXUS_OLLAMA__ENABLED", "true", lambda s: s.ollama.enabled, True),
        ("NEXUS_KNOWLEDGE__FOLDERS", '["a", "b"]', lambda s: s.knowledge.folders, (Path("a"), Path("b"))),
        ("NEXUS_EMPLOYEES__CEO__TIMEOUT_S", "5", lambda s: s.employees["ceo"].timeout_s, 5),
        ("NEXUS_PROVIDERS__GROQ__BASE_URL", "https://g.example", lambda s: s.providers["groq"].base_url, "https://g.example"),
        ("OLLAMA_BASE_URL", "http://box:11434", lambda s: s.ollama.base_url, "http://box:11434"),
        ("SQLITE_DB_PATH", "/tmp/x.db", lambda s: s.database.sqlite_path, Path("/tmp/x.db")),
    ],
)  # fmt: skip
def test_the_environment_reaches_every_depth(tmp_path, variable, value, read, expected) -> None:  # type: ignore[no-untyped-def]
    assert read(load(tmp_path, **{variable: value})) == expected


def test_our_own_name_wins_over_an_alias(tmp_path: Path) -> None:
    settings = load(tmp_path, OLLAMA_BASE_URL="http://old:1", NEXUS_OLLAMA__BASE_URL="http://new:1")
    assert settings.ollama.base_url == "http://new:1"


def test_other_programs_variables_are_not_ours(tmp_path: Path) -> None:
    assert load(tmp_path, NEXUS_TEST_POSTGRES="x", NEXUSPORT="1", TELEGRAM__BASE_URL="x") == Settings()


def test_changing_one_employee_or_adding_one_price_keeps_the_others(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        mine='[employees.intern]\nmodel = "openai/gpt-x"\n[prices."openai/gpt-x"]\ninput = 1\noutput = 2.5\n'
        '[employees.poet]\ntitle = "Poet"\ntier = "director"\nmodel = "ollama/gemma"',
    )
    assert set(settings.employees) == {"clerk", "intern", "director", "ceo", "poet"}
    assert settings.employees["intern"].model == "openai/gpt-x"
    assert settings.employees["intern"].tools == Settings().employees["intern"].tools
    assert settings.employees["poet"].tier is Tier.DIRECTOR
    assert settings.prices["openai/gpt-x"].output == Decimal("2.5")
    assert set(Settings().prices) < set(settings.prices)


@pytest.mark.parametrize(
    ("mine", "sentence"),
    [
        ("[telegram]\nbase_ulr = 'x'", "config.local.toml: there is no setting 'telegram.base_ulr'; did you mean 'base_url'?"),
        ("[telegarm]\nbase_url = 'x'", "config.local.toml: there is no setting 'telegarm'; did you mean 'telegram'?"),
        ("[employees.ceo]\nmodle = 'x/y'", "config.local.toml: there is no setting 'employees.ceo.modle'; did you mean 'model'?"),
        ("zzz = 1", "config.local.toml: there is no setting 'zzz'; remove it; docs/reference/config.md lists every setting."),
        ("[web]\nport = 99999", "config.local.toml: 'web.port' is 99999, but input should be less than or equal to 65535."),
        ("[employees.ceo]\ntimeout_s = 901", "config.local.toml: 'employees.ceo.timeout_s' is 901, but input should be less than or equal to 900."),
        ("[web]\nport = 'x'", "config.local.toml: 'web.port' is 'x', but input should be a valid integer, unable to parse string as an integer."),
        ("[company]\ntimezone = 'Mars/Olympus'", "config.local.toml: 'company.timezone' is 'Mars/Olympus', but 'Mars/Olympus' is no IANA time zone; write one like 'Europe/Paris' or 'UTC'."),
        ("[company]\nlanguage = 'tlh'", "config.local.toml: 'company.language' is 'tlh', but input should be 'en', 'fr', 'de', 'es', 'ru' or 'zh'."),
        ("[anthropic]\nbase_url = 'api.anthropic.com'", "config.local.toml: 'anthropic.base_url' is 'api.anthropic.com', but it must begin with http:// or https:// and name a host."),
        ("[web]\nhost = '0.0.0.0'", "config.local.toml: 'web.host' is '0.0.0.0', but only this machine may see the page until it has a login; write '127.0.0.1'."),
        ("[employees.poet]\ntier = 'ceo'", "config.local.toml: 'employees.poet.title' is missing; add it (docs/reference/config.md says what it is)."),
        ("[employees.ceo]\nmodel = 'opus'", "'opus' is no model: write provider/model, for example anthropic/claude-haiku-5-5."),
        ("[admin]\nmodel = 'qwen'", "'qwen' is no model: write provider/model, for example anthropic/claude-haiku-5-5."),
        ("[budget]\nday = -1", "config.local.toml: 'budget.day' is -1, but input should be greater than or equal to 0."),
        ("[budget]\nday = inf", "config.local.toml: 'budget.day' is inf, but input should be a finite number."),
        ("[heartbeat]\ninterval_s = inf", "config.local.toml: 'heartbeat.interval_s' is inf, but input should be a finite number."),
        ("employees = 3", "config.local.toml: 'employees' is 3, but input should be a valid dictionary."),
        ("web = 3", "config.local.toml: 'web' is 3, but input should be a valid dictionary or instance of WebSettings."),
    ],
)  # fmt: skip
def test_mistakes_in_a_file_are_explained(tmp_path: Path, mine: str, sentence: str) -> None:
    assert complaint(tmp_path, mine=mine) == sentence


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("NEXUS_WEB__PROT", "1", "the environment: there is no setting 'web.prot'; did you mean 'port'?"),
        ("NEXUS_WEB__PORT", "http", "the environment: 'web.port' is 'http', but input should be a valid integer, unable to parse string as an integer."),
        ("NEXUS_WEB_PORT", "1", "the environment: NEXUS_WEB_PORT sets nothing; write NEXUS_WEB__PORT (two underscores)."),
        ("NEXUS_KNOWLEDGE__FOLDERS", "[a,", "the environment: 'knowledge.folders' is '[a,', but input should be a valid tuple."),
    ],
)  # fmt: skip
def test_mistakes_in_the_environment_are_explained(tmp_path: Path, variable: str, value: str, sentence: str) -> None:
    assert complaint(tmp_path, **{variable: value}) == sentence


def test_the_source_that_set_the_wrong_value_is_named(tmp_path: Path) -> None:
    assert complaint(tmp_path, "[web]\nport = 'x'", "[web]\nenabled = true").startswith("config.toml: 'web.port'")
    assert complaint(tmp_path, "[web]\nport = 80", "[web]\nport = 'x'").startswith("config.local.toml: 'web.port'")


def test_a_variable_inside_another_is_refused(tmp_path: Path) -> None:
    sentence = complaint(tmp_path, NEXUS_WEB__PORT="80", NEXUS_WEB__PORT__INNER="1")
    assert sentence == (
        "the environment: NEXUS_WEB__PORT__INNER lies inside a variable that already has a value; remove one."
    )


@pytest.mark.parametrize("line", SECRETS)
@pytest.mark.parametrize("name", ["config.toml", "config.local.toml"])
def test_a_secret_in_a_settings_file_refuses_to_start_and_is_not_repeated(tmp_path: Path, name: str, line: str) -> None:
    sentence = complaint(tmp_path, **{"base" if name == "config.toml" else "mine": f"[company]\n{line}"})
    assert sentence.startswith(f"{name} line 2 holds something that looks like a secret")
    for value in (BOT_TOKEN, "sk-ant", "hunter22", "PRIVATE KEY", "AKIA"):
        assert value not in sentence


@pytest.mark.parametrize("key", ["bot_token", "token", "api_key", "password", "telegram_bot_token"])
def test_a_secret_s_name_in_a_settings_file_is_sent_to_its_place(tmp_path: Path, key: str) -> None:
    sentence = complaint(tmp_path, mine=f"[telegram]\n{key} = 'short'")
    assert sentence.startswith(f"config.local.toml: 'telegram.{key}' is no setting but a secret; take it out")


def test_a_secret_s_value_in_the_wrong_variable_is_not_repeated(tmp_path: Path) -> None:
    sentence = complaint(tmp_path, NEXUS_WEB__PORT=BOT_TOKEN)
    assert BOT_TOKEN not in sentence
    assert "'web.port' is something that looks like a secret" in sentence


def test_broken_toml_and_unreadable_files_are_one_sentence(tmp_path: Path) -> None:
    assert complaint(tmp_path, "[web\nport = 1").startswith("config.toml is not valid TOML: ")
    (tmp_path / "config.toml").write_bytes(b"\xff\xfe\x00")
    assert "config.toml can't be read" in complaint(tmp_path)
    (tmp_path / "config.toml").unlink()
    (tmp_path / "config.toml").mkdir()
    assert "config.toml can't be read" in complaint(tmp_path)


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = load(tmp_path)
    with pytest.raises(ValidationError, match="frozen"):
        settings.web.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("text", ["", "opus", "/opus", "anthropic/"])
def test_a_model_needs_both_sides(text: str) -> None:
    with pytest.raises(ConfigError, match="is no model"):
        model_ref(text)


def test_a_model_s_name_may_hold_slashes_and_colons() -> None:
    ref = model_ref("openrouter/qwen/qwen3:8b")
    assert (ref.provider, ref.model) == ("openrouter", "qwen/qwen3:8b")
