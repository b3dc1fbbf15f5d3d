"""Overrides in the engine: which records they decide, and which they leave alone."""

import polars as pl
import pytest
from test_overrides_file import overrides_of

from flows.coding import Coder, Overrides, override_records, trace_records
from flows.coding.audit import CODED_SCHEMA
from flows.coding.coder import WHAT_MATTERS
from flows.coding.normalise import RECORD_COLUMNS
from schemas.coded import CodedRecord
from schemas.reviewed import REVIEWED_TEXTS

TITLE = "Zork mender"
EXTRA = {"record_id": pl.String, "weight": pl.Float64, "previous_code": pl.String}


def records_of(*given: dict) -> pl.DataFrame:
    schema = {**EXTRA, **dict.fromkeys(RECORD_COLUMNS, pl.String)}
    schema["previous_classification"] = pl.String
    return pl.DataFrame([{"job_title": TITLE, **one} for one in given], schema=schema)


def test_a_decision_rests_on_all_that_coding_depends_on():
    assert set(REVIEWED_TEXTS) == set(WHAT_MATTERS)


@pytest.fixture
def overridden(starter_lookup):
    """Codes records, with overrides put in their place; gives OVERRIDDEN, a row per record."""

    def code(records: pl.DataFrame, *given: dict, size: int = 1_000):
        made = Overrides.of_overrides(overrides_of(*given), starter_lookup)
        coder, parts, met = Coder(starter_lookup), [], []
        for start in range(0, records.height, size):
            batch = records[start : start + size]
            done = override_records(batch, coder.code(batch), made, starter_lookup)
            parts.append(done.coded.by_record())
            met.append(done.met)
        coded = pl.concat(parts)
        assert coded.schema == CODED_SCHEMA
        CodedRecord.validate(coded)
        return coded, pl.concat(met)

    return code


def codes(coded: pl.DataFrame) -> list[str | None]:
    return coded.select(pl.coalesce("sub_unit_group", "unit_group")).to_series().to_list()


def test_a_decided_record_has_the_code_the_id_and_nothing_of_the_engines_reasons(overridden):
    coded, _ = overridden(records_of({}), {"code": "3412/07"})
    (row,) = coded.to_dicts()
    given = {name: value for name, value in row.items() if value is not None}
    (override_id,) = overrides_of({})["override_id"]
    assert given == {
        "unit_group": "3412",
        "unit_group_title": "Authors, writers and translators",
        "sub_unit_group": "3412/07",
        "sub_unit_group_title": "Technical authors",
        "skill_level": 3,
        "outcome": "assigned",
        "override_id": override_id,
    }


def test_a_unit_group_can_be_decided_without_its_sub_unit_group(overridden):
    coded, _ = overridden(records_of({}), {"code": "2133"})
    assert coded["unit_group"].to_list() == ["2133"]
    assert coded["skill_level"].to_list() == [4]
    assert coded["sub_unit_group"].to_list() == [None]


def test_a_text_is_met_whole_in_any_case_and_spacing(overridden):
    records = records_of(
        {"job_description": "at night", "department": "Café"},
        {"job_title": " ZORK  mender", "job_description": "At\nnight", "department": "cafe"},
        {"job_description": "at night"},
        {"department": "Café"},
        {"job_description": "at night", "department": "Café", "qualification": "HND"},
        {"job_description": "at night", "department": "Café", "sic2007": "62012"},
        {"job_title": "Zork-mender", "job_description": "at night", "department": "Café"},
        {},
    )
    coded, _ = overridden(records, {"job_description": "at night", "department": "Café"})
    assert codes(coded) == ["3412", "3412", *[None] * 6]
    assert coded["override_id"].count() == 2


def test_a_text_without_evidence_is_met_by_records_without_any(overridden):
    coded, _ = overridden(records_of({}, {"sic2007": "62012"}), {})
    assert codes(coded) == ["3412", None]


def test_evidence_that_the_title_does_not_ask_for_still_tells_texts_apart(overridden):
    # bricklayers need no evidence: the engine does not look at theirs
    records = records_of(
        {"job_title": "Bricklayer", "job_description": "glues zorks"},
        {"job_title": "Bricklayer", "job_description": "lays bricks"},
        {"job_title": "Bricklayer"},
    )
    override = {"job_title": "Bricklayer", "job_description": "glues zorks"}
    coded, met = overridden(records, override)
    assert coded["unit_group"].to_list() == ["3412", "5313", "5313"]
    assert met["engine_code"].to_list() == ["5313/00"]


def test_what_the_employer_says_counts_where_the_record_says_nothing(overridden):
    records = records_of(
        {"employer_industry": "Zorkworks"},
        {"industry_description": "Zorkworks"},
        {"industry_description": "Shop", "employer_industry": "Zorkworks"},
        {"sic2007": "62012", "employer_industry": "Zorkworks"},
    )
    coded, _ = overridden(records, {"industry_description": "Zorkworks"})
    assert codes(coded) == ["3412", "3412", None, None]


