"""Layers 4 and 5: syntax of code blocks; sources that exist and say what is claimed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from company.records import Citation, Kind, Passage
from qa.case import of_text
from qa.inspector import judged
from qa.layers import code
from qa.layers.citations import alike
from qa.layers.figures import numbers
from qa.specs import CodeRules, FormatRules, Spec
from tests.unit.qa.making import case, codes, found


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("python", "def f(:\n    return 1"),
        ("python", "print('a"),
        ("py", "for i in range(3)\n    print(i)"),
        ("python", "x = (1, 2\ny = 3"),
        ("python", ">>> x = = 1"),
        ("json", '{"a": 1,}'),
        ("json", '{"a": 1'),
        ("toml", "[project\nname = 1"),
        ("xml", "<a><b></a>"),
        ("javascript", "function f() { return [1, 2; }"),
        ("js", "const a = { b: 1 };\n}"),
        ("ts", "if (a { b(); }"),
        ("java", "class A { void b() { c(); }"),
        ("go", "func main() { fmt.Println(1 }"),
        ("rust", "fn main() { println!(1; }"),
        ("c", "int main(void) { return 0;"),
    ],
)
def test_broken_code(language: str, body: str) -> None:
    text = f"Here:\n\n```{language}\n{body}\n```"
    finding = found(case(text, kind=Kind.CODE), "syntax")
    assert language in finding.message
    assert "line" in finding.message


@pytest.mark.parametrize(
    ("language", "body"),
    [
        ("python", "def f(x): ..."),
        ("python", "def f(x):\n    # only a comment"),
        ("python", "    return x"),
        ("python", "else:\n    y = 2"),
        ("python", "except ValueError:\n    pass"),
        ("python", "$ pip install httpx\nimport httpx"),
        ("python", "%timeit f(1)"),
        ("python", ">>> 1 + 1\n2\n>>> if 1:\n...     2\n2"),
        ("python", "await client.get(url)"),
        ("python", 'PATTERN = "\\d+\\."'),
        ("python", "match x:\n    case [a, *_]:\n        pass"),
        ("python", "Traceback (most recent call last):\n  File x"),
        ("json", '{"a": ...}'),
        ("json", '{\n  // why\n  "a": 1\n}'),
        ("json", '{"a": 1}\n{"a": 2}'),
        ("toml", "[a]\nb = 1"),
        ("xml", "<a/>\n<b/>"),
        ("xml", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'),
        ("js", "const s = ')'; // }\nconst r = /[(]/;\nconst t = `(${a})`;"),
        ("jsx", "const a = <p>It's (here</p>;"),
        ("java", "char c = '{';"),
        ("rust", "fn f<'a>(x: &'a str) -> &'a str { x }"),
        ("go", "s := `{`"),
        ("c", "if (x) {\n  ...\n"),
        ("text", "((("),
        ("", "((("),
        ("sql", "select (1"),
    ],
)
def test_fair_snippets(language: str, body: str) -> None:
    assert codes(case(f"```{language}\n{body}\n```", kind=Kind.CODE)) == []


def test_the_line_is_that_of_the_answer() -> None:
    assert "line 5 " in found(case("One\n\n```json\n{\n  x: 1\n}\n```"), "syntax").message


def test_python_2_is_left_alone_when_asked_for() -> None:
    text = '```python\nprint "hi"\n```'
    assert codes(case(text, request="What does this Python 2 code do?")) == []
    assert codes(case(text, request="What does this code do?")) == ["syntax"]


@pytest.mark.parametrize(
    "source", ["(" * 100_000, "-" * 100_000 + "1", "[" * 50_000 + "]" * 50_000, "a\x00b", "f'" + "{" * 500]
)
def test_hostile_source_does_no_harm(source: str) -> None:
    assert code.python_fault(source) is not None


@given(st.text(max_size=300))
def test_no_text_breaks_the_parsers(body: str) -> None:
    for language in ("python", "json", "toml", "xml", "js", "rust", "c"):
        assert "layer-broken" not in codes(case(f"```{language}\n{body}\n```", kind=Kind.CODE))


def _spec(**rules: object) -> Spec:
    return Spec(name="code", format=FormatRules(type="text"), code_execution=CodeRules.model_validate(rules))


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("x = 1", {"enabled": True}, []),
        ("x = = 1", {"enabled": True}, ["syntax"]),
        ("x = = 1", {"enabled": False}, []),
        ("x = = 1", {"enabled": True, "language": "text"}, []),
        ('{"a": }', {"enabled": True, "language": "json"}, ["syntax"]),
        ("x = 1", {"enabled": True, "execute_in_sandbox": True}, ["sandbox-missing"]),
        ("x = = 1", {"enabled": True, "execute_in_sandbox": True}, ["syntax"]),
    ],
)
def test_code_rules(text: str, rules: dict[str, object], expected: list[str]) -> None:
    assert [finding.code for finding in judged(of_text(text, _spec(**rules)))] == expected


PRICES = Passage(
    id="p1",
    document="prices.md",
    place="Delivery",
    text="Delivery costs **1,234.50 €** from 3 May 2024 on. Two people — never one – bring it: “to the door”.",
)
HOURS = Passage(id="p2", document="hours.md", place="line 4", text="Открыто с 9 до 18, кроме 2024-12-24.")


def _cite(marker: int, passage: Passage, quotation: str) -> Citation:
    return Citation(
        marker=marker, passage_id=passage.id, document=passage.document, place=passage.place, quote=quotation
    )


ONE = _cite(1, PRICES, "Delivery costs 1,234.50 €")
TWO = _cite(2, HOURS, "с 9 до 18")


def _cited(text: str, *citations: Citation, kind: Kind = Kind.DOCUMENTS, request: str = "") -> list[str]:
    passages = (PRICES, HOURS)
    return codes(case(text, citations=citations, passages=passages, kind=kind, language="", request=request))


@pytest.mark.parametrize(
    "text",
    [
        "Delivery costs 1,234.50 € [1].",
        "Delivery costs €1234.50. [1]",
        "Die Lieferung kostet 1.234,50 € [1].",
        "La livraison coûte 1 234,50 € [1].",
        "From 03 May 2024 on, 2 people bring it [1].",
        "1. Delivery: 1234.5 euros [1]\n2. Open from 9 to 18 [2]",
        "It costs 1,234.50 € and is open until 18 [1][2].",
        "It costs 1,234.50 € and is open until 18 [1, 2].",
        "Closed on 24 December 2024 [2].",
        "送货费为1234.50欧元[1]。",
    ],
)
def test_figures_that_are_in_the_source(text: str) -> None:
    assert _cited(text, ONE, TWO) == []


@pytest.mark.parametrize(
    "text",
    [
        "Delivery costs 1,243.50 € [1].",
        "Delivery costs 12,34 € [1].",
        "From 4 May 2024 on [1].",
        "From 3 May 2025 on [1].",
        "Open from 9 to 19 [2].",
        "Delivery costs 1,234.50 € [2].",
        "送货费为1243欧元[1]。",
    ],
)
def test_figures_that_are_not(text: str) -> None:
    assert _cited(text, ONE, TWO) == ["figure-wrong"]


def test_a_figure_of_the_question_may_be_repeated() -> None:
    assert (
        _cited("For your 77 parcels delivery costs 1,234.50 € each [1].", ONE, request="What about 77 parcels?") == []
    )


@pytest.mark.parametrize(
    ("quotation", "expected"),
    [
        ("Delivery costs 1,234.50 €", []),
        ("delivery  costs\n**1,234.50** €", []),
        ('Two people - never one - bring it: "to the door"', []),
        ("Delivery costs … from 3 May 2024", []),
        ("Delivery costs [...] to the door", []),
        ("to the door ... Delivery costs", ["quote-wrong"]),
        ("Delivery is free", ["quote-wrong"]),
        ("...", ["quote-wrong"]),
        ("", ["quote-missing"]),
        (" \n", ["quote-missing"]),
    ],
)
def test_quotations(quotation: str, expected: list[str]) -> None:
    assert _cited("Delivery costs 1,234.50 € [1].", _cite(1, PRICES, quotation)) == expected


@pytest.mark.parametrize(
    ("text", "citations", "kind", "expected"),
    [
        ("It is so [1], and so [3].", (ONE,), Kind.DOCUMENTS, ["citation-unknown"]),
        ("It is so [3].", (), Kind.DOCUMENTS, ["citation-unknown"]),
        ("It is so [3].", (), Kind.CHAT, []),
        (
            "Look at `a[3]`, [a link](https://example.com) and [3](https://example.com/3) [1].",
            (ONE,),
            Kind.DOCUMENTS,
            [],
        ),
        ("Delivery costs 1,234.50 €.", (ONE,), Kind.DOCUMENTS, ["citation-unmarked"]),
        (
            "Delivery is quite expensive and two people bring the parcel to your door, as the price list says.",
            (),
            Kind.DOCUMENTS,
            ["citation-missing"],
        ),
        ("I found nothing about delivery in your documents; only the opening hours are there.", (), Kind.DOCUMENTS, []),
        ("Which delivery do you mean?", (), Kind.DOCUMENTS, []),
        (
            "It is gone [1].",
            (_cite(1, Passage(id="zz", document="x.md", place="", text=""), "x"),),
            Kind.CHAT,
            ["citation-gone"],
        ),
    ],
)
def test_markers(text: str, citations: tuple[Citation, ...], kind: Kind, expected: list[str]) -> None:
    assert _cited(text, *citations, kind=kind) == expected


def test_spellings_of_numbers() -> None:
    assert numbers("1,234,567 and 1.234.567 and 1 234 567 and 1'234'567") == {"1234567"}
    assert numbers("2024-05-03") == {"2024", "5", "3"}
    assert "1.5" in numbers("1,50") & numbers("1.5")
    assert "3" in numbers("drei")
    assert alike("«A» — b\u00ad…") == '"a" - b...'


TERMS = Passage(
    id="t",
    document="terms.md",
    place="line 1",
    text="Payable within 30 days of 14 October 2026: 3 pallets at 45 euros, and 2 months of storage.",
)


def _of_the_terms(text: str) -> list[str]:
    citation = Citation(
        marker=1, passage_id="t", document="terms.md", place="line 1", quote="Payable within 30 days of 14 October 2026"
    )
    return codes(
        case(text, citations=(citation,), passages=(TERMS,), kind=Kind.DOCUMENTS, request="What are the terms?")
    )


@pytest.mark.parametrize(
    "text",
    [
        "Payable within 30 days of 14 October 2026, so by 13 November 2026 [1].",
        "That is 3 × 45 = 135 euros [1].",
        "Storage ends on 14 December 2026, two months after 14 October 2026 [1].",
        "Three pallets, 30 days, 2 months [1].",
    ],
)
def test_what_follows_from_the_passage_may_be_said(text: str) -> None:
    assert _of_the_terms(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Payable within 14 days of 14 October 2026 [1].",
        "Payable within 30 days, so by 20 November 2026 [1].",
        "That is 4 × 45 = 180 euros [1].",
        "Storage is for 3 months [1].",
    ],
)
def test_what_does_not_follow_may_not(text: str) -> None:
    assert _of_the_terms(text) != []
