"""The rule book on the terminal: list, one criterion, coverage.

Pure functions that make rich renderables of criteria and the tables of flows/criteria.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flows.criteria.coverage import SicGaps, coverage_shares
from flows.criteria.named import AnyCriterion, Reading
from flows.criteria.words import (
    DERIVED_STATEMENT,
    example_words,
    field_words,
    phrase_roles,
)
from reference.rulebook import Criterion

_SOURCE_WIDTH = 44
_SHOWN_ENTRIES = 12


def criteria_list(criteria: list[Criterion], uses: dict[str, int]) -> Table:
    """List criteria: id, kind, terms, how many entries ask for it, the source's first words."""
    table = _table("id", "kind", "terms", "uses", "source")
    table.columns[3].justify = "right"
    for column, least in zip(table.columns, (28, 10, 14, 4, 20), strict=True):
        column.min_width, column.overflow = least, "fold"
    for criterion in criteria:
        table.add_row(
            criterion.id,
            criterion.kind,
            Text(" | ".join(criterion.terms)),
            f"{uses.get(criterion.id, 0):,}",
            Text(_first_words(criterion.source)),
        )
    return table


def _first_words(text: str) -> str:
    if len(text) <= _SOURCE_WIDTH:
        return text
    return text[:_SOURCE_WIDTH].rpartition(" ")[0].rstrip(",;:") + " …"


def reading_shown(reading: Reading, dependants: pl.DataFrame, sic: dict[str, str]) -> Group:
    """Show a term or criterion in full: what meets it, why, examples, and who depends on it.

    `dependants` is of flows.criteria.dependants; `sic` has the titles of SIC codes, if known.
    """
    lines: list[RenderableType] = []
    if reading.term is not None:
        lines.append(Text(f"{reading.term} ({reading.kind} qualifier)", style="bold"))
        lines += [Text(sentence) for sentence in _asks(reading)]
    for part in reading.parts:
        for criterion in part:
            lines += ["", *_criterion(criterion, sic), *_entries(criterion.id, dependants)]
    return Group(*lines)


def _asks(reading: Reading) -> Iterator[str]:
    if not reading.parts:
        yield "It asks for nothing: it is met when no narrower entry is."
    if len(reading.parts) > 1:
        yield "Each of these must be met:"
    for part in reading.parts:
        if len(reading.parts) > 1 or len(part) > 1:
            yield f"  {'any of ' * (len(part) > 1)}{', '.join(one.id for one in part)}"


def _criterion(criterion: AnyCriterion, sic: dict[str, str]) -> Iterator[RenderableType]:
    if isinstance(criterion, Criterion):
        yield Text(criterion.id, style="bold green")
        yield _fact("Terms", " | ".join(criterion.terms))
        yield _fact("Kind", criterion.kind)
    else:
        yield Text.assemble((criterion.id, "bold green"), (" (no criterion is written)", "yellow"))
    yield _fact("Statement", criterion.statement or DERIVED_STATEMENT)
    if isinstance(criterion, Criterion) and criterion.includes:
        yield _fact("Includes", ", ".join(criterion.includes))
    codes = [" ".join(filter(None, (code, sic.get(code)))) for code in criterion.sic2007]
    yield _fact("SIC 2007 codes", "; ".join(codes) or "none of its own")
    for phrases in criterion.phrases:
        yield _fact("Phrases sought in", field_words(phrases, criterion.kind))
        for role, listed in phrase_roles(phrases):
            yield Padding(_fact(role, ", ".join(listed)), (0, 0, 0, 2))
    if isinstance(criterion, Criterion):
        yield _fact("Source", criterion.source)
        yield _fact("Date", criterion.date.isoformat())
        yield Text("  Examples:", style="cyan")
        for example in criterion.examples:
            result = ("met      ", "green") if example.met else ("not met  ", "red")
            yield Padding(Text.assemble(result, example_words(example)), (0, 0, 0, 4))


def _entries(name: str, dependants: pl.DataFrame) -> Iterator[RenderableType]:
    mine = dependants.filter(id=name)
    asking, wider = mine.filter(steps=0), mine.filter(pl.col("steps") > 0)
    shown = [f"{title} {code}" for title, code in _titles(asking.head(_SHOWN_ENTRIES))]
    if more := asking.height - len(shown):
        shown.append(f"and {more:,} more")
    yield _fact("Index entries that ask for it", f"{asking.height:,}")
    if shown:
        yield Padding(Text("; ".join(shown)), (0, 0, 0, 4))
    if wider.height:
        yield _fact("Entries that ask for a wider criterion which includes it", f"{wider.height:,}")


def _titles(entries: pl.DataFrame) -> Iterator[tuple[str, str]]:
    yield from entries.select("index_title", "code").iter_rows()


def _fact(name: str, value: str) -> Text:
    return Text.assemble((f"  {name}: ", "cyan"), value)


def coverage_shown(terms: pl.DataFrame, listed: int) -> Group:
    """Show shares by kind and status, and the commonest terms without a written criterion.

    `terms` is of flows.criteria.coverage.term_coverage.
    """
    shares = _table("qualifier", "met by", "terms", "share of terms", "uses", "share of uses")
    for row in coverage_shares(terms).iter_rows(named=True):
        shares.add_row(
            row["kind"],
            row["status"],
            f"{row['terms']:,}",
            _percent(row["share_of_terms"]),
            f"{row['uses']:,}",
            _percent(row["share_of_uses"]),
        )
    for column in shares.columns[2:]:
        column.justify = "right"
    unwritten = terms.filter(~pl.col("status").is_in(["written", "asks for nothing"]))
    parts: list[RenderableType] = [_heading("How the terms of the index are met"), shares]
    for (kind,), group in unwritten.group_by("kind", maintain_order=True):
        common = _table("uses", "term")
        common.columns[0].justify = "right"
        for words, uses in group.select("words", "uses").head(listed).iter_rows():
            common.add_row(f"{uses:,}", Text(words))
        heading = f"Commonest {kind} terms without a written criterion"
        parts += ["", _heading(heading), common]
    return Group(*parts)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def sic_gaps_shown(gaps: SicGaps) -> Group:
    """Show which SIC classes say nothing to the index, and which industry terms no class says."""
    classes, terms = _table("class", "title"), _table("uses", "term")
    for code, title in gaps.classes.iter_rows():
        classes.add_row(code, Text(title))
    terms.columns[0].justify = "right"
    for words, uses in gaps.terms.iter_rows():
        terms.add_row(f"{uses:,}", Text(words))
    no_term = f"{gaps.classes.height:,} of {gaps.all_classes:,}"
    no_class = f"{gaps.terms.height:,} of {gaps.all_terms:,}"
    uses = f"used {gaps.terms['uses'].sum():,} times"
    return Group(
        _heading(f"SIC classes that satisfy no industry term: {no_term}"),
        classes,
        "",
        _heading(f"Industry terms that no SIC class satisfies: {no_class}, {uses}"),
        terms,
    )


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def _heading(words: str) -> Text:
    return Text(words, style="bold")
