"""Catalogues: nothing missing, nothing different, everything within Telegram's limits."""

from __future__ import annotations

import json
import string

import pytest

from bot.commands import MENU
from bot.markup import Renderer, utf16_len
from bot.status_lines import ProgressStage
from bot.texts import FOLDER, LANGUAGES, Texts, normal
from bot.wording import PERIODS, Wording, plainly
from company.document_records import Document, Shelved
from company.figures import human_size
from company.records import Role

ENGLISH = json.loads((FOLDER / "en.json").read_text(encoding="utf-8"))
PHRASES = json.loads((FOLDER / "phrases.json").read_text(encoding="utf-8"))


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_every_sentence_with_the_same_placeholders(language: str) -> None:
    catalogue = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    assert catalogue.keys() == ENGLISH.keys()
    for key, sentence in catalogue.items():
        assert placeholders(sentence) == placeholders(ENGLISH[key]), key
        assert sentence.strip(), key


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_long_sentence_was_left_in_english(language: str) -> None:
    catalogue = json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    assert [key for key, sentence in catalogue.items() if len(sentence) > 30 and sentence == ENGLISH[key]] == []


def test_the_words_of_closed_sets_are_there() -> None:
    wanted = {f"role_{role.value}" for role in Role} | {f"line_{stage.value}" for stage in ProgressStage}
    wanted |= {f"menu_{name}" for name in MENU} | {f"period_{period}" for period in PERIODS}
    assert wanted <= ENGLISH.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_telegram_shows_of_us_fits(language: str) -> None:
    texts = Texts()
    assert utf16_len(texts.say(language, "profile_short")) <= 120
    assert all(utf16_len(texts.say(language, f"menu_{name}")) <= 256 for name in MENU)
    for key in ("rated", "already_done", "button_gone", "language_set", "sources_none"):
        assert utf16_len(texts.say(language, key)) <= 190


def test_plain_words_name_one_command_in_all_languages() -> None:
    owners: dict[str, str] = {}
    for command, languages in PHRASES.items():
        assert languages.keys() == LANGUAGES.keys(), command
        assert command.split()[0] in MENU
        for spoken in languages.values():
            for phrase in spoken:
                assert owners.setdefault(normal(phrase), command) == command, phrase


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("status", "status"), ("  Status?? ", "status"), ("WAS HAT DAS GEKOSTET?", "cost"), ("стоп!", "stop"),
        ("停止。", "stop"), ("¿Qué puedes hacer?", "help"), ("Audit prüfen", "audit verify"),
        ("stop the war in my story", ""), ("status of the economy", ""), ("", ""), ("the cost of pears", ""),
    ],
)  # fmt: skip
def test_only_whole_phrases_are_commands(text: str, command: str) -> None:
    assert Texts().command(text) == command


def test_values_of_others_are_never_markup() -> None:
    text = "*bold* `code` [link](http://x.y) # head <b> ~~s~~ | t"
    assert Renderer().render(f"x {plainly(text)}").text == f"x {text}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_of_the_documents_is_bold_once_and_says_their_size(language: str) -> None:
    shelf = [Document(name="lease.pdf", state=Shelved.READ, passages=2, size=1_200)]
    first = Wording(Texts()).documents(shelf, language, "knowledge_hand_in").splitlines()[0]
    assert first.count("**") == 2
    assert "2 kB" in first


def test_sizes_are_said_in_units_that_fit() -> None:
    assert [human_size(size) for size in (0, 1, 99_000, 3_210_000, 1_234_000_000)] == [
        "0 kB", "1 kB", "99 kB", "3.2 MB", "1,234 MB",
    ]  # fmt: skip
