"""Layer 5: figures that follow from those of the passage may be said; those that don't may not. Names to their ends."""

from __future__ import annotations

import pytest

from company.records import Citation, Kind, Passage
from tests.unit.qa.making import case, codes

PASSAGE = (
    "The warranty period is 36 months from delivery. Annual service costs 389.00 EUR for 4 visits. The offers were "
    "12,480 EUR (Ames), 11,950 EUR (Birk) and 13,020 EUR (Cole). The renovation was budgeted at EUR 148,730. Of 112 "
    "members 87 voted in favour, 20 against; 5 abstained. A deposit of EUR 2,340.00, equal to two monthly rents, is due. "
    "The contract is between Northgate Electric Ltd and the London office of Ferris & Boyd, for whom Aurélie Castagnet signs."
)


def cited(claim: str, language: str = "en", text: str = PASSAGE) -> list[str]:
    passage = Passage(id="a", document="all.md", place="line 1", text=text)
    quote = Citation(marker=1, passage_id="a", document="all.md", place="line 1", quote=text[:40])
    return codes(
        case(
            f"{claim} [1].",
            kind=Kind.DOCUMENTS,
            language=language,
            citations=(quote,),
            passages=(passage,),
            request="?",
        )
    )


@pytest.mark.parametrize(
    "claim",
    [
        "The warranty is 36 months (3 years)",
        "The service costs 389 euros a year, which is about 32.42 euros a month",
        "389 euros for 4 visits, so 97.25 euros a visit",
        "Birk is cheapest with 11,950 euros, 530 euros below the 12,480 of Ames",
        "It was budgeted at roughly 150,000 euros",
        "It was budgeted at about 149,000 euros",
        "It was budgeted at ~149,000 euros",
        "20 of the 112 members voted against, almost 18 %",
        "87 for and 20 against make 107 votes",
        "The deposit is 2,340 euros, i.e. two rents of 1,170 euros each",
        "Two deposits of 2,340 euros would be 4,680 euros",
        "389.00 euros a year are 1,556 euros in four years",
        "Cole asks 13,020 euros, 9 % more than Birk with 11,950",
    ],
)
def test_what_follows_may_be_said(claim: str) -> None:
    assert cited(claim) == []


@pytest.mark.parametrize(
    "claim",
    [
        "The warranty is 36 months (5 years, 72 months)",
        "The service costs 389 euros a year, which is about 42.32 euros a month",
        "389 euros for 4 visits, so 79.25 euros a visit",
        "Birk is cheapest with 11,950 euros, 350 euros below the 12,480 of Ames",
        "It was budgeted at 149,000 euros",
        "It was budgeted at about 184,000 euros",
        "20 of the 112 members voted against, almost 28 %",
        "The deposit is 2,340 euros, i.e. two rents of 1,270 euros each",
        "The rent is 1,170 euros",  # from what, a reader can't see
        "530 euros lie between the offers",
        "In 36 months there are 4 visits of 9 technicians",  # 36 / 4 by chance
    ],
)
def test_what_does_not_follow_may_not(claim: str) -> None:
    assert cited(claim) == ["figure-wrong"]


def test_in_german_and_french() -> None:
    text = "Die Kündigungsfrist beträgt 6 Wochen zum Quartalsende. Das Gehalt beträgt 54.000 Euro brutto im Jahr."
    right = "Sie beträgt 6 Wochen (42 Tage); das Gehalt von 54.000 Euro im Jahr sind 4.500 Euro im Monat"
    assert cited(right, "de", text) == []
    assert "figure-wrong" in cited("Sie beträgt 6 Wochen (45 Tage)", "de", text)
    text = "La résolution est adoptée par 41 voix sur 47."
    assert cited("Elle est adoptée par 41 voix sur 47, soit 87 %", "fr", text) == []
    assert cited("Elle est adoptée par 41 voix sur 47, soit 78 %", "fr", text) == ["figure-wrong"]


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("It is signed by Aurélie Castagnet", []),
        ("It is signed by Aurélie Castagnon", ["name-wrong"]),
        ("This is Aurélie Castagnet's signature", []),
        ("Ferris & Boyd is one party", []),
        ("Farris & Boyd is one party", ["name-wrong"]),
        ("It was made by London-based Ferris & Boyd", []),
        ("It was made by Dublin-based Ferris & Boyd", ["name-wrong"]),
        ("It was made with Northgate Electrics", []),
    ],
)
def test_a_name_is_right_to_its_end(claim: str, found: list[str]) -> None:
    assert cited(claim) == found


def test_an_inflected_name_is_known_by_its_beginning() -> None:
    text = "Договор подписан директором Сергеем Кравцовым 12 марта 2025 года в Твери."
    assert cited("Договор подписал директор Сергей Кравцов", "ru", text) == []
    assert cited("Договор подписал директор Сергей Макаров", "ru", text) == ["name-wrong"]
