"""Why a record got its code, for people: the entries considered, and what would change the code.

Pure functions of the dictionary that flows.coding.explain.explain_record gives.
"""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

SHOWN_ENTRIES = 25  # beside those whose qualifiers are met
_STYLES = {"met": "green", "not met": "red", "not given": "yellow"}

Row = dict[str, Any]


def explanation(explained: Row, *, every_entry: bool = False) -> RenderableType:
    """Show the result of one record, why, the entries considered, and the other codes."""
    parts: list[RenderableType] = [_result(explained["result"]), *_why(explained)]
    if explained["entries"]:
        parts += ["", *_entries(explained["entries"], every_entry=every_entry)]
    if explained["would_change"]:
        parts += ["", Text("It would have been", style="bold"), *_others(explained["would_change"])]
    return Group(*parts)


def _result(result: Row) -> Text:
    if result["unit_group"] is None:
        return Text(f"For review: {result['review_reason']}", style="bold yellow")
    code = result["sub_unit_group"] or result["unit_group"]
    title = result["sub_unit_group_title"] or result["unit_group_title"] or ""
    return Text(f"{code} {title}".rstrip(), style="bold green")


def _why(explained: Row) -> list[Text]:
    """Say how the title was matched and what decided, a line for each fact that there is."""
    result, title = explained["result"], explained["title"]
    facts = [
        ("Unit group", _joined(result["unit_group"], result["unit_group_title"])),
        ("Outcome", str(result["outcome"]).replace("_", " ")),
        ("Index title", title["index_title"]),
        ("Matched by", _plain(title["match_method"])),
        ("Read as", title["title_read_as"]),
        ("Words set aside", title["words_set_aside"]),
        ("Words in brackets", title["title_qualifier"]),
        ("Decided by", _plain(result["precedence_rung"])),
        ("Most like", result["likely_codes"]),
        ("Safe code", result["safe_code"]),
        ("Evidence", result["evidence"]),
        ("Outweighed", result["outweighed"]),
        ("Default because", result["default_reason"]),
        ("Not given", result["missing_evidence"]),
        ("Candidates", result["candidates"]),
        ("Edition", explained["edition"]),
    ]
    return [Text(f"  {name}: {value}") for name, value in facts if value]


def _joined(*parts: str | None) -> str | None:
    return " ".join(part for part in parts if part) or None


def _plain(name: str | None) -> str | None:
    return name.replace("_", " ") if name else None


def _entries(entries: list[Row], *, every_entry: bool) -> list[RenderableType]:
    """Show the entries of the title: the chosen one, those met, then the others."""
    ordered = sorted(entries, key=lambda entry: (not entry["chosen"], not _is_met(entry)))
    met = sum(1 for entry in ordered if entry["chosen"] or _is_met(entry))
    shown = ordered if every_entry else ordered[: met + SHOWN_ENTRIES]
    table = Table(title=f"Entries considered: {len(entries)}", title_justify="left")
    table.title_style = "bold"
    for column in ("", "code", "entry", "additional qualifier", "industry qualifier", "default"):
        table.add_column(column)
    for entry in shown:
        table.add_row(
            "chosen" if entry["chosen"] else "",
            entry["sub_unit_group"]
            or entry["unit_group"]
            or f"({entry.get('see') or 'reference'})",
            entry["index_entry_id"],
            _qualifier(entry, "additional"),
            _qualifier(entry, "industry"),
            entry["default_code"] or "",
        )
    if left := len(entries) - len(shown):
        return [table, Text(f"and {left} more, not met: --all shows them")]
    return [table]


def _is_met(entry: Row) -> bool:
    """Whether what the entry asks for is given; one that asks for nothing always is."""
    return all(entry[kind] in ("met", "none") for kind in ("additional", "industry"))


def _qualifier(entry: Row, kind: str) -> Text:
    status, evidence = entry[kind], entry[f"{kind}_evidence"]
    if status == "none":
        return Text("")
    words = Text(f"{entry[f'{kind}_qualifier']}: ")
    words.append(status, style=_STYLES.get(status, ""))
    return words.append(f" by {evidence}") if evidence else words


def _others(would_change: list[Row]) -> list[RenderableType]:
    """Show the other codes, what each needs, and what meets that."""
    lines: list[RenderableType] = []
    for other in would_change:
        code = other["sub_unit_group"] or other["unit_group"]
        line = Text(_joined(code, other["title"]) or "", style="cyan")
        line.append(f" with {other['needs']}", style="default")
        lines.append(Padding(line, (0, 0, 0, 2)))
        if other["statement"]:
            lines.append(Padding(Text(other["statement"], style="dim"), (0, 0, 0, 4)))
    return lines
