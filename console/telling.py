"""Shows one order as it is worked on: where it stands, the answer as it comes, the receipt. Nothing is shown twice."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.status import Status
from rich.text import Text

from company.records import ProgressStage, Reply, ReplyKind
from console import views
from console.protocol import News, Said

Stage = ProgressStage
TITLES = {"ceo": "CEO"}


class Telling:
    """How an order is told on a screen.

    Args:
        answers: where answers go.
        notes: where everything else goes: stages, receipts, notices.
        markdown: dresses an answer that was not streamed; None shows it as it is.
    """

    def __init__(
        self, answers: Console, notes: Console, markdown: Callable[[str], RenderableType] | None = None
    ) -> None:
        self._answers = answers
        self._notes = notes
        self._markdown = markdown
        self._streamed = ""
        self._open_line = False  # the cursor stands behind streamed text
        self._spinner: Status | None = None

    def news(self, news: News) -> None:
        """Where the work stands, or the next piece of the answer."""
        if news.stage is Stage.TEXT:
            self._stream(views.plain(news.text))
        elif news.stage in (Stage.RETRYING, Stage.ESCALATED):
            who = _title(news.employee)
            does = f"the {who} tries again" if news.stage is Stage.RETRYING else f"the {who} takes over"
            why = views.one_line(news.text).rstrip(".")
            self._note(f"QA: {why}; {does}." if why else f"{does[:1].upper()}{does[1:]}.", "yellow")
        elif news.stage is Stage.FALLBACK:
            self._note(views.one_line(news.text) or f"{_title(news.employee)}: another model answers", "yellow")
        elif news.stage is Stage.WAITING:
            self._stand("waits")  # a notice or a card says for what
        else:
            self._stand(_stand(news))

    def said(self, said: Said) -> None:
        """The reply with everything under it."""
        self._still()
        reply = said.reply
        streamed, self._streamed = self._streamed.strip(), ""
        text = views.plain(reply.text)
        if reply.kind in (ReplyKind.NOTICE, ReplyKind.STOPPED, ReplyKind.REFUSED, ReplyKind.FAILED):
            self._end_line()
            style = "yellow" if reply.kind in (ReplyKind.NOTICE, ReplyKind.STOPPED) else "red"
            self._remark(Text(text, style=style))
        elif streamed and streamed == text.strip():
            self._end_line()
        else:
            if self._open_line:
                self._end_line()
                self._remark(Text("What was inspected, and stands:", style="dim"))
            self._print(text)
        self._under(reply)

    def taken(self, number: int) -> None:
        """The question is order `number` now."""
        self._streamed = ""
        self._stand(f"#{number} taken")

    def pause(self) -> None:
        """Nothing moves on the screen from here on."""
        self._still()
        self._end_line()

    def _under(self, reply: Reply) -> None:
        if reply.citations:
            self._notes.print(views.citations(reply.citations))
        if reply.receipt is not None:
            self._remark(views.receipt(reply.receipt))

    def _print(self, text: str) -> None:
        if self._markdown is not None:
            self._answers.print(self._markdown(text))
        else:
            self._answers.out(text, highlight=False)

    def _stream(self, piece: str) -> None:
        self._still()
        if not self._streamed:
            piece = piece.lstrip()
        if piece:
            self._streamed += piece
            self._open_line = True
            self._answers.out(piece, end="", highlight=False)

    def _end_line(self) -> None:
        if self._open_line:
            self._answers.out("", highlight=False)
            self._open_line = False

    def _note(self, words: str, style: str) -> None:
        self._still()
        self._end_line()
        self._streamed = ""
        self._remark(Text(words, style=style))

    def _remark(self, words: Text) -> None:
        """On a terminal it is wrapped to fit; in a file a line stays a line."""
        self._notes.print(words, soft_wrap=not self._notes.is_terminal)

    def _stand(self, words: str) -> None:
        """A line that moves on a terminal; on anything else it would be noise."""
        if not self._notes.is_terminal:
            return
        self._end_line()
        if self._spinner is None:
            self._spinner = self._notes.status(Text(words, style="dim"), spinner="dots")
            self._spinner.start()
        else:
            self._spinner.update(Text(words, style="dim"))

    def _still(self) -> None:
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None


def _title(employee: str) -> str:
    words = views.one_line(employee)
    return TITLES.get(words.lower(), words[:1].upper() + words[1:]) or "next employee"


def _stand(news: News) -> str:
    who, detail = _title(news.employee), views.one_line(news.text)
    words = {
        Stage.ROUTED: f"{detail} → {who}",
        Stage.WORKING: f"{who} works" + (f" · {detail}" if detail else ""),
        Stage.TOOL: f"{who} uses {detail}" if detail else f"{who} uses a tool",
        Stage.INSPECTING: "QA inspects",
    }.get(news.stage, detail)
    return f"#{news.number} {words}"
