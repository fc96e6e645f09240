"""The Clerk: the employee without a model. Documents by extraction, the company's own state, sums and small talk.

It never makes a sentence about the world: what it says of documents are their own sentences, each with its [n] and the
exact quote; what it says of the company comes from the `StateReader`; the rest are fixed texts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from company.clock import as_datetime
from company.graph_records import Ties
from company.language.tokens import fold
from company.library_ports import Graph, Library, Memory
from company.memory_records import NoMemory
from company.ports import Report
from company.records import Citation, Deliverable, Job, Kind, Passage, Progress, ProgressStage, Recalls, Tier, WorkOrder
from employees.attached import passages_for
from employees.clerk_extract import Answer, answer, parts
from employees.clerk_past import PAST, told, which
from employees.clerk_sums import compute
from employees.clerk_texts import TALK, TEXTS, Talk, Texts

PASSAGES = 8
"""How many passages are read for one question."""
_LONGEST_QUESTION = 2000  # characters; what is longer is a text, not a question
_OWN_WORDS = frozenset({Kind.CODE, Kind.WRITING, Kind.TRANSLATION, Kind.EXTRACTION})
"""Kinds that ask for a text to be made: the documents are asked only when the order is put as a question."""


class StateReader(Protocol):
    """Who knows the company's own state: cost, orders, who works here."""

    async def describe(self, order: WorkOrder, language: str) -> str:
        """The answer to a question about the company, as Markdown in `language`."""
        ...


