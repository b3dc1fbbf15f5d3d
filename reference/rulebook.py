"""The rule book: criteria, grammar of qualifier terms, precedence, wording. Data in, types out.

Criteria are TOML files in `criteria/`, one file per sector or subject; `grammar.toml`,
`contexts.toml`, `precedence.toml` and `notes.toml` beside them say how terms are read, which words
keep a phrase from counting, which evidence outweighs which, and what "see notes" means. Nothing
about an occupation, an industry or a code stands in Python.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from reference.notes import Notes
from reference.wording import Wording, read_wording
from schemas.errors import CriteriaError

QualifierKind = Literal["additional", "industry"]
EvidenceField = Literal[
    "title_qualifier",
    "job_description",
    "department",
    "qualification",
    "industry_description",
    "sic2007",
]
DEFAULT_FIELDS: dict[QualifierKind, tuple[EvidenceField, ...]] = {
    "additional": ("title_qualifier", "job_description", "department"),
    "industry": ("title_qualifier", "industry_description"),
}


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PhraseSet(_Frozen):
    """Phrases that count, and longer phrases that do not, for the fields they are sought in.

    A word marked "~" stands for all its inflections: "~fit window" is also "fitting windows".
    An excluding phrase cancels the including phrases it covers, and nothing else in the text; one
    under `unless` cancels them all.
    """

    fields: tuple[EvidenceField, ...] = ()
    include: tuple[str, ...] = ()
    together: tuple[str, ...] = ()
    """Phrases that count when all stand in the text, in any order: "~fit|~mend + window|door" needs
    one of each side of the plus."""
    exclude: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    """Phrases anywhere in the text that cancel the whole set: a product's name alone speaks for its
    manufacture, unless it is sold, hired or repaired."""

    @field_validator("together")
    @classmethod
    def _two_parts_or_more(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for said in listed:
            parts = split_together(said)
            if len(parts) < 2 or not all(all(part) for part in parts):
                raise ValueError(f'{said!r} is not two or more parts such as "~fit + window|door"')
        return listed


def split_together(said: str) -> list[list[str]]:
    """The parts of words that count together, and the alternatives for each part."""
    return [[phrase.strip() for phrase in part.split("|")] for part in said.split("+")]


class CriterionExample(_Frozen):
    """A record that does or does not meet its criterion; every example is a test."""

    title_qualifier: str | None = None
    job_description: str | None = None
    department: str | None = None
    qualification: str | None = None
    industry_description: str | None = None
    sic2007: str | None = None
    met: bool


class Criterion(_Frozen):
    """A written, testable statement of what satisfies one or more qualifier terms."""

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    kind: QualifierKind
    terms: tuple[str, ...] = Field(min_length=1)
    statement: str = Field(min_length=20)
    source: str = Field(min_length=5)
    date: date
    includes: tuple[str, ...] = ()
    """Ids of narrower criteria of the same kind: what meets them meets this one too."""
    sic2007: tuple[str, ...] = ()
    phrases: tuple[PhraseSet, ...] = ()
    examples: tuple[CriterionExample, ...] = Field(min_length=2)

    @field_validator("sic2007")
    @classmethod
    def _two_to_five_digits(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        for code in codes:
            if not (code.isascii() and code.isdigit() and 2 <= len(code) <= 5):
                raise ValueError(f"{code!r} is not a SIC 2007 code or prefix of 2 to 5 digits")
        return codes


class Template(_Frozen):
    """How a term that ends in a given word is said by respondents; `{}` is the rest of the term."""

    ending: str
    phrases: tuple[str, ...]


class Grammar(_Frozen):
    """How qualifier terms are read where no criterion is written for them."""

    source: str
    date: date
    vacuous: tuple[str, ...]
    conjunctive: tuple[str, ...]
    shared_endings: tuple[str, ...]
    templates: tuple[Template, ...]
    irregular: dict[str, tuple[str, ...]]
    """Inflections of a word, marked "~" in a phrase, that are not made by rule."""


class Rung(_Frozen):
    """One step of the precedence list: which kinds of evidence, and why it stands where it does."""

    name: str
    additional: tuple[str, ...]
    industry: tuple[str, ...]
    reason: str = Field(min_length=20)


class Precedence(_Frozen):
    """The precedence list, strongest rung first."""

    source: str
    date: date
    rungs: tuple[Rung, ...] = Field(alias="rung", min_length=1)


class Context(_Frozen):
    """Words around a phrase which say that it does not count."""

    name: str
    reason: str = Field(min_length=20)
    words: tuple[str, ...] = ()
    """They stand before the phrase, with nothing but bridging words between."""
    through: tuple[str, ...] = ()
    """Words that must follow `words`, a few others between: "makes beds for" hospitals."""
    gap: int = Field(default=0, ge=0, le=5)
    """How many words of any kind may stand between as well: "next to the railway" station."""
    until_turn: bool = False
    """Whether, where one of the `turns` follows, all up to it does not count: "retired from the
    police and the army, now" a driver."""
    after: tuple[str, ...] = ()
    """They stand right after the phrase: hospital "lane"."""


