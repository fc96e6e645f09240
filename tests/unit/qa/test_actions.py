"""Layer 8: "I saved it" needs a receipt; a letter, a joke, a condition and a negation claim nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from company.records import Kind, Outcome, Tier
from company.tool_uses import ToolUse
from qa.inspector import judged, outcome_of
from tests.unit.qa.making import case


def used(tool: str, state: str = "done", *, genuine: bool = True) -> ToolUse:
    return ToolUse(tool=tool, arguments="{}", state=state, genuine=genuine)


def actions(  # the codes of this layer alone
    text: str, *uses: ToolUse, request: str = "Please save, send or set it", kind: Kind = Kind.CHAT, language: str = ""
) -> list[str]:
    looked_at = replace(case(text, request=request, kind=kind, language=language), tool_uses=uses)
    return [finding.code for finding in judged(looked_at) if finding.layer == "actions"]


CLAIMED = [
    "I've saved the note.",
    "I have just added the meeting to your calendar.",
    "I created a new file for you.",
    "I sent Anna the list.",
    "I've e-mailed it to Tom.",
    "I have scheduled the meeting for nine.",
    "I've set a reminder for Friday.",
    "I booked a table for two.",
    "I ran your tests and they pass.",
    "I've tested this with Python 3.12.",
    "I have deleted the old files.",
    "I've updated the settings of your account.",
    "I searched the web for it.",
    "I've paid the invoice.",
    "Done! Your reminder is set for Friday.",
    "Ich habe die Notiz gespeichert.",
    "Die Liste habe ich dir geschickt.",
    "Ich habe den Termin für Montag eingetragen.",
    "Ich habe das Skript ausgeführt.",
    "J'ai enregistré la note.",
    "Je lui ai envoyé le message.",
    "J'ai bien réservé la table.",
    "He guardado el archivo.",
    "Te he enviado el informe.",
    "He programado la alarma.",
    "Я сохранила заметку.",
    "Я уже отправил письмо.",
    "Я поставил напоминание на завтра.",
    "我已经保存了笔记。",
    "我已把邮件发送给他了。",
    "我已设置好提醒。",
    "Ho salvato la nota.",
    "Enviei o e-mail.",
]
NOT_CLAIMED = [
    "I can save the note if you give me a tool for it.",
    "I haven't saved anything.",
    "I did not send the mail.",
    "Once I have sent it, you'll see it in the outbox.",
    "If I've saved the file, the star disappears.",
    "He said: “I sent the money yesterday.”",
    "> I've sent you the invoice.",
    "`I've saved the file` is what the program prints.",
    "I saved the best for last: the view.",
    "I've changed two words in your sentence.",
    "I've removed the second comma.",
    "I ran the numbers: it is worth it.",
    "I've recorded the key points below.",
    "I have moved the meetings to the top of the list below.",
    "J'ai bien noté que vous préférez le matin.",
    "Ich habe notiert, dass es eilt.",
    "I've put the steps in order below.",
    "You have saved the file when the dot is gone.",
    "The letter was sent by Columbus in 1493.",
    "The file is saved as soon as you press Enter.",
    "Ich habe die Notiz nicht gespeichert.",
    "Ich kann keine Mails verschicken.",
    "Je n'ai pas enregistré la note.",
    "No he guardado nada.",
    "Я не отправил письмо.",
    "我还没有发送邮件。",
]


@pytest.mark.parametrize("text", CLAIMED)
def test_a_claim_without_a_receipt(text: str) -> None:
    assert set(actions(text)) == {"claim-without-receipt"}
    assert set(actions(text, used("search_documents"), used("calculate"))) == {"claim-without-receipt"}


@pytest.mark.parametrize("text", CLAIMED)
def test_a_tool_that_is_not_known_here_may_have_done_it(text: str) -> None:
    assert actions(text, used("zapier_hook_17")) == []


@pytest.mark.parametrize("text", NOT_CLAIMED)
def test_no_claim(text: str) -> None:
    assert actions(text) == []


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("I've saved the note.", "save_note"),
        ("I sent Anna the list.", "send_mail"),
        ("I've set a reminder for Friday.", "set_reminder"),
        ("I ran your tests and they pass.", "run_command"),
        ("I have deleted the old files.", "delete_file"),
        ("I searched the web for it.", "web_search"),
        ("I've updated the settings of your account.", "change_settings"),
        ("Ich habe die Notiz gespeichert.", "save_note"),
        ("我已经保存了笔记。", "save_note"),
    ],
)
def test_a_receipt_that_fits(text: str, tool: str) -> None:
    assert actions(text, used(tool)) == []
    for state in ("failed", "started", "unknown"):
        assert actions(text, used(tool, state)) == ["claim-without-receipt"]
    assert actions(text, used(tool, genuine=False)) == ["claim-without-receipt"]


def test_each_deed_needs_its_own_receipt() -> None:
    text = "I've saved the note. I've also sent it to Anna."
    assert actions(text, used("save_note")) == ["claim-without-receipt"]
    assert actions(text, used("save_note"), used("send_mail")) == []


@pytest.mark.parametrize("kind", [Kind.WRITING, Kind.TRANSLATION, Kind.EXTRACTION])
def test_words_that_somebody_else_says(kind: Kind) -> None:
    assert actions("Dear Tom, I sent you the invoice last week.", kind=kind) == []


@pytest.mark.parametrize(
    "request_",
    ["Draft a mail to Tom", "Tell me a joke", "Shorten this mail", "Schreib eine Antwort an Tom", "帮我写一封信"],
)
def test_words_that_were_asked_for(request_: str) -> None:
    assert actions("Dear Tom, I sent you the invoice last week.", request=request_) == []


def test_reports_count_only_where_something_was_to_be_done() -> None:
    text = "The e-mail to Tom has been sent."
    assert actions(text, request="Send Tom the mail") == ["claim-without-receipt"]
    assert actions(text, request="What does status 250 mean?") == []


@pytest.mark.parametrize(
    ("request_", "text", "found"),
    [
        ("Please archive the invoices", "All of the invoices have been moved to the archive.", True),
        ("Restart the server", "The server has been restarted.", True),
        ("Restart the server", "The server has been restarted by your provider.", False),
        ("Restart the server", "Once the server has been restarted, log in again.", False),
        ("What happened in 1912?", "All of the boats have been moved to the museum.", False),
        ("Fix it", "I fixed it and ran pytest.", True),
    ],
)
def test_reports_on_what_was_ordered(request_: str, text: str, found: bool) -> None:
    assert bool(actions(text, request=request_)) is found


def test_the_clerk_quotes_documents() -> None:
    looked_at = replace(case("I sent the letter on 3 May.", tier=Tier.CLERK), tool_uses=())
    assert judged(looked_at) == []


def test_nobody_knows_is_unverified() -> None:
    looked_at = case("I've saved the note.", request="Save it")
    findings = judged(looked_at)
    assert [finding.code for finding in findings] == ["claim-unchecked"]
    assert outcome_of(findings) is Outcome.UNVERIFIED
