"""Qualify: which entries of a title a record's evidence satisfies, and by which words.

Texts are searched once each, for all phrases of all criteria at a time; everything else is joins.
Only what is met is made into rows, so a title with 300 branches costs no more than one with two.
"""

from __future__ import annotations

import polars as pl

from flows.coding.normalise import EVIDENCE_FIELDS
from reference.keys import evidence_key
from reference.lookup import SLOTS, Lookup
from reference.rulebook import DEFAULT_FIELDS

FIELDS = ("title_qualifier", *EVIDENCE_FIELDS)
_PLACE = ["text_no", "criterion"]
FACTS = {
    "criterion": pl.UInt32,
    "term": pl.UInt32,
    "words": pl.String,
    "weight": pl.UInt32,
}

GIVEN_BY: dict[str, tuple[str, ...]] = {
    "additional": ("title_qualifier", "job_description", "department", "qualification"),
    "industry": ("title_qualifier", "industry_description", "sic2007"),
}
"""Fields by slot: if one of them is given, evidence was given, whether it applies or not."""

STRENGTHS: dict[str, tuple[str, ...]] = {
    "additional": ("stated", "described", "sector"),
    "industry": ("stated", "described", "classified", "implied"),
}
"""Kinds of evidence by slot, strongest first; `precedence.toml` says what each means."""


def spoken_texts(cases: pl.LazyFrame) -> pl.LazyFrame:
    """Every text of every case; one row per case and field that is given: case, field, text."""
    return cases.unpivot(
        index=["case", "title_id"], on=list(FIELDS), variable_name="field", value_name="text"
    ).drop_nulls("text")


def read_texts(texts: pl.DataFrame, lookup: Lookup) -> pl.DataFrame:
    """What texts say, whatever the title; one row per text, field and fact.

    `texts` has distinct rows of field and text. A fact is that a criterion is met (`criterion`) or
    that the text is a whole term (`term`); words are the phrase or SIC prefix that says so.
    """
    numbered = texts.with_row_index("text_no")
    words = numbered.filter(pl.col("field") != "sic2007")
    codes = numbered.lazy().filter(pl.col("field") == "sic2007")
    facts = pl.concat(
        [
            find_phrases(words, lookup),
            find_terms(words.lazy(), lookup),
            codes.join(find_sic_criteria(codes, lookup), on="text").drop("field", "text"),
        ],
        how="diagonal",
    )
    return (
        facts.join(numbered.lazy(), on="text_no")
        .select("field", "text", *(pl.col(name).cast(kind) for name, kind in FACTS.items()))
        .collect()
    )


def find_evidence(cases: pl.LazyFrame, read: pl.LazyFrame) -> pl.LazyFrame:
    """What each case's texts and SIC code say; one row per case, criterion and field.

    `cases` has one row per `case` with title_id and the FIELDS; `read` is of `read_texts`.
    Columns: case, title_id, criterion, field, words (the phrase or SIC prefix), weight.
    """
    return (
        spoken_texts(cases)
        .join(read.drop_nulls("criterion"), on=["field", "text"])
        .select("case", "title_id", "criterion", "field", "words", "weight")
    )


def find_phrases(texts: pl.DataFrame, lookup: Lookup) -> pl.LazyFrame:
    """What says most for each criterion in each text; one row per text_no and criterion.

    That is a phrase, or several that count together, and of these the one with most words. A phrase
    inside an excluding phrase of its criterion does not count, nor one of a set that another phrase
    in the text cancels, nor one among words of contexts.toml, such as "retired from".
    """
    # Eager on purpose: the streaming engine builds the search automaton anew for every row. Once
    # with all phrases that a word of the texts begins, to see which occur at all; then with those,
    # to see where.
    key = pl.col("key")
    keyed = texts.with_columns(key=evidence_key(pl.col("text")))
    words = keyed.select(first_word=key.str.split(" ").explode()).unique()
    begun = lookup.patterns.join(words, on="first_word", how="semi")["phrase"].implode()
    any_found = keyed.select(key.str.extract_many(begun, overlapping=True))
    occurring = any_found["key"].explode().drop_nulls().unique().implode()
    found = (
        keyed.select(
            "text_no",
            "field",
            "key",
            start=key.str.find_many(occurring, overlapping=True),
            phrase=key.str.extract_many(occurring, overlapping=True),
        )
        .lazy()
        .explode("start", "phrase")
        .drop_nulls("phrase")
        .with_columns(end=pl.col("start") + pl.col("phrase").str.len_bytes())
        .pipe(_with_contexts, lookup.not_counting)
        .join(lookup.phrases.lazy(), on=["phrase", "field"])
    )
    lone = (pl.col("role") == "counts") & (pl.col("parts") == 1)  # "mend road" is no name
    counting = found.filter(~pl.col("kept"), ~(pl.col("named") & lone))
    including = counting.filter(role="counts")
    included = _with_all_parts(including).join(
        counting.filter(role="cancels"), on=[*_PLACE, "phrase_set"], how="anti"
    )
    masks = found.filter(role="masks").select(*_PLACE, mask_start="start", mask_end="end")
    masked = (
        included.join(masks, on=_PLACE)
        .filter(
            pl.col("mask_start") <= pl.col("start"),
            pl.col("mask_end") >= pl.col("end"),
        )
        .select(*_PLACE, "start", "phrase")
    )
    kept = included.join(masked, on=[*_PLACE, "start", "phrase"], how="anti")
    return _whole(_heads_first(kept, including))


