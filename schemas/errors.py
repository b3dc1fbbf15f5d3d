"""Errors for the person who gets them: what was found, what was expected, what to do.

They live in the lowest room because every other room raises them. Each kind has an exit code
of its own, listed in the README. A message never carries a respondent's text: a file, a row
number and a column are enough to find it.
"""

from __future__ import annotations


class SocRecodeError(Exception):
    """Base of every error raised on purpose; `exit_code` is what the command returns."""

    exit_code = 1

    def __init__(self, found: str, *, expected: str = "", fix: str = "") -> None:
        self.found, self.expected, self.fix = found, expected, fix
        parts = [found]
        if expected:
            parts.append(f"Expected: {expected}")
        if fix:
            parts.append(f"What to do: {fix}")
        super().__init__("\n".join(parts))


class UsageError(SocRecodeError):
    """The command was given options that do not go together."""

    exit_code = 2


class EditionError(SocRecodeError):
    """A reference edition, or another published file, is missing, damaged or not what it says."""

    exit_code = 3


class UnreadableFileError(SocRecodeError):
    """An extract file cannot be read at all; the other files' results stand."""

    exit_code = 4


class MappingError(SocRecodeError):
    """The columns of an extract cannot be mapped to the canonical ones."""

    exit_code = 5


class CriteriaError(SocRecodeError):
    """A criteria or wording file is not well formed."""

    exit_code = 6


class OutputError(SocRecodeError):
    """The output folder, or the results of an earlier run, cannot be used."""

    exit_code = 7


class ReconciliationError(SocRecodeError):
    """Counts do not add up: records read are not records written. A defect: please report it."""

    exit_code = 8


class ReviewError(SocRecodeError):
    """Decisions of a review, or a file of overrides, do not hold; nothing was stored or run."""

    exit_code = 12


class NetworkError(SocRecodeError):
    """A download failed, or there is no network."""

    exit_code = 9


class HeldError(SocRecodeError):
    """A run's distributions moved further from an earlier run's than allowed; results are kept."""

    exit_code = 10


class VerificationError(SocRecodeError):
    """The results of a run, or what they were made from, are not what its run.json says."""

    exit_code = 11
