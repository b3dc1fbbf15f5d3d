"""The look of tables on the terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text


def titled_table(title: str) -> Table:
    """An empty table under a bold title, without lines."""
    return Table(
        title=Text(title), title_justify="left", title_style="bold", box=None, pad_edge=False
    )