def _with_all_parts(found: pl.LazyFrame) -> pl.LazyFrame:
    """The phrases of combinations of which all parts are found: of most, only one part is."""
    several = found.filter(pl.col("parts") > 1)
    whole = (
        several.group_by("text_no", "combination")
        .agg(pl.col("part").n_unique(), pl.col("parts").first())
        .filter(pl.col("part") == pl.col("parts"))
    )
    return pl.concat(
        [
            found.filter(parts=1),
            several.join(whole, on=["text_no", "combination"], how="semi"),
        ]
    )


def _heads_first(found: pl.LazyFrame, others: pl.LazyFrame) -> pl.LazyFrame:
    """Take the weight of a lone phrase right before another: a "library cafe" is a cafe.

    Any of the `others` will do, whether or not its criterion is met.
    """
    # the space at a phrase's end is the one at its neighbour's start
    nexts = others.select("text_no", next=pl.col("start") + 1).unique()
    following = ["text_no", "next"]
    heads = nexts.with_columns(is_before=pl.lit(value=True))
    return (
        found.with_columns(next=pl.col("end"))
        .join(heads, on=following, how="left")
        .with_columns(
            weight=pl.when(pl.col("is_before") & (pl.col("parts") == 1))
            .then(pl.lit(0, pl.UInt32))
            .otherwise("weight")
        )
        .drop("next", "is_before")
    )


def _whole(found: pl.LazyFrame) -> pl.LazyFrame:
    """The weightiest combination of phrases of which all parts are found, in each place.

    The same word is not two parts: there must be as many places in the text as there are parts.
    """
    parts = found.group_by(*_PLACE, "combination", "part").agg(
        pl.col("parts").first(),
        pl.col("start").unique(),
        pl.col("phrase", "weight").sort_by("weight", "phrase", descending=True).first(),
    )
    return (
        parts.group_by(*_PLACE, "combination")
        .agg(
            words=pl.col("phrase").str.strip_chars().sort_by("part").str.join(" … "),
            weight=pl.col("weight").sum(),
            missing=pl.col("parts").first() - pl.len(),
            apart=pl.col("start").explode().n_unique() >= pl.len(),
        )
        .filter("apart", missing=0)
        .group_by(_PLACE)
        .agg(pl.col("words", "weight").sort_by("weight", "words", descending=True).first())
    )


def _with_contexts(found: pl.LazyFrame, patterns: dict[str, str]) -> pl.LazyFrame:
    """Add whether words around a phrase keep it from counting, and whether they make it a name."""
    # Positions are in bytes; the space at each end of a phrase is its neighbours' as well.
    text = pl.col("key").cast(pl.Binary)
    before = text.bin.slice(0, pl.col("start") + 1).cast(pl.String)
    before = before.str.replace(patterns["turn"], " ")
    after = text.bin.slice(pl.col("end") - 1).cast(pl.String)
    over = before.str.contains(patterns["ended"]) & after.str.contains(patterns["turning"])
    may = pl.col("key").str.contains(patterns["any"])  # few texts: the others are slow
    none = pl.lit(value=False)
    return pl.concat(
        [
            found.filter(may).with_columns(
                kept=before.str.contains(patterns["before"]) | over,
                named=after.str.contains(patterns["after"]),
            ),
            found.filter(~may).with_columns(kept=none, named=none),
        ]
    ).drop("key")