def test_a_title_is_decided_whatever_else_is_said_but_never_against_the_engine(overridden):
    records = records_of(
        {},
        {"job_description": "at night"},
        {"job_title": "zork MENDER", "sic2007": "62012"},
        {"job_title": "Manager"},  # for review without an industry
        {"job_title": "Manager", "industry_description": "hotel"},  # by the index 1221
        {"job_title": "Bricklayer"},
    )
    on_titles = [
        {"job_title": title, "scope": "title"} for title in (TITLE, "Manager", "Bricklayer")
    ]
    coded, met = overridden(records, *on_titles)
    assert coded["unit_group"].to_list() == ["3412"] * 4 + ["1221", "5313"]
    assert coded["override_id"].is_null().to_list() == [False] * 4 + [True] * 2
    assert met.filter("used")["records"].sum() == 4
    assert sorted(met.filter(~pl.col("used"))["engine_code"].str.head(4)) == ["1221", "5313"]


def test_a_text_comes_before_its_title(overridden):
    records = records_of({}, {"job_description": "at night"})
    coded, _ = overridden(
        records, {"scope": "title", "code": "3412"}, {"job_description": "at night", "code": "2133"}
    )
    assert codes(coded) == ["3412", "2133"]


def test_an_apprentices_duties_do_not_hide_the_title(overridden):
    records = records_of({"job_title": "Zork apprentice", "job_description": "Wizard"})
    as_said = {"job_title": "Zork apprentice", "job_description": "Wizard"}
    assert codes(overridden(records, as_said)[0]) == ["3412"]
    as_title = {"job_title": "Zork apprentice", "scope": "title"}
    assert codes(overridden(records, as_title)[0]) == ["3412"]


def test_a_code_that_the_edition_does_not_have_is_not_used(overridden, starter_lookup):
    given = [{"code": "9999"}, {"job_title": "Bork", "code": "3412/77"}]
    coded, met = overridden(records_of({}, {"job_title": "Bork"}), *given)
    assert codes(coded) == [None, None]
    assert met.is_empty()
    unknown = Overrides.of_overrides(overrides_of(*given), starter_lookup).unknown
    assert unknown["code"].to_list() == ["9999", "3412/77"]


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_batches_give_what_the_whole_gives(overridden, size):
    given = [
        {},
        {"job_description": "at night"},
        {"job_title": "Bricklayer"},
        {"job_title": "Manager"},
        {"weight": 2.5},
    ]
    records = records_of(*given * 8)
    overrides = ({"code": "2133"}, {"job_title": "Manager", "scope": "title", "code": "1111"})
    coded, met = overridden(records, *overrides, size=size)
    assert coded["unit_group"].to_list() == ["2133", None, "5313", "1111", "2133"] * 8
    assert coded["override_id"].is_null().to_list() == [False, True, True, False, False] * 8
    used = met.group_by("override_id").agg(pl.col("records", "weight").sum()).sort("records")
    assert used.select("records", "weight").rows() == [(8, 8.0), (16, 8 * 1 + 8 * 2.5)]


def test_alternatives_are_those_of_the_title_without_the_code_decided(overridden):
    records = records_of({"job_title": "Technical writer"})
    override = {"job_title": "Technical writer", "code": "2133/99"}
    (row,) = overridden(records, override)[0].to_dicts()
    assert row["alternatives"].startswith("3412/07 ")
    assert "2133/99" not in row["alternatives"]
    assert row["match_method"] == "whole_title"
    assert row["default_reason"] is None


def test_a_change_by_an_override_names_it(starter_lookup):
    given = [
        {"previous_code": "5313"},  # of no entry of that title
        {"previous_code": "3412"},
        {"previous_code": "3412/07"},
        {"job_title": "Technical writer", "previous_code": "3412/07"},  # another branch
        {"job_title": "Technical writer", "job_description": "x", "previous_code": "5313"},
    ]
    made = overrides_of({}, {"job_title": "Technical writer", "code": "2133/99"})
    records = records_of(*given)
    coder = Coder(starter_lookup)
    ready = Overrides.of_overrides(made, starter_lookup)
    coded = override_records(records, coder.code(records), ready, starter_lookup).coded
    traced = trace_records(records, coded, starter_lookup, "SOC2020").by_record()
    kinds = traced["change_kind"].cast(pl.String).to_list()
    assert kinds == ["reassigned", "unchanged", "unchanged", "requalified", "reassigned"]
    causes = traced["change_cause"].cast(pl.String).to_list()
    first, second = made["override_id"]
    assert causes[0] == f"decided by override {first}"
    assert causes[1] is None
    assert causes[3].endswith(f"now: decided by override {second}")
    assert "override" not in causes[4]