class Clerk:
    """Serves on its own when no model is configured, and for what needs none."""

    def __init__(
        self,
        library: Library,
        state: StateReader,
        has_models: Callable[[], bool],
        *,
        name: str = "clerk",
        title: str = "Clerk",
        company: str = "NEXUS",
        graph: Graph | None = None,
        memory: Memory | None = None,
    ) -> None:
        self._library = library
        self._state = state
        self._has_models = has_models
        self._name = name
        self._title = title
        self._company = company
        self._graph = graph
        self._memory = memory or NoMemory()

    async def perform(self, job: Job, report: Report) -> Deliverable:
        """One attempt; asks no model and costs nothing."""
        report(Progress(stage=ProgressStage.WORKING, employee=self._title))
        language = job.assignment.language if job.assignment.language in TEXTS else "en"
        texts = TEXTS[language]
        kind = job.assignment.kind
        meant = job.assignment.points_at
        if meant is not None and not meant.order_id:
            return self._deliver(which(meant, language))
        if meant is not None and not meant.section:
            titles = "\n".join(f"- **S{number}** {title}" for number, title in enumerate(meant.titles, 1))
            return self._deliver(f"{texts.which}\n\n{titles}")
        if job.assignment.recalls is not None:
            return await self._from_memory(job, job.assignment.recalls, language)
        if kind is Kind.SMALLTALK:
            return self._deliver(self._small_talk(job.order.text, texts))
        if kind is Kind.STATE:
            return self._deliver(await self._state.describe(job.order, language))
        if kind is Kind.CALCULATION and (computed := compute(job.order.text, language)) is not None:
            return self._deliver("`{}` = **{}**".format(*computed))
        if kind in _OWN_WORDS and not job.order.text.rstrip().endswith(("?", "？")):
            return self._deliver(self._unable(kind, texts))
        return await self._from_documents(job, texts)

    # -- what was said ------------------------------------------------------------------------------------------------

    async def _from_memory(self, job: Job, asked: Recalls, language: str) -> Deliverable:
        """In its time, else at any other; else from the documents, for what was agreed may stand there."""
        order, several = job.order, job.order.conversation.shared
        if found := await self._memory.answering(asked, reader=order.reader_id):
            return self._deliver(*told(found, asked, language, several=several))
        if asked.about and asked.since is not None:
            whenever = replace(asked, since=None, until=None)
            if found := await self._memory.answering(whenever, reader=order.reader_id):
                return self._deliver(*told(found, asked, language, several=several, then=False))
        if asked.about:
            answered = await self._from_documents(job, TEXTS[language])
            if answered.citations:
                return answered
        return self._deliver(PAST[language].nothing)

    # -- documents ----------------------------------------------------------------------------------------------------

    async def _from_documents(self, job: Job, texts: Texts) -> Deliverable:
        text = job.order.text[:_LONGEST_QUESTION]
        if self._graph is not None and not job.order.attached:
            ties = await self._graph.ties(text, person_id=job.order.reader_id)
            if ties is not None:
                return self._tied(ties)
        questions = parts(text)
        most = 1 if job.findings else 4  # QA found fault with the first draft: keep to the best sentence
        answers: list[Answer] = []
        for question in questions:
            answers.append(await self._answer(question, questions[0], job.order, most))
        if not any(one.extracts for one in answers):
            return self._deliver(self._unable(job.assignment.kind, texts))
        citations: list[Citation] = []
        pieces = []
        for question, found in zip(questions, answers, strict=True):
            said = _written(found, citations, texts)
            pieces.append(f"**{question}**\n\n{said}" if len(questions) > 1 else said)
        return self._deliver("\n\n".join(pieces), tuple(citations))

    def _tied(self, ties: Ties) -> Deliverable:
        """How two things hang together, in the documents' own sentences, each once."""
        citations: list[Citation] = []
        lines: list[str] = []
        for link in ties.links:
            said = f"{' '.join(link.quote.split())} [{_marker(citations, link.passage, link.quote)}]"
            lines += [said] if said not in lines else []
        text = lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
        return self._deliver(text, tuple(citations))

    async def _answer(self, question: str, first: str, order: WorkOrder, most: int) -> Answer:
        """Asked as it is; a part that leans on the first part, or on the text it replies to, is asked with that."""
        meant = order.assignment.points_at if order.assignment is not None else None
        leaning = [first, *((meant.about,) if meant else ()), *(block.text[:300] for block in order.blocks)]
        for asked in (question, *(f"{other} {question}" for other in leaning if other and other != question)):
            passages: tuple[Passage, ...] = await passages_for(self._library, order, asked, PASSAGES)
            if passages:
                found = await asyncio.to_thread(answer, asked, passages, most=most)
                if found.extracts:
                    return found
        return Answer(extracts=())

    # -- fixed texts --------------------------------------------------------------------------------------------------

    def _unable(self, kind: Kind, texts: Texts) -> str:
        """Why there is no answer, and what the person can do about it."""
        if self._has_models():
            return texts.no_documents if kind is Kind.DOCUMENTS and self._library.is_empty() else texts.not_found
        if kind in _OWN_WORDS or kind is Kind.CALCULATION:
            return f"{texts.no_model} {texts.add_model}"
        if self._library.is_empty():
            return f"{texts.no_documents}\n\n{texts.help_without_models} {texts.add_model}"
        if kind is Kind.DOCUMENTS:
            return f"{texts.not_found} {texts.add_model}"
        return f"{texts.not_found} {texts.no_model} {texts.add_model}"

    def _small_talk(self, text: str, texts: Texts) -> str:
        folded = fold(text)
        talk = next((talk for talk, pattern in TALK if pattern.search(folded)), Talk.GREETING)
        if talk is Talk.HELP:
            return self._help(texts)
        if talk is Talk.WHO:
            return f"{texts.who.format(company=self._company)}\n\n{self._help(texts)}"
        said = {Talk.THANKS: texts.thanks, Talk.WELL: texts.well, Talk.BYE: texts.bye, Talk.GREETING: texts.greeting}
        return said[talk]

    def _help(self, texts: Texts) -> str:
        if self._has_models():
            return f"{texts.help_now}\n\n{texts.help_with_models}"
        return f"{texts.help_now}\n\n{texts.help_without_models} {texts.add_model}"

    def _deliver(self, text: str, citations: tuple[Citation, ...] = ()) -> Deliverable:
        return Deliverable(
            text=text, employee=self._name, title=self._title, tier=Tier.CLERK, model="", citations=citations
        )


def _written(found: Answer, citations: list[Citation], texts: Texts) -> str:
    """One answer as Markdown; its citations are numbered on from those already there."""
    lines = []
    for extract in found.extracts:
        marker = _marker(citations, extract.passage, extract.quote)
        lines.append((extract, f"{extract.shown} [{marker}]"))
    if not lines:
        return texts.not_found
    if found.disagree:
        shown = "\n".join(f"- {_document(extract.passage)}{line}" for extract, line in lines)
        return f"{texts.disagree}\n\n{shown}"
    if len(lines) == 1:
        return lines[0][1]
    return "\n".join(f"- {line}" for _, line in lines)


def _document(passage: Passage) -> str:
    """Who says it, and since when it is in: in a line of its own, for the day is no figure of the sentence."""
    day = f", {as_datetime(passage.brought_at):%Y-%m-%d}\n  " if passage.brought_at else ": "
    return f"**{passage.document}**{day}"


def _marker(citations: list[Citation], passage: Passage, quote: str) -> int:
    for known in citations:
        if (known.passage_id, known.quote) == (passage.id, quote):
            return known.marker
    citation = Citation(
        marker=len(citations) + 1, passage_id=passage.id, document=passage.document, place=passage.place, quote=quote,
        owner=passage.owner,
    )  # fmt: skip
    citations.append(citation)
    return citation.marker