def find_sic_criteria(codes: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The criteria that each SIC code (`text`) meets, by the longest prefix; one row per pair."""
    return (
        codes.with_columns(digits=pl.col("text").str.replace_all(r"[^0-9]", ""))
        .select(
            "text",
            words=pl.concat_list(pl.col("digits").str.slice(0, n) for n in range(2, 6)),
        )
        .explode("words")
        .unique()
        .join(lookup.sic_prefixes.lazy(), left_on="words", right_on="prefix")
        .group_by("text", "criterion")
        .agg(pl.col("words", "weight").sort_by("weight").last())
    )


def _strength(slot: pl.Expr, field: pl.Expr) -> pl.Expr:
    """The kind of evidence as its place in STRENGTHS, from the slot and the field it stands in."""
    industry = (
        pl.when(field == "sic2007")
        .then(2)
        .when(field.is_in(list(DEFAULT_FIELDS["industry"])))
        .then(1)
        .otherwise(3)
    )
    additional = pl.when(field.is_in(["sic2007", "industry_description"])).then(2).otherwise(1)
    return pl.when(slot == "industry").then(industry).otherwise(additional).cast(pl.UInt8)


def find_terms(texts: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The terms that whole texts are, in fields where that counts; one row per text_no and term."""
    fields = {
        "additional": (*DEFAULT_FIELDS["additional"], "qualification"),
        "industry": DEFAULT_FIELDS["industry"],
    }
    terms = pl.concat(
        lookup.terms.lazy().filter(kind=kind).select("term", "key", field=pl.lit(field))
        for kind in SLOTS
        for field in fields[kind]
    )
    keyed = texts.select("text_no", "field", key=evidence_key(pl.col("text")))
    return keyed.join(terms, on=["key", "field"]).select(
        "text_no", "term", weight=pl.col("key").str.count_matches(" ").cast(pl.UInt32)
    )


def find_stated(cases: pl.LazyFrame, read: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """Cases whose whole text is a term of their title; one row per case and term."""
    title_terms = lookup.title_levels.lazy().select("title_id", "term").unique()
    return (
        spoken_texts(cases)
        .join(read.drop_nulls("term"), on=["field", "text"])
        .join(title_terms, on=["title_id", "term"], how="semi")
        .group_by("case", "title_id", "term")
        .agg(
            strength=pl.lit(0, pl.UInt8),
            steps=pl.lit(0, pl.Int32),
            weight=pl.col("weight").first(),
            evidence=pl.format("{}: the term itself", pl.col("field").sort().first()),
        )
    )


def meet_terms(cases: pl.LazyFrame, read: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The qualifier terms of its title that each case satisfies; one row per case and term.

    All levels of a term must be met; the weakest level says how strong the evidence is.
    Columns: case, title_id, term, strength, steps (how much narrower the criteria that were met
    are than the term), weight, evidence (field, words and criterion).
    """
    terms = lookup.terms.lazy().select("term", "kind", "levels")
    names = lookup.criteria.lazy().select("criterion", "id")
    levels = (
        find_evidence(cases, read)
        .join(lookup.title_levels.lazy(), on=["title_id", "criterion"])
        .join(terms, on="term")
        .with_columns(strength=_strength(pl.col("kind"), pl.col("field")))
        .sort(
            *("case", "term", "level", "strength", "steps"),
            -pl.col("weight").cast(pl.Int32),
            *("criterion", "field"),
        )
        .unique(["case", "term", "level"], keep="first", maintain_order=True)
        .join(names, on="criterion", maintain_order="left")
        .with_columns(
            evidence=pl.format("{}: “{}” ({})", "field", "words", "id"),
        )
    )
    summed = ("strength", "steps", "weight", "evidence")
    one = levels.filter(levels=1).select("case", "title_id", "term", *summed)
    several = (
        levels.filter(pl.col("levels") > 1)
        .group_by("case", "title_id", "term")
        .agg(
            pl.col("strength").max(),
            pl.col("steps").sum(),
            pl.col("weight").sum(),
            evidence=pl.col("evidence").sort_by("level").str.join("; "),
            met=pl.len().cast(pl.UInt32),
            levels=pl.col("levels").first(),
        )
        .filter(pl.col("met") == pl.col("levels"))
        .drop("met", "levels")
    )
    return (
        pl.concat([find_stated(cases, read, lookup), one, several], how="diagonal_relaxed")
        .sort("case", "term", "strength")
        .unique(["case", "term"], keep="first", maintain_order=True)
    )


def qualify(cases: pl.LazyFrame, met: pl.LazyFrame, lookup: Lookup) -> pl.LazyFrame:
    """The entries whose qualifiers a case satisfies; one row per case and fitting entry.

    An entry that asks for nothing always fits. Columns: case, entry, and for each slot its
    strength (null: the entry asks nothing there), steps, weight and evidence.
    """
    entries = lookup.title_entries.lazy()
    asks_additional = pl.col("additional_term").is_not_null()
    asks_industry = pl.col("industry_term").is_not_null()

    def side(kind: str) -> pl.LazyFrame:
        columns = ("strength", "steps", "weight", "evidence")
        return met.select(
            "case",
            "title_id",
            pl.col("term").alias(f"{kind}_term"),
            *(pl.col(column).alias(f"{kind}_{column}") for column in columns),
        )

    on_additional = side("additional").join(entries, on=["title_id", "additional_term"])
    on_industry = side("industry").join(entries, on=["title_id", "industry_term"])
    return pl.concat(
        [
            on_additional.filter(~asks_industry),
            on_industry.filter(~asks_additional),
            on_additional.filter(asks_industry).join(
                side("industry").drop("title_id"), on=["case", "industry_term"]
            ),
            cases.select("case", "title_id").join(entries.filter("asks_nothing"), on="title_id"),
        ],
        how="diagonal",
    )
