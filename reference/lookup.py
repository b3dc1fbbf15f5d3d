"""An edition and the rule book, compiled into the small tables that the coding engine joins to.

What is compiled is kept (reference/compiled.py); every table says its grain.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from reference.alternatives import NO_CODE, list_alternatives, shared_digits
from reference.earlier_codes import amended_codes, branch_codes, crosswalk, entry_codes
from reference.keys import evidence_key, loose_key, strict_key
from reference.notes import (
    FOLLOWED,
    Family,
    beside_patterns,
    named_titles,
    title_words,
    training_pattern,
)
from reference.phrases import not_counting, phrase_patterns, phrase_table, sic_prefixes
from reference.rulebook import QualifierKind, RuleBook
from reference.see import follow_references
from reference.terms import TermCompiler
from reference.wording import rewrite_table, spellings, unordered_titles, vocabulary

SLOTS: tuple[QualifierKind, ...] = ("additional", "industry")
ASKED = (
    "additional_term",
    "industry_term",
    "asks_nothing",
    "depth",
    "is_reference",
    "is_led_to",
    "default_code",
    "record_number",
    "code",
)


@dataclass(frozen=True)
class Lookup:
    """The compiled reference.

    strict_titles, loose_titles: one row per title key: key, title_id, form.
    titles: one row per title_id: asks_additional, asks_industry, needs_evidence (either), codes
        (how many different ones its entries have), shared_digits (what all of these begin with,
        unless an entry only refers elsewhere), has_default (an entry asks for nothing).
    title_entries: one row per title_id and entry, with what the entry asks for.
    title_levels: one row per title_id, term, level and criterion that meets it; `steps` is how
        much narrower that criterion is than the term.
    alternatives: one row per title_id and code that a record may get (null: none): the others.
    entries: one row per index entry, or per entry a reference leads to.
    entry_codes, amended_codes, branch_codes, crosswalk: the codes that entries and titles had
        before, in which classification (reference/earlier_codes.py).
    terms: one row per qualifier term: term, kind, words, levels (how many must be met).
    criteria: one row per criterion: id, kind, statement (null: derived).
    phrases: one row per phrase, criterion, phrase set, field, role (counts, masks what it covers,
        cancels the set) and combination of which it is a part; a lone phrase is one of one.
    patterns: one row per distinct phrase, with its first_word.
    sic_prefixes: one row per SIC prefix and criterion.
    rungs: one row per pair of kinds of evidence: rung number and name.
    rewrites, vocabulary, spellings, unordered_titles: how titles are worded (reference/wording.py).
    like_features, like_groups, like_levels, like_version: what likeness learnt from the edition,
        and how sure it is, unless the index is too small to say (reference/likeness.py).
    title_words, named_titles: how the titles of notes.toml are said (reference/notes.py).
    """

    edition: str
    reference_version: str
    criteria_version: str
    strict_titles: pl.DataFrame
    loose_titles: pl.DataFrame
    titles: pl.DataFrame
    title_entries: pl.DataFrame
    alternatives: pl.DataFrame
    entries: pl.DataFrame
    entry_codes: pl.DataFrame
    amended_codes: pl.DataFrame
    branch_codes: pl.DataFrame
    crosswalk: pl.DataFrame
    title_levels: pl.DataFrame
    terms: pl.DataFrame
    criteria: pl.DataFrame
    phrases: pl.DataFrame
    patterns: pl.DataFrame
    sic_prefixes: pl.DataFrame
    rungs: pl.DataFrame
    not_counting: dict[str, str]
    """Patterns, by what they are for, of what stands around a phrase that does not count."""
    set_aside: tuple[str, ...]
    rewrites: pl.DataFrame
    vocabulary: pl.DataFrame
    spellings: pl.DataFrame
    unordered_titles: pl.DataFrame
    like_features: pl.DataFrame
    like_groups: pl.DataFrame
    like_levels: pl.DataFrame
    like_version: str
    title_words: pl.DataFrame
    named_titles: pl.DataFrame
    words_beside: dict[str, str]
    """Patterns for a title of notes.toml and words beside it, by what they find."""
    trained_for: str
    """A pattern: the occupation that duties say an apprentice is trained for."""
    groups: pl.DataFrame
    sub_unit_groups: pl.DataFrame


def compile_lookup(
    *,
    edition: str,
    reference_version: str,
    index: pl.DataFrame,
    structure: pl.DataFrame,
    sub_unit_groups: pl.DataFrame,
    rules: RuleBook,
) -> Lookup:
    """Compile an edition's index (schemas/index.py) and the rule book into a Lookup."""
    from reference.likeness import calibration, learn_if_measured  # noqa: PLC0415  imports NumPy

    compiler = TermCompiler(rules)
    entries = _entries(index, rules.notes.families)
    terms, term_levels = _terms(entries, compiler)
    criteria = _criteria(compiler)
    term_levels = term_levels.join(criteria.select("criterion", "id"), on="id").drop("id")
    entries = _without_defaults_of_notes(_with_terms(entries, terms))
    strict, loose, title_sets = _titles(entries)
    phrases = phrase_table(compiler, criteria)
    likeness = learn_if_measured(entries, structure, sub_unit_groups)
    words = vocabulary(loose, rules.wording)
    title_entries = title_sets.join(entries.select("entry", *ASKED), on="entry", how="left")
    return Lookup(
        edition=edition,
        reference_version=reference_version,
        criteria_version=rules.version,
        strict_titles=strict,
        loose_titles=loose,
        titles=_title_facts(title_entries),
        title_entries=title_entries,
        alternatives=list_alternatives(title_entries, entries),
        title_levels=_title_levels(title_entries, term_levels),
        entries=entries.drop("strict", "loose", "reversed"),
        entry_codes=entry_codes(entries),
        amended_codes=amended_codes(entries),
        branch_codes=branch_codes(title_entries, entries),
        crosswalk=crosswalk(entries),
        terms=terms,
        criteria=criteria,
        phrases=phrases,
        patterns=phrase_patterns(phrases),
        sic_prefixes=sic_prefixes(compiler, criteria),
        rungs=_rungs(rules),
        not_counting=not_counting(rules),
        set_aside=tuple(entry.word for entry in rules.wording.set_aside),
        rewrites=rewrite_table(rules.wording),
        vocabulary=words,
        spellings=spellings(words),
        unordered_titles=unordered_titles(loose, rules.wording),
        like_features=likeness.features,
        like_groups=likeness.groups,
        like_version=likeness.version,
        like_levels=calibration(),
        title_words=title_words(rules.notes),
        named_titles=named_titles(rules.notes),
        words_beside=beside_patterns(rules.notes),
        trained_for=training_pattern(rules.notes),
        groups=structure,
        sub_unit_groups=sub_unit_groups,
    )


