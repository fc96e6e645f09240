"""The sections of an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from company.outlines import MOST, outline_of

HEADINGS = """# Moving to Lyon

Some words first.

## 1. Costs
About 2,400 euros.

```
## not a heading
```

## 2. Schools
Two near by.
### Details
More.

## B) Transport
The tram.
"""


def test_the_highest_level_that_has_two_headings() -> None:
    sections = outline_of(HEADINGS)
    assert [(one.number, one.mark, one.title) for one in sections] == [
        (1, "1", "Costs"), (2, "2", "Schools"), (3, "B", "Transport"),
    ]  # fmt: skip
    assert sections[1].text == "## 2. Schools\nTwo near by.\n### Details\nMore."


def test_bold_lines_items_and_bullets() -> None:
    assert [one.title for one in outline_of("**Pros**\nfast\n\n**Cons:**\ndear")] == ["Pros", "Cons"]
    listed = outline_of("Three ways:\n1. **Rent**: flexible\n2. Buy - a long tie\n   - really\n3. Lease. It ends.")
    assert [(one.mark, one.title) for one in listed] == [("1", "Rent"), ("2", "Buy"), ("3", "Lease")]
    assert [one.mark for one in outline_of("A) one thing\nB) another")] == ["A", "B"]
    assert [one.title for one in outline_of("- red [1]\n- `blue`: cold")] == ["red", "blue"]


def test_plain_prose_has_none() -> None:
    assert outline_of("One sentence. Another one.\n\nA second paragraph.") == ()
    assert outline_of("# One heading\nand text") == ()
    assert outline_of("") == ()


@given(st.text(alphabet="#*-1A.) \nab`[]:", max_size=300))
def test_whatever_is_written_sections_count_up_and_are_pieces_of_the_answer(answer: str) -> None:
    sections = outline_of(answer)
    assert len(sections) <= MOST
    assert [one.number for one in sections] == list(range(1, len(sections) + 1))
    whole = "\n".join(answer.splitlines())
    assert all(one.text in whole for one in sections)
