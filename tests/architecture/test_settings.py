"""config.toml and docs/reference/config.md are what the typed settings say."""

from __future__ import annotations

import importlib.util
import tomllib
from types import ModuleType

import pytest

from company.config import Settings, load_settings
from company.config_section import Section
from tests.architecture.source import ROOT


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("config_reference", ROOT / "scripts" / "config_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["config.toml", "docs/reference/config.md"])
def test_the_written_pages_are_up_to_date(generator: ModuleType, page: str) -> None:
    assert (ROOT / page).read_text(encoding="utf-8") == generator.PAGES[page](), "run `make docs`"


def test_the_example_loads_and_equals_the_defaults() -> None:
    loaded = load_settings(ROOT, {}) if not (ROOT / "config.local.toml").exists() else None
    tables = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    assert Settings.model_validate(tables) == Settings()
    assert loaded in (None, Settings())


def test_the_example_and_the_reference_name_every_setting() -> None:
    example = (ROOT / "config.toml").read_text(encoding="utf-8")
    reference = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    checked = 0
    for name, value in Settings():
        sections = [value] if isinstance(value, Section) else list(value.values())
        assert f"[{name}" in example, name
        assert f"## [{name}" in reference, name
        for key in (key for section in sections for key in type(section).model_fields):
            assert f"\n{key} = " in example or f"\n# {key} = " in example, f"{name}.{key}"
            assert f"| `{key}` |" in reference, f"{name}.{key}"
            checked += 1
    assert checked > 60


def test_every_setting_has_a_text() -> None:
    def silent(section: type[Section], at: str) -> list[str]:
        return [f"{at}.{key}" for key, field in section.model_fields.items() if not field.description]

    sections = {name: type(value) for name, value in Settings() if isinstance(value, Section)}
    assert [gap for name, section in sections.items() for gap in silent(section, name)] == []
    assert all(section.__doc__ for section in sections.values())


def test_the_base_url_of_every_outside_service_is_a_setting() -> None:
    settings = Settings()
    for service in (settings.telegram, settings.anthropic, settings.ollama, settings.openai):
        assert service.base_url.startswith("http")
    assert "base_url" in type(settings).model_fields["providers"].annotation.__args__[1].model_fields  # type: ignore[union-attr]