class Contexts(_Frozen):
    """All such words, and the words that may stand between them and a phrase."""

    source: str
    date: date
    bridges: tuple[str, ...]
    turns: tuple[str, ...]
    """What is said before one of these words has no effect on what follows: "now", "but"."""
    contexts: tuple[Context, ...] = Field(alias="context", min_length=1)


@dataclass(frozen=True)
class RuleBook:
    """All rules a run depends on, and `version`: the SHA-256 over the files they came from."""

    criteria: tuple[Criterion, ...]
    grammar: Grammar
    precedence: Precedence
    contexts: Contexts
    notes: Notes
    wording: Wording
    version: str

    def written(self) -> dict[tuple[QualifierKind, str], Criterion]:
        """Criterion by kind and lower-case term."""
        return {(c.kind, term.lower()): c for c in self.criteria for term in c.terms}


def _parse(model: type[BaseModel], table: dict[str, Any], where: str) -> Any:  # noqa: ANN401
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CriteriaError(
            f"{where}: {field}: {first['msg']}", fix="Correct the file and run again."
        ) from error


def _read_toml(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CriteriaError(f"{file.name}: not valid TOML: {error}") from error


_CRITERIA = files("reference") / "criteria"
_WORDING = files("reference") / "wording"
_GENERAL = {"grammar.toml", "precedence.toml", "contexts.toml", "notes.toml"}
"""Files beside the criteria that hold for all of them."""


def _read_criteria(folder: Traversable) -> tuple[Criterion, ...]:
    """All criteria of all files, in the order of file names; each id and each term only once."""
    criteria: list[Criterion] = []
    owner: dict[tuple[str, str], str] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".toml") or file.name in _GENERAL:
            continue
        for number, table in enumerate(_read_toml(file).get("criterion", []), start=1):
            where = f"{file.name}: criterion {number} ({table.get('id', 'without id')})"
            criterion: Criterion = _parse(Criterion, table, where)
            keys = [("id", criterion.id), *((criterion.kind, t.lower()) for t in criterion.terms)]
            for key in keys:
                if key in owner:
                    raise CriteriaError(f"{where}: {key[1]!r} is already in {owner[key]}")
                owner[key] = where
            criteria.append(criterion)
    _check_includes(criteria)
    return tuple(criteria)


def _check_includes(criteria: list[Criterion]) -> None:
    """What a criterion includes must exist, be of its kind, and not include it in turn."""
    by_id = {criterion.id: criterion for criterion in criteria}
    for criterion in criteria:
        for name in criterion.includes:
            if name not in by_id or by_id[name].kind != criterion.kind:
                raise CriteriaError(
                    f"{criterion.id}: includes {name!r}, which is no {criterion.kind} criterion."
                )
        if criterion.id in narrower(criterion, by_id):
            raise CriteriaError(f"{criterion.id}: includes itself, in the end.")


def narrower(criterion: Criterion, by_id: dict[str, Criterion]) -> dict[str, int]:
    """All that a criterion includes, also indirectly, with the number of steps to it."""
    steps: dict[str, int] = {}
    level, distance = list(criterion.includes), 1
    while level:
        found = [name for name in level if name not in steps]
        steps |= dict.fromkeys(found, distance)
        level = [name for other in found for name in by_id[other].includes]
        distance += 1
    return steps


@cache
def rules_version() -> str:
    """The SHA-256 over every rule file that ships with the package."""
    digest = hashlib.sha256()
    for folder in (_CRITERIA, _WORDING):
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if not file.is_file():
                continue
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


@cache
def load_rule_book() -> RuleBook:
    """Read and check every rule file that ships with the package.

    Raises CriteriaError naming file, criterion and field.
    """

    def general(model: type[BaseModel], name: str) -> Any:  # noqa: ANN401
        return _parse(model, _read_toml(_CRITERIA / name), name)

    return RuleBook(
        criteria=_read_criteria(_CRITERIA),
        grammar=general(Grammar, "grammar.toml"),
        precedence=general(Precedence, "precedence.toml"),
        contexts=general(Contexts, "contexts.toml"),
        notes=general(Notes, "notes.toml"),
        wording=read_wording(_WORDING),
        version=rules_version(),
    )
