"""The report's tables: what is expected was counted by hand."""

import polars as pl
import pytest

from flows.reports import audit_tables as tables
from schemas.tallies import TALLIED, TALLIES_SCHEMA

EMPTY = dict.fromkeys(TALLIED)


def tally(records: int, weight: float, **values) -> dict:
    return {**EMPTY, "outcome": "assigned", **values, "records": records, "weight": weight}


def moved(old: str, new: str | None, kind: str, records: int, weight: float, **values) -> dict:
    """Records with a previous code; with no new one they are in review."""
    return tally(
        records,
        weight,
        outcome="assigned" if new else "review",
        unit_group=new[:4] if new else None,
        sub_unit_group=new if new and "/" in new else None,
        change_kind=kind,
        compared_code=old,
        **{"compared_classification": "SOC2020"} | values,
    )


def frame(*rows: dict) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=TALLIES_SCHEMA)


# Two records of 2133 are now 3412, and two of 3412 are now 2133: totals show nothing of it.
# One of 2134 is now 2133: the minor group stays. One of 3411 waits for review.
SWAPPED = frame(
    moved("2133/99", "2133/99", "unchanged", 4, 40.0),
    moved("2133/99", "3412/07", "requalified", 2, 20.0),
    moved("3412", "2133/99", "reassigned", 2, 30.0),
    moved("2134", "2133/01", "reassigned", 1, 5.0),
    moved("3412", "3412/07", "refined", 1, 1.5),
    moved("3411", None, "withdrawn", 1, 8.0),
    moved("2136", "2133/99", "reclassified", 3, 3.0, compared_classification="SOC2010"),
    moved("2136", "3412/07", "requalified", 1, 2.0, compared_classification="SOC2010"),
    moved("2136", None, "withdrawn", 2, 6.0, compared_classification="SOC2010"),
    tally(7, 70.0, unit_group="2133", sub_unit_group="2133/99"),
)
MOVES = tables.moves(SWAPPED, "SOC2020")


def rows(one: pl.DataFrame, *columns: str) -> list[tuple]:
    return one.select(*columns).rows() if columns else one.rows()


def test_net_and_gross_change_at_each_level():
    # Of ten records with both codes: at 4 digits five differ, and one came to 2133 from 2134.
    assert rows(tables.shifts(MOVES), "level", "records", "gross_records", "net_records") == [
        (1, 10, 4, 0),
        (2, 10, 4, 0),
        (3, 10, 4, 0),
        (4, 10, 5, 1),
    ]


def test_net_and_gross_change_is_weighted_too():
    # 20 go from 2 to 3 and 30 from 3 to 2: 10 net. At 4 digits 2134 loses 5 more.
    found = tables.shifts(MOVES)
    assert found["weight"].to_list() == [96.5] * 4
    assert found["gross_weight"].to_list() == [50.0, 50.0, 50.0, 55.0]
    assert found["net_weight"].to_list() == [10.0, 10.0, 10.0, 15.0]


def test_net_change_by_cause_is_what_that_cause_does_alone():
    found = tables.shifts(MOVES, "change_kind").filter(level=4)
    assert rows(found, "change_kind", "gross_records", "net_records") == [
        ("reassigned", 3, 3),
        ("refined", 0, 0),
        ("requalified", 2, 2),
        ("unchanged", 0, 0),
    ]


def test_a_matrix_has_review_as_a_destination_and_adds_up():
    assert rows(tables.matrix(MOVES, 1), "old", "new", "records") == [
        ("2", "2", 5),
        ("2", "3", 2),
        ("3", "2", 2),
        ("3", "3", 1),
        ("3", None, 1),
    ]
    for digits in tables.LEVELS:
        assert tables.matrix(MOVES, digits)["records"].sum() == 11
        assert tables.matrix(MOVES, digits)["weight"].sum() == 104.5


def test_codes_with_records_in_out_and_stayed():
    found = tables.affected_codes(MOVES)
    columns = [f"{name}_records" for name in ("had", "stayed", "left", "review", "entered")]
    assert rows(found, "code", *columns, "affected_records", "affected_weight") == [
        ("2133", 6, 4, 2, 0, 3, 2, 20.0),
        ("3412", 3, 1, 2, 0, 2, 2, 30.0),
        ("2134", 1, 0, 1, 0, 0, 1, 5.0),
        ("3411", 1, 0, 0, 1, 0, 1, 8.0),
    ]


def test_codes_of_an_earlier_classification_are_affected_where_the_index_does_not_lead():
    found = tables.affected_earlier_codes(tables.moves(SWAPPED, "SOC2010"))
    columns = [f"{name}_records" for name in ("had", "carried", "changed", "review", "unknown")]
    assert rows(found, "code", *columns, "affected_records", "affected_weight") == [
        ("2136", 6, 3, 1, 2, 0, 3, 8.0)
    ]


def test_classifications_are_kept_apart_and_the_newest_comes_first():
    found = tables.classifications(
        frame(
            moved("221", "2133", "reassigned", 1, 1.0, compared_classification="SOC90"),
            moved("2136", "2133", "reassigned", 1, 1.0, compared_classification="SOC2000"),
            *SWAPPED.rows(named=True),
        )
    )
    assert rows(found, "compared_classification", "records") == [
        ("SOC2020", 11),
        ("SOC2010", 6),
        ("SOC2000", 1),
        ("SOC90", 1),
    ]


def test_causes_and_coded_digits_and_outcomes_reconcile_with_the_tallies():
    kinds = tables.change_kinds(SWAPPED)
    assert kinds["records"].sum() == 17
    assert kinds.filter(change_kind="withdrawn")["records"].to_list() == [2, 1]
    assert rows(tables.outcomes(SWAPPED), "outcome", "records") == [("assigned", 21), ("review", 3)]
    assert rows(tables.coded_digits(SWAPPED), "digits", "records") == [(4, 21), (6, 21)]


@pytest.mark.parametrize(
    ("certainty", "band"), [(0, 0), (19, 0), (20, 20), (79, 60), (80, 80), (100, 80)]
)
def test_bands_of_certainty(certainty, band):
    assert tables.certainty_bands(frame(tally(1, 1.0, certainty=certainty)))["at"].item() == band


def test_the_evidence_that_would_settle_most_weight_comes_first():
    found = tables.missing_evidence(
        frame(
            tally(5, 1.0, missing_evidence="job_description", outcome="review"),
            tally(1, 4.0, missing_evidence="sic", outcome="review"),
            tally(2, 5.0, missing_evidence="sic", outcome="assigned_by_default"),
        )
    )
    assert rows(found, "missing_evidence", "records", "weight", "review_records") == [
        ("sic", 3, 9.0, 1),
        ("job_description", 5, 1.0, 5),
    ]
    assert found["default_weight"].to_list() == [5.0, 0.0]


def test_weights_add_up_the_same_in_any_order():
    many = frame(*(tally(1, 0.1 * n, unit_group="2133") for n in range(1, 200)))
    turned = many.reverse()
    added = [tables.added_up(one, "unit_group")["weight"].item() for one in (many, turned)]
    assert added == [1990.0, 1990.0]


def test_skill_levels_before_and_after():
    found = tables.skill_levels(
        frame(
            moved("2133", "3412", "reassigned", 3, 3.0, previous_skill_level=4, skill_level=3),
            moved("2133", None, "withdrawn", 1, 1.0, previous_skill_level=4),
        )
    )
    assert rows(found) == [(4, 3, 3, 3.0), (4, None, 1, 1.0)]
