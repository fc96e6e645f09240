"""PowerPoint (.pptx) to blocks: titles, text, tables, the speaker's notes. The one door to python-pptx."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from knowledge.converting.building import Building
from knowledge.converting.missing import needs
from knowledge.converting.records import BlockKind, Format, Limits, OnStep, Step, Unreadable

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_TEXT = (f"{_A}t", f"{_A}br", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_DIAGRAM = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"
DEEPEST = 20
"""Groups of shapes inside one another."""


def read_slides(data: bytes, limits: Limits, tell: OnStep) -> tuple[str, Building, int]:
    """Title, blocks and the number of slides; places are slides. Raises `Unreadable` when there are too many."""
    with needs(Format.SLIDES):
        import pptx
    presentation = pptx.Presentation(BytesIO(data))
    total = len(presentation.slides)
    if total > limits.pages:
        raise Unreadable(f"it has {total:,} slides; the limit is {limits.pages:,} (knowledge.max_pages)")
    building = Building()
    for number, slide in enumerate(presentation.slides, 1):
        _slide(slide, number, building)
        tell(Step(done=number, total=total))
    return presentation.core_properties.title or "", building, total


def _slide(slide: Any, number: int, building: Building) -> None:
    title = slide.shapes.title
    building.heading(title.text_frame.text if title is not None else f"Slide {number}", 1, number)
    for shape in _in_reading_order(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if getattr(shape, "has_table", False):
            rows = [[cell.text_frame.text for cell in row.cells] for row in shape.table.rows]
            building.table(rows, number, headless=not shape.table.first_row)
        elif getattr(shape, "has_chart", False):
            _chart(shape.chart, number, building)
        elif shape.has_text_frame:
            kind = BlockKind.ITEM if shape.is_placeholder else BlockKind.PARAGRAPH
            _paragraphs(shape._element, number, building, kind)
    for choice in slide._element.iter(f"{_MC}Choice"):  # shapes with formulas or ink; python-pptx passes them over
        _paragraphs(choice, number, building, BlockKind.PARAGRAPH)
    for diagram in (rel.target_part for rel in slide.part.rels.values() if rel.reltype == _DIAGRAM):
        from pptx.oxml import parse_xml  # the library's own parser: no entities, no network

        _paragraphs(parse_xml(diagram.blob), number, building, BlockKind.ITEM)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text
        building.text(f"Notes: {notes}" if notes.strip() else "", number)


def _paragraphs(element: Any, number: int, building: Building, kind: BlockKind) -> None:
    """The paragraphs below an element, line breaks kept."""
    for paragraph in element.iter(f"{_A}p"):
        text = "".join("\n" if node.tag == f"{_A}br" else node.text or "" for node in paragraph.iter(*_TEXT)).strip()
        building.text(f"- {text}" if kind is BlockKind.ITEM and text else text, number, kind)


def _in_reading_order(shapes: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    """Top to bottom, then left to right, groups opened: the order of drawing says nothing about that of reading."""
    for shape in sorted(shapes, key=lambda one: (one.top or 0, one.left or 0)):
        if hasattr(shape, "shapes"):
            if depth < DEEPEST:
                yield from _in_reading_order(shape.shapes, depth + 1)
        else:
            yield shape


def _chart(chart: Any, number: int, building: Building) -> None:
    """The numbers behind a chart, as a table."""
    for plot in chart.plots:
        head = ["", *(series.name or "" for series in plot.series)]
        columns = [list(series.values) for series in plot.series]
        rows = [
            [str(category), *("" if value is None else f"{value:g}" for value in values)]
            for category, *values in zip(plot.categories, *columns, strict=False)
        ]
        if columns:
            building.table([head, *rows], number)