def _entries(index: pl.DataFrame, families: tuple[Family, ...]) -> pl.DataFrame:
    """Entries and what references lead to, numbered, with the keys of the title they answer to."""
    own = index.with_columns(
        index_title_from=pl.col("index_title"),
        reference_followed=pl.lit(None, pl.String),
        reversed_from=pl.col("index_title_reversed"),
    )
    led_to = follow_references(index, families)
    title = pl.col("index_title_from")
    return (
        pl.concat([own, led_to], how="diagonal")
        .with_row_index("entry")
        .with_columns(
            strict=strict_key(title),
            loose=loose_key(title),
            reversed=loose_key(pl.col("reversed_from")),
            is_reference=pl.col("unit_group").is_null(),
            is_led_to=pl.col("reference_followed").is_not_null(),
            contradicts_itself=~pl.col("sub_unit_group").str.starts_with(pl.col("unit_group")),
            code=pl.coalesce("sub_unit_group", "unit_group", pl.lit(NO_CODE)),
        )
        .drop("index_title_from", "reversed_from", "index_title_reversed")
    )


def _terms(entries: pl.DataFrame, compiler: TermCompiler) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Terms and their levels. Terms are compared in lower case."""
    terms: list[tuple[str, str, int]] = []
    levels: list[tuple[int, int, str, int]] = []
    for kind in SLOTS:
        words = entries[f"{kind}_qualifier"].drop_nulls().str.to_lowercase().unique().sort()
        for term in words:
            compiled = compiler.levels(kind, term)
            levels += [
                (len(terms), number, criterion, steps)
                for number, level in enumerate(compiled)
                for criterion, steps in level.items()
            ]
            terms.append((kind, term, len(compiled)))
    term_table = pl.DataFrame(
        terms,
        schema={"kind": pl.String, "words": pl.String, "levels": pl.UInt32},
        orient="row",
    ).with_row_index("term")
    level_table = pl.DataFrame(
        levels,
        schema={"term": pl.UInt32, "level": pl.UInt32, "id": pl.String, "steps": pl.Int32},
        orient="row",
    )
    return term_table.with_columns(key=evidence_key(pl.col("words"))), level_table


def _criteria(compiler: TermCompiler) -> pl.DataFrame:
    rows = [(c.id, c.kind, c.statement) for c in compiler.criteria.values()]
    schema = {"id": pl.String, "kind": pl.String, "statement": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("criterion")


def _with_terms(entries: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """Add each slot's term (null where nothing is asked), the depth, and what makes a default."""
    for kind in SLOTS:
        asked = terms.filter(pl.col("kind") == kind, pl.col("levels") > 0)
        entries = entries.join(
            asked.select(
                "words",
                pl.col("term").alias(f"{kind}_term"),
                pl.col("levels").alias(f"{kind}_levels"),
            ),
            left_on=pl.col(f"{kind}_qualifier").str.to_lowercase(),
            right_on="words",
            how="left",
            maintain_order="left",
        )
    return entries.with_columns(
        depth=pl.sum_horizontal("additional_levels", "industry_levels"),
        asks_nothing=pl.all_horizontal(pl.col("additional_term", "industry_term").is_null()),
    ).drop("additional_levels", "industry_levels")


