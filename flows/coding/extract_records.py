"""Find the records in the lines of a delimited file, and what is wrong with those that are not.

A record is one line, or several when a quoted field holds line breaks. A quote opens a field only
at its start and closes it only before a delimiter or the end of the line, so that 12" pipe is
text. What a line does to the state "inside a quoted field" is found for all lines at once by
regular expressions; the state itself is then a running total, not a loop over the lines.

A quote that is never closed must not swallow the lines after it. It is recognised when a later
line cannot be read as the inside of a quoted field, when a record would have more than
`LINES_PER_RECORD` lines, when the file ends, or when a line within is a record by itself and the
whole either is none or has columns enough for that to be no chance. Then its first line alone is
set aside.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

import polars as pl

from flows.coding.extract_bytes import UNDECODABLE

LINES_PER_RECORD = 1_000
_TELLING_FIELDS = 5  # a line of text seldom has as many fields as the header by chance
_ROUNDS = 8  # nested faults resolved one by one; what is left then is read line by line
_QUOTED = '"(?:[^"]|"")*"'
_FIELD_MARK = "\ufdd1"  # stands for a quoted field while fields are counted


@dataclass(frozen=True)
class Shape:
    """How a record of one file must look: its delimiter and its number of fields."""

    delimiter: str
    fields: int

    @property
    def well_formed(self) -> str:
        """The pattern of a record of the right number of fields, each wholly quoted or not."""
        one = f'(?:{_QUOTED}|[^"{self._d}]*)'
        return f"^{one}(?:{self._d}{one}){{{self.fields - 1}}}$"

    @property
    def opens(self) -> str:
        """The pattern of a line that starts outside quotes and ends inside them."""
        return f'^{self._fields}"(?:[^"]|"")*$'

    @property
    def closes(self) -> str:
        """The pattern of a line that starts inside quotes and closes them."""
        return f'^(?:[^"]|"")*"(?:{self._d}|$)'

    @property
    def reopens(self) -> str:
        """The pattern of a line that closes one quoted field and ends inside another."""
        return f'^(?:[^"]|"")*"{self._d}{self._fields}"(?:[^"]|"")*$'

    @property
    def _d(self) -> str:
        return r"\t" if self.delimiter == "\t" else self.delimiter

    @property
    def _fields(self) -> str:
        """Any number of whole fields, also with text after a closing quote."""
        loose = f'[^"{self._d}][^{self._d}]*'
        return f"(?:(?:{_QUOTED}(?:{loose})?|{loose}|){self._d})*"


def find_records(
    lines: pl.DataFrame, shape: Shape, *, last: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Join the lines (source_row, line) of one batch to records.

    Returns the records (source_row of the first line, text, unclosed, and fits: whether it is
    well formed), and the lines of a record that may go on in the next batch, none if `last`.
    """
    line = pl.col("line")
    quoted = line.str.contains('"', literal=True)
    if not lines.select(quoted.any()).item():  # the usual case, and the fast one
        fits = line.str.count_matches(shape.delimiter, literal=True) == shape.fields - 1
    else:
        fits = line.str.contains(shape.well_formed)
    told = lines.with_columns(fits=fits)
    suspects = told.filter(quoted & ~pl.col("fits"))
    if suspects.select(line.str.contains(shape.opens).any()).item():
        return _join_lines(told, shape, last=last)
    whole = told.select("source_row", "fits", text="line", unclosed=pl.lit(value=False))
    return whole, lines.clear()


