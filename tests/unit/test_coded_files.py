"""Coded Parquet is written by way of distinct texts, and read as plain texts."""

import polars as pl
from polars.testing import assert_frame_equal

from flows.coded_files import write_coded
from flows.coding import OUTPUT_SCHEMA, Coded, Coder, Traced, trace_records
from flows.coding.audit import CODED_SCHEMA
from flows.coding.normalise import RECORD_COLUMNS
from flows.coding.trace import TRACED_SCHEMA


def coded_by_hand() -> Coded:
    """Three decisions, of which the second is not used."""
    rows = [
        {"unit_group": "2133", "skill_level": 4, "outcome": "assigned", "evidence": "a “b”"},
        {"unit_group": "9999", "skill_level": 1, "outcome": "assigned", "evidence": "never"},
        {"outcome": "review", "review_reason": "title is not in the index"},
    ]
    table = pl.DataFrame(rows, schema=CODED_SCHEMA)
    texts = [name for name, kind in CODED_SCHEMA.items() if kind == pl.String]
    enums = [table[name].cast(pl.Enum(table[name].drop_nulls().unique())) for name in texts]
    found = pl.DataFrame({"title_id": [1, 2, None], "entry": [5, 6, None]})
    return Coded(table.with_columns(enums), pl.Series([2, 0, 0, 2], dtype=pl.UInt32), found)


def traced_by_hand() -> Traced:
    """Of the two decisions in use, the second had a code before."""
    rows = [
        {"decision": 0, "change_kind": "refined", "compared_code": "2133"},
        {"decision": 2},
    ]
    table = pl.DataFrame(rows, schema={"decision": pl.UInt32, **TRACED_SCHEMA})
    texts = [name for name, kind in TRACED_SCHEMA.items() if kind == pl.String]
    enums = [table[name].cast(pl.Enum(table[name].drop_nulls().unique())) for name in texts]
    return Traced(table.with_columns(enums), pl.Series([1, 0, 0, 1], dtype=pl.UInt32))


def test_a_coded_file_holds_plain_texts_beside_the_records_own_columns(tmp_path):
    batch = pl.DataFrame({"record_id": ["é", "b", None, "d"], "weight": [1.5, None, 2.0, 0.0]})
    write_coded(
        tmp_path / "coded.parquet",
        batch,
        coded_by_hand(),
        traced_by_hand(),
        row_group_rows=3,
        metadata={"run_id": "r1"},
    )

    read = pl.read_parquet(tmp_path / "coded.parquet")
    assert read.schema == {**batch.schema, **OUTPUT_SCHEMA}
    assert_frame_equal(read.select(batch.columns), batch)
    assert read["unit_group"].to_list() == [None, "2133", "2133", None]
    assert read["skill_level"].to_list() == [None, 4, 4, None]
    assert read["evidence"].to_list() == [None, "a “b”", "a “b”", None]
    assert read["outcome"].to_list() == ["review", "assigned", "assigned", "review"]
    assert read["change_kind"].to_list() == [None, "refined", "refined", None]
    assert read["previous_skill_level"].to_list() == [None] * 4
    assert pl.read_parquet_metadata(tmp_path / "coded.parquet")["run_id"] == "r1"


def test_files_with_different_texts_are_read_as_one(tmp_path, starter_lookup):
    coder = Coder(starter_lookup)
    for number, title in enumerate(["Bricklayer", "Staff nurse"]):
        batch = pl.DataFrame(
            {name: [title if name == "job_title" else None] for name in RECORD_COLUMNS},
            schema=dict.fromkeys(RECORD_COLUMNS, pl.String),
        )
        path = tmp_path / f"{number}.parquet"
        coded = coder.code(batch)
        previous = batch.with_columns(
            previous_code=pl.lit("2237"), previous_classification=pl.lit(None, pl.String)
        )
        traced = trace_records(previous, coded, starter_lookup)
        write_coded(path, batch, coded, traced, row_group_rows=1_000)

    both = pl.scan_parquet(tmp_path).filter(pl.col("unit_group") != "0000").collect()
    assert both["job_title"].to_list() == ["Bricklayer", "Staff nurse"]
    assert both["unit_group"].to_list() == ["5313", "2237"]
    assert both["change_kind"].to_list() == ["reassigned", "refined"]
