"""The coding rules once more, as plainly as they can be: what the engine must agree with.

Written from precedence.toml and the docstrings, not from the Polars code: loops
over plain strings and dictionaries, for an index of a dozen entries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from os.path import commonprefix

import naive_notes as nn
from naive_evidence import (
    INDUSTRY,
    KINDS,
    TEXTS,
    Asked,
    RulesInUse,
    Text,
    loose,
    meet_term,
    read_term,
    strict,
)

from reference.notes import Branch
from reference.rulebook import RuleBook

Entry = dict[str, str | int | None]


# Titles


@dataclass
class Form:
    """One way to look a title up, and what a match by it is called."""

    kind: str
    key: Text
    method: str
    qualifier: Text = None
    uses_bracket: bool = False


def title_forms(title: str, rules: RuleBook) -> list[Form]:
    """In the order in which they are tried."""
    set_aside, notes = [w.word for w in rules.wording.set_aside], rules.notes
    bare = re.sub(r"[(\[][^)\]]*[)\]]", " ", title)
    before, mark, after = re.fullmatch(
        r"(.*?)(?:(,|\s[-\u2013\u2014]\s)\s*([^,]*?)\s*)?", title
    ).groups()
    turned = f"{after} {before}" if mark else ""
    said = bracketed(title)
    if said:
        turned = f"{said} {bare}"
    kept = without(bare, set_aside)
    first, last = (without_one(bare, set_aside, which=which) for which in (0, -1))
    told = said if said and without(said, set_aside) else None
    family_title, beside = nn.title_and_evidence(loose(bare), notes)
    both = " ".join(words for words in (beside, told) if words) or None
    return [
        Form("strict", strict(title), "whole_title"),
        Form("loose", loose(title), ""),
        Form("loose", loose(turned), "turned_title"),
        Form("loose", nn.named(loose(title), said, notes), "named_occupation"),
        *(Form("loose", key, "turned_title") for key in nn.words_first(loose(title), notes)),
        Form("strict", strict(bare), "title_with_qualifier", told, uses_bracket=True),
        Form("loose", loose(bare), "title_with_qualifier", told, uses_bracket=True),
        Form("loose", first, "words_set_aside", told, uses_bracket=True),
        Form("loose", last, "words_set_aside", told, uses_bracket=True),
        Form("loose", kept, "words_set_aside", told, uses_bracket=True),
        Form("loose", nn.named(kept, said, notes), "named_occupation", told, uses_bracket=True),
        Form("loose", family_title, "title_with_qualifier", both),
    ]


def bracketed(title: str) -> Text:
    """All that stands in brackets."""
    found = [words.strip() for words in re.findall(r"[(\[]([^)\]]*)[)\]]", title)]
    return " ".join(found) or None


def without(words: str, set_aside: list[str]) -> str:
    kept = f" {loose(words)} ".replace(" ", "  ")
    for word in set_aside:
        kept = kept.replace(f" {word.replace(' ', '  ')} ", " ")
    return " ".join(kept.split())


def without_one(words: str, set_aside: list[str], *, which: int) -> str:
    """Without the first (0), or the last (-1), of the words to set aside, met left to right."""
    kept, at, met = f" {loose(words)} ", 0, []
    while at < len(kept):
        word = next((w for w in set_aside if kept.startswith(f" {w} ", at)), None)
        if word:
            met.append((at, len(word)))
        at += len(word) + 1 if word else 1
    if not met:
        return kept.strip()
    begin, length = met[which]
    return (kept[:begin] + kept[begin + length + 1 :]).strip()


# References


def follow(reference: Entry, index: list[Entry], seen: tuple = ()) -> list[Entry]:
    """What a reference leads to, with the qualifiers of both."""
    match = re.fullmatch(r"see(?: also)? ([^(]+?)\s*(?:\(([^)]*)\))?", str(reference["see"]))
    if match is None or reference["index_entry_id"] in seen:
        return []
    title, wanted = match[1].lower(), (match[2] or "").strip().lower()
    led_to: list[Entry] = []
    for entry in index:
        additional = entry["additional_qualifier"]
        if (entry["index_title_reversed"] or entry["index_title"]).lower() != title:
            continue
        if wanted:
            words = (additional or "").lower()
            if words != wanted and not words.startswith((wanted + ",", wanted + ":")):
                continue
            additional = words[len(wanted) + 1 :].strip()
        both = entry | {
            "additional_qualifier": joined(reference["additional_qualifier"], additional),
            "industry_qualifier": joined(
                reference["industry_qualifier"], entry["industry_qualifier"]
            ),
        }
        if entry["unit_group"]:
            led_to.append(both | {"led_to": True})
        else:
            led_to += follow(both, index, (*seen, reference["index_entry_id"]))
    return led_to


def picks(branch: Branch, entry: Entry) -> bool:
    """Whether a branch leads to an entry of the title it names."""
    terms = {str(entry[f"{kind}_qualifier"]) for kind in KINDS}
    unwanted = any(t == n or t.startswith(n + ":") for t in terms for n in branch.but_not)
    return (not branch.only or bool(terms & set(branch.only))) and not unwanted


def joined(first: Text, second: Text) -> Text:
    return "; ".join(term for term in (first, second) if term) or None


# Coding


class NaiveCoder:
    """Codes one record at a time."""

    def __init__(self, index: list[Entry], rules: RuleBook) -> None:
        self.index, self.rules = index, RulesInUse(**vars(rules))
        led_to = [to for entry in index if entry["see"] for to in follow(entry, index)]
        noted = [to for title in {str(e["index_title"]) for e in index} for to in self.noted(title)]
        in_use = (
            phrase_sets
            for entry in [*index, *led_to, *noted]
            for kind in KINDS
            for level in self.asked(kind, entry)
            for phrase_sets, _ in level.criteria
        )
        self.rules = RulesInUse(**vars(rules), in_use=tuple(in_use))

    def entries_of(self, form: str, key: str) -> tuple[list[Entry], str]:
        """The entries of the first form of title that has the key: natural, then reversed."""
        same = strict if form == "strict" else loose
        ways = {"index_title": "whole_title" if form == "strict" else "whole_title_repunctuated"}
        if form == "loose":
            ways["index_title_reversed"] = "reversed_title"
        for column, called in ways.items():
            own = [e for e in self.index if key and same(str(e[column] or "")) == key]
            if own:
                references = [e for e in own if not e["unit_group"] and e["see"]]
                led_to = [to for r in references for to in follow(r, self.index)]
                titles = dict.fromkeys(str(e["index_title"]) for e in own)
                noted = [to for title in titles for to in self.noted(title)]
                return own + led_to + noted, called
        return [], ""

    def noted(self, title: str) -> list[Entry]:
        """What the notes lead to from a title; they are never a default."""
        first = next(e for e in self.index if e["index_title"] == title)
        found = []
        for family in self.rules.notes.families:
            for branch in family.branches if title in family.titles else ():
                to = branch.see.removesuffix("( )").strip()
                if to == (first["index_title_reversed"] or title):
                    continue
                note = first | {
                    "index_entry_id": branch.see,
                    "additional_qualifier": branch.additional,
                    "industry_qualifier": branch.industry,
                    "see": f"see {branch.see}",
                }
                found += [to for to in follow(note, self.index) if picks(branch, to)]
        return [to for to in found if any(self.asked(k, to) for k in KINDS)]

    def code(self, record: dict[str, Text]) -> dict[str, Text]:
        """The columns that test_engine.py compares."""
        title = nn.with_occupation_of_duties(
            str(record["job_title"]), record["job_description"], self.rules.notes
        )
        for form in title_forms(title, self.rules):
            entries, called = self.entries_of(form.kind, form.key or "")
            if entries:
                only_aside = form.uses_bracket and bracketed(title) and not form.qualifier
                name = "words_set_aside" if only_aside else form.method or called
                given = self.evidence(record, form.qualifier)
                return self.choose(entries, given) | {"match_method": name}
        return review("title is not in the index") | {"match_method": None}

    def evidence(self, record: dict[str, Text], title_qualifier: Text) -> dict[str, Text]:
        """The record's texts; what is known of the employer stands in for what it does not say."""
        told = record | {"title_qualifier": title_qualifier}
        if not record["industry_description"] and not record["sic2007"]:
            told["industry_description"] = record["employer_industry"]
            told["sic2007"] = record["employer_sic2007"]
        return told

    def choose(self, entries: list[Entry], given: dict[str, Text]) -> dict[str, Text]:
        fitting = [(rank, entry) for entry in entries if (rank := self.rank(entry, given))]
        asks = {k: any(self.asked(k, entry) for entry in entries) for k in KINDS}
        given_how = how_given(asks, given)
        missing = missing_evidence(asks, given)
        if not fitting:
            shared = digits_shared(entries) if given_how == "no evidence given" else None
            return review(f"title has no entry without a qualifier: {given_how}", missing, shared)
        best = min(rank for rank, _ in fitting)
        tied = [entry for rank, entry in fitting if rank == best]
        entry = min(tied, key=lambda e: e["record_number"])
        if len({code_of(e) for e in tied}) > 1:
            return review("several entries fit equally well", missing, digits_shared(tied))
        if not entry["unit_group"]:
            return review("the index refers to its notes or to a title it does not have", missing)
        if entry["sub_unit_group"] and not entry["sub_unit_group"].startswith(entry["unit_group"]):
            return review("the index entry's two codes contradict each other", missing)
        asks_nothing = not any(self.asked(k, entry) for k in KINDS)
        several = len({code_of(e) for e in entries if e["unit_group"]}) > 1
        declared = entry["default_code"] not in (None, "O")
        still_open = {k: asks[k] and not self.asked(k, entry) for k in KINDS}
        narrower = (
            "no evidence given for a narrower qualifier"
            if any(still_open.values()) and how_given(still_open, given) == "no evidence given"
            else "evidence given, no narrower qualifier applies"
        )
        by_default = (asks_nothing and several) or declared
        return {
            "unit_group": entry["unit_group"],
            "sub_unit_group": entry["sub_unit_group"],
            "outcome": "assigned_by_default" if by_default else "assigned",
            "default_reason": (given_how if asks_nothing else narrower) if by_default else None,
            "review_reason": None,
            "missing_evidence": missing if by_default else None,
            "safe_code": None,
        }

    def asked(self, kind: str, entry: Entry) -> list[Asked]:
        return read_term(kind, entry[f"{kind}_qualifier"], self.rules)

    def rank(self, entry: Entry, given: dict[str, Text]) -> tuple | None:
        """The place of a fitting entry in the order of flows/coding/assign.py; None: no fit."""
        asked = {k: self.asked(k, entry) for k in KINDS}
        met = {
            k: meet_term(k, entry[f"{k}_qualifier"], given, self.rules) for k in KINDS if asked[k]
        }
        if None in met.values():
            return None
        kinds = {k: KINDS[k][met[k].strength] if k in met else "none" for k in KINDS}
        is_reference = not entry["unit_group"]
        return (
            (0 if met else 2) + is_reference,
            next(
                number
                for number, rung in enumerate(self.rules.precedence.rungs)
                if kinds["additional"] in rung.additional and kinds["industry"] in rung.industry
            ),
            bool(entry.get("led_to")),
            sum(m.strength > 0 for m in met.values()),
            -sum(len(levels) for levels in asked.values()),
            sum(m.lightness for m in met.values()),
            not met and entry["default_code"] is None,
        )