def sort_records(records: pl.DataFrame, shape: Shape) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell the records that can be parsed from those that cannot.

    Returns the sound ones (source_row, text, and fits: false where a quote within a field is
    part of its text) and the faulty ones (source_row, reasons, content).
    """
    text = pl.col("text")
    lost = text.str.contains(f"[\x00{UNDECODABLE}]")
    blank = text.str.strip_chars() == ""
    # a line of tabs only is a record of empty fields, not a blank line
    clean = pl.col("fits") & ~pl.col("unclosed") & ~lost & (~blank | (shape.fields > 1))
    told = records.with_columns(clean=clean)
    doubtful = _with_reasons(told.filter(~pl.col("clean")), shape)
    has_reason = pl.col("reasons").list.len() > 0
    keep = ("source_row", "text", "fits")
    sound = pl.concat(
        [told.filter("clean").select(keep), doubtful.filter(~has_reason).select(keep)]
    )
    content = text.str.replace_all(UNDECODABLE, "\\", literal=True)
    faulty = doubtful.filter(has_reason).select("source_row", "reasons", content=content)
    return sound, faulty


def _with_reasons(records: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """Add why a record cannot be parsed: no reason when only a quote is out of place."""
    d = shape.delimiter
    text, fields, marked = pl.col("text"), pl.col("fields"), pl.col("marked")
    # a delimiter before the first field, so that every field starts with one
    quoted_field = pl.concat_str(pl.lit(d), text).str.replace_all(d + _QUOTED, d + _FIELD_MARK)
    told = records.with_columns(marked=quoted_field).with_columns(
        fields=marked.str.count_matches(d, literal=True)
    )
    blank = (text.str.strip_chars() == "") & ~pl.col("fits")
    countable = ~blank & ~pl.col("unclosed")
    reasons = [
        (blank, pl.lit("blank line")),
        (text.str.contains("\x00", literal=True), pl.lit("holds a NUL byte")),
        (text.str.contains(UNDECODABLE, literal=True), pl.lit("holds an undecodable byte")),
        (pl.col("unclosed"), pl.lit("quote opened and not closed")),
        (
            countable & (fields != shape.fields),
            pl.format("{} fields where the header has {}", fields, pl.lit(shape.fields)),
        ),
        (
            countable & marked.str.contains(f"{_FIELD_MARK}[^{d}]"),
            pl.lit("text after a closing quote"),
        ),
    ]
    found = [pl.when(condition).then(reason) for condition, reason in reasons]
    return told.with_columns(reasons=pl.concat_list(found).list.drop_nulls())


def _join_lines(
    lines: pl.DataFrame, shape: Shape, *, last: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Join lines where some line opens a quoted field it does not close."""
    line = pl.col("line")
    inside = line.str.contains('^(?:[^"]|"")*$')
    told = lines.with_columns(
        opens=line.str.contains(shape.opens),
        keeps_open=inside | line.str.contains(shape.reopens),
        resets=~inside & ~line.str.contains(shape.closes),
        alone=pl.lit(value=False),
    )
    for attempt in count():
        spans = _spans(told, shape, last=last)
        failed = spans.filter("failed")
        if not failed.height:
            break
        # the first line of a failed record opens nothing; in the end, none of its lines does
        rows = failed["source_row"] if attempt < _ROUNDS else failed["rows"].explode()
        told = told.with_columns(alone=pl.col("alone") | pl.col("source_row").is_in(rows.implode()))
    going_on = int(spans.filter("unfinished")["lines"].sum())
    records = spans.filter(~pl.col("unfinished")).select("source_row", "fits", "text", "unclosed")
    return records, lines.tail(going_on).select("source_row", "line")


def _spans(told: pl.DataFrame, shape: Shape, *, last: bool) -> pl.DataFrame:
    """Group lines to records: one row each, with its lines and whether it has failed."""
    text, lines, ends_open = pl.col("text"), pl.col("lines"), pl.col("ends_open")
    final = pl.int_range(pl.len()) == pl.len() - 1
    spans = (
        _with_state(told)
        .group_by(pl.col("starts").cum_sum().alias("record"), maintain_order=True)
        .agg(
            source_row=pl.col("source_row").first(),
            rows=pl.col("source_row"),
            lines=pl.len(),
            text=pl.col("line").str.join("\n"),
            ends_open=pl.col("after").last(),
            unclosed=(pl.col("opens") & pl.col("alone")).first(),
            holds_record=pl.col("fits").slice(1).any(),
        )
        .with_columns(fits=text.str.contains(shape.well_formed))
        .with_columns(unfinished=ends_open & final & (not last) & (lines <= LINES_PER_RECORD))
    )
    broken_off = ends_open & ~pl.col("unfinished")
    telling = ~pl.col("fits") | (shape.fields >= _TELLING_FIELDS)
    swallowed = ~ends_open & telling & pl.col("holds_record")
    return spans.with_columns(failed=broken_off | swallowed | (lines > LINES_PER_RECORD))


def _with_state(told: pl.DataFrame) -> pl.DataFrame:
    """Add `after` (each line ends inside quotes) and `starts` (it is the first of a record).

    A line either fixes the state (whatever it was before), keeps it, or turns it round; so the
    state is the last fixed one, turned round as often as lines since then do so.
    """
    starts_anew = pl.col("resets") | pl.col("alone")
    from_outside = pl.col("opens") & ~pl.col("alone")
    from_inside = pl.when(starts_anew).then(from_outside).otherwise(pl.col("keeps_open"))
    turned = (from_outside & ~from_inside).cum_sum() % 2 == 1
    fixed = pl.when(from_outside == from_inside).then(from_outside ^ turned)
    after = fixed.forward_fill().fill_null(value=False) ^ turned
    before = pl.col("after").shift(1, fill_value=False)
    return told.with_columns(after=after).with_columns(starts=~before | starts_anew)
