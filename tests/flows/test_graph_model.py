"""A model reads relations in the background, where the settings name one; what a passage does not say is not taken."""

from __future__ import annotations

import json

import pytest

from knowledge.graph.model_reader import relations_in
from knowledge.library import LocalLibrary
from tests.flows.company import Lab

SENTENCE = "Zeta, for want of anything better, sits atop Omega."
SAID = json.dumps(
    {
        "relations": [
            {"subject": "Zeta", "predicate": "sits atop", "object": "Omega", "sentence": SENTENCE},
            {"subject": "Zeta", "predicate": "owns", "object": "Sigma", "sentence": "Zeta owns Sigma."},
            {"subject": "Zeta", "predicate": "hates", "object": "Sigma", "sentence": SENTENCE},
        ]
    }
)
ONE_DATABASE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
HAIKU = "anthropic/claude-haiku-5-5"


def library_of(lab: Lab) -> LocalLibrary:
    return next(one for one in lab.company.departments if isinstance(one, LocalLibrary))


@ONE_DATABASE
@pytest.mark.settings(NEXUS_KNOWLEDGE__GRAPH_MODEL=HAIKU)
async def test_a_model_reads_each_passage_once_metered_and_only_what_it_says(lab: Lab):
    lab.anthropic.reply_when(".", SAID)
    library = library_of(lab)
    await library.keep("zeta.txt", SENTENCE.encode())
    await library.read_relations()
    await library.read_relations()
    found = await library.graph.around("Zeta", person_id="")
    assert [(one.predicate, one.object, one.quote) for one in found.links if one.read_by] == [
        ("sits atop", "Omega", SENTENCE)
    ]
    assert {one.read_by for one in found.links if one.read_by} == {HAIKU}
    (row,) = await lab.ledger()
    assert (row.employee, row.person_id, row.state) == ("library", "company", "charged")
    assert row.charged_micro > 0
    await library.remove("zeta.txt", person_id="")
    assert (await library.graph.around("Zeta", person_id="")).links == ()


@ONE_DATABASE
async def test_without_a_model_none_is_asked(lab: Lab):
    library = library_of(lab)
    await library.keep("zeta.txt", SENTENCE.encode())
    await library.read_relations()
    assert lab.anthropic.calls == []


@ONE_DATABASE
@pytest.mark.settings(NEXUS_KNOWLEDGE__GRAPH_MODEL=HAIKU, NEXUS_BUDGET__DAY="0.000001")
async def test_without_money_it_waits_and_says_so(lab: Lab):
    library = library_of(lab)
    await library.keep("zeta.txt", SENTENCE.encode())
    await library.read_relations()
    assert lab.anthropic.calls == []
    assert "no relations are read by the model" in (await library.check()).detail


@pytest.mark.parametrize("said", ["", "no", "[]", "{}", '{"relations": 3}', '{"relations": [3, {"subject": "Zeta"}]}'])
def test_nonsense_of_a_model_is_nothing(said: str):
    assert relations_in(said, SENTENCE) in ((), [])