def code_of(entry: Entry) -> Text:
    return entry["sub_unit_group"] or entry["unit_group"]


def digits_shared(entries: list[Entry]) -> Text:
    """What all their codes begin with; nothing if one has no code."""
    if not all(e["unit_group"] for e in entries):
        return None
    return commonprefix([code_of(e)[:4] for e in entries]) or None  # noqa: RUF071  no paths


def missing_evidence(asks: dict[str, bool], given: dict[str, Text]) -> Text:
    """The fields that are not given, of those its entries ask for."""
    missing = []
    if asks["additional"] and not any(given[f] for f in TEXTS if f != "industry_description"):
        missing.append("job_description")
    if asks["industry"] and not any(given[f] for f in (*INDUSTRY, "sic2007")):
        missing.append("industry_description or sic2007")
    return "; ".join(missing) or None


def how_given(asks: dict[str, bool], given: dict[str, Text]) -> str:
    """Not given and given-but-not-applicable are different facts."""
    subject = any(given[f] for f in TEXTS if f != "industry_description")
    industry = any(given[f] for f in (*INDUSTRY, "sic2007"))
    facts = [g for k, g in (("additional", subject), ("industry", industry)) if asks[k]]
    if not any(facts):
        return "no evidence given"
    if all(facts):
        return "evidence given, no qualifier applies"
    return "evidence given for some qualifiers, none applies"


def review(reason: str, missing: Text = None, safe_code: Text = None) -> dict[str, Text]:
    return {
        **dict.fromkeys(("unit_group", "sub_unit_group", "default_reason")),
        "outcome": "review",
        "review_reason": reason,
        "missing_evidence": missing,
        "safe_code": safe_code,
    }
