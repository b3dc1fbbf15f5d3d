"""How the parts of a criterion are put into words, on the terminal and in the book."""

from __future__ import annotations

from flows.coding.qualify import FIELDS
from reference.rulebook import DEFAULT_FIELDS, CriterionExample, PhraseSet, QualifierKind

FIELD_WORDS = {
    "title_qualifier": "words in brackets after the title",
    "job_description": "duties",
    "department": "department",
    "qualification": "qualification",
    "industry_description": "industry",
    "sic2007": "SIC code",
}
DERIVED_STATEMENT = (
    "Derived: the term's own words, in the forms that the grammar gives them, must be said."
)


def field_words(phrases: PhraseSet, kind: QualifierKind) -> str:
    """Name the fields in which a set of phrases is sought."""
    return ", ".join(FIELD_WORDS[field] for field in phrases.fields or DEFAULT_FIELDS[kind])


def phrase_roles(phrases: PhraseSet) -> list[tuple[str, tuple[str, ...]]]:
    """Give the phrases of a set by what they do, as far as there are any."""
    roles = [
        ("Counts", phrases.include),
        ("Counts together", phrases.together),
        ("Does not count", phrases.exclude),
        ("Nothing counts beside", phrases.unless),
    ]
    return [(role, listed) for role, listed in roles if listed]


def example_words(example: CriterionExample) -> str:
    """Say what an example's record says, field by field."""
    said = ((FIELD_WORDS[field], getattr(example, field)) for field in FIELDS)
    return "; ".join(f"{field}: “{text}”" for field, text in said if text is not None)
