"""The columns of a record by which a person decides its code, in review."""

REVIEWED_TEXTS = (
    "job_title",
    "job_description",
    "industry_description",
    "sic2007",
    "qualification",
    "department",
)
"""The texts of a record that a decision rests on."""
