"""A few families of titles, as in notes.toml, for the generated indexes of test_engine.py."""

from datetime import date

from reference.notes import Branch, Family, Notes
from reference.rulebook import load_rule_book


def family(name, titles, **rules):
    says = "A family of titles for tests only."
    return Family(
        id=name, titles=titles, says=says, source="these tests", date=date(2026, 1, 1), **rules
    )


NOTES = Notes.model_validate(
    load_rule_book().notes.model_dump(exclude={"families"})
    | {
        "family": (
            family(
                "hands",
                ("hand", "mill hand"),
                around=("mill hand",),
                also={"handy man": "hand"},
                named={"engineer": "technical writer"},
                branch=(
                    Branch(see="writer, technical"),
                    Branch(see="hand, mill", but_not=("textile mfr",)),
                    Branch(see="engineer", additional="software"),
                ),
            ),
            family(
                "trainees",
                ("trainee",),
                words="around",
                names_occupation="beside",
                also={"self employed": "trainee"},
                branch=(
                    Branch(see="writer ( )", only=("textile mfr", "telecoms", "software")),
                    Branch(see="hand, mill", industry="shop", additional="telecoms"),
                    Branch(see="hand, mill", industry="textile mfr"),
                ),
            ),
            family("students", ("student",), words="after", names_occupation="in brackets"),
        )
    }
)
