"""Whatever a delimited file holds, its lines are all accounted for, and none is read wrongly."""

import csv
import io
import tempfile
from pathlib import Path

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.coding.extract import extract_file, scan_staged
from flows.coding.extract_records import Shape, find_records, sort_records

TEXT = st.text(st.sampled_from('ab",;\n\té£ '), max_size=12)
ROWS = st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=12)
LINES = st.lists(st.text(st.sampled_from('ab",\x00\ufdd0'), max_size=10), min_size=1, max_size=30)


@given(ROWS, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), st.sampled_from(",;\t"))
@settings(max_examples=150, deadline=None)
def test_a_well_formed_file_is_read_as_written(rows, quoting, delimiter):
    out = io.StringIO()
    writer = csv.writer(out, quoting=quoting, delimiter=delimiter, lineterminator="\n")
    writer.writerows([("record_id", "job_title", "c"), *rows])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        staged = extract_file(path, None, Path(folder) / "staging")
        read = scan_staged(staged).collect()
    assert staged.rows_quarantined == 0
    assert [tuple(value or "" for value in row[1:]) for row in read.iter_rows()] == rows


@given(LINES, st.integers(1, 5), st.sampled_from([2, 3, 5]))
@settings(max_examples=300, deadline=None)
def test_every_line_belongs_to_one_record_whatever_the_batches(lines, size, fields):
    frame = pl.DataFrame(
        {"source_row": range(2, len(lines) + 2), "line": lines},
        schema={"source_row": pl.Int64, "line": pl.String},
    )
    shape = Shape(",", fields)
    whole = find_records(frame, shape, last=True)[0]
    assert "\n".join(whole["text"]) == "\n".join(lines)
    assert whole["source_row"].to_list() == [
        2 + sum(text.count("\n") + 1 for text in whole["text"][:place])
        for place in range(whole.height)
    ]
    sound, faulty = sort_records(whole, shape)
    rows = pl.concat([sound["source_row"], faulty["source_row"]]).sort()
    assert rows.equals(whole["source_row"])

    carried, found = frame.clear(), []
    for batch in frame.iter_slices(size):
        records, carried = find_records(pl.concat([carried, batch]), shape, last=False)
        found.append(records)
    if carried.height:
        found.append(find_records(carried, shape, last=True)[0])
    # The same records are sound; where quotes are never closed, which of the faulty lines stand
    # together in the quarantine may depend on where a batch ends, but none is lost.
    in_batches = pl.concat(found)
    assert "\n".join(in_batches["text"]) == "\n".join(lines)
    assert sort_records(in_batches, shape)[0].sort("source_row").equals(sound.sort("source_row"))
