"""One thing that was compared with what a run's manifest says of it, and how it came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

About = Literal["input", "output", "facts", "counts", "installed"]
Status = Literal["same", "differs", "missing", "added"]


@dataclass(frozen=True)
class Check:
    """What was compared, what it is called, how it came out, and what was found."""

    about: About
    name: str
    status: Status
    detail: str = ""

    @property
    def agrees(self) -> bool:
        """Whether it is as the manifest says."""
        return self.status == "same"


def compare(about: About, name: str, differences: list[str]) -> Check:
    """Make the check of something that is the same unless there are differences, a phrase each."""
    return Check(about, name, "differs" if differences else "same", "; ".join(differences))