def _without_defaults_of_notes(entries: pl.DataFrame) -> pl.DataFrame:
    """Leave out what a note leads to without asking for anything: notes are never a default."""
    by_note = pl.col("reference_followed").str.starts_with(FOLLOWED).fill_null(value=False)
    return entries.filter(~(by_note & pl.col("asks_nothing")))


def _titles(entries: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Give an id to every distinct set of entries that some title key leads to."""
    forms = pl.concat(
        entries.select("entry", key=column, form=pl.lit(form), rank=pl.lit(rank))
        for rank, (column, form) in enumerate(
            [
                ("strict", "whole_title"),
                ("loose", "whole_title_repunctuated"),
                ("reversed", "reversed_title"),
            ]
        )
    ).drop_nulls("key")
    keys = (
        forms.group_by("rank", "form", "key")
        .agg(pl.col("entry").sort())
        .sort("rank", "key")
        .with_columns(title_id=pl.col("entry").rank("dense").cast(pl.UInt32))
    )
    sets = keys.unique("title_id").sort("title_id").select("title_id", "entry").explode("entry")
    strict = keys.filter(rank=0)
    loose = keys.filter(pl.col("rank") > 0).unique("key", keep="first", maintain_order=True)
    wanted = ["key", "title_id", "form"]
    return strict.select(wanted), loose.select(wanted), sets


def _title_facts(title_entries: pl.DataFrame) -> pl.DataFrame:
    asked = {f"asks_{kind}": pl.col(f"{kind}_term").is_not_null().any() for kind in SLOTS}
    refers = pl.col("is_reference")
    return (
        title_entries.group_by("title_id")
        .agg(
            **asked,
            codes=pl.col("code").filter(~refers).n_unique(),
            shared_digits=pl.when(~refers.any()).then(shared_digits(pl.col("code"))),
            has_default=(pl.col("asks_nothing") & ~refers).any(),
        )
        .with_columns(needs_evidence=pl.col("asks_additional") | pl.col("asks_industry"))
        .sort("title_id")
    )


def _title_levels(title_entries: pl.DataFrame, term_levels: pl.DataFrame) -> pl.DataFrame:
    terms = [
        title_entries.select("title_id", term=f"{kind}_term").drop_nulls("term") for kind in SLOTS
    ]
    return pl.concat(terms).unique().join(term_levels, on="term").sort(pl.all())


def _rungs(rules: RuleBook) -> pl.DataFrame:
    """One row per pair of kinds of evidence: the first rung of the list that names both."""
    rows = [
        (number, rung.name, additional, industry)
        for number, rung in enumerate(rules.precedence.rungs, start=1)
        for additional in rung.additional
        for industry in rung.industry
    ]
    schema = {
        "rung": pl.UInt8,
        "rung_name": pl.String,
        "additional_evidence": pl.String,
        "industry_evidence": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").unique(
        ["additional_evidence", "industry_evidence"], keep="first", maintain_order=True
    )
