"""How far a run is, on stderr: a bar on a terminal, otherwise a line for each file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from flows.progress import listening


class RateColumn(ProgressColumn):
    """Records, or what else is counted, per second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        """Show the rate, once there is one."""
        rate = task.finished_speed or task.speed
        return Text(f"{rate:,.0f} {self._unit}/s" if rate else "")


@contextmanager
def progress_shown(console: Console, first: str, unit: str = "records") -> Iterator[None]:
    """Show progress within the block; `first` says what happens before the first of `unit`."""
    if console.file.isatty():
        with _bars(console, first, unit):
            yield
    else:
        with listening(lambda file, done, total: _line(console, file, done, total, unit)):
            yield


def _line(console: Console, source_file: str, done: int, total: int, unit: str) -> None:
    if done >= total:
        console.print(f"{source_file}: {total:,} {unit} done", soft_wrap=True)


@contextmanager
def _bars(console: Console, first: str, unit: str) -> Iterator[None]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(unit),
        TimeElapsedColumn(),
    )
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True) as progress:
        waiting = progress.add_task(first, total=None)

        def hear(source_file: str, done: int, total: int) -> None:
            progress.update(waiting, visible=False)
            if source_file not in bars:
                bars[source_file] = progress.add_task(source_file, total=total)
            progress.update(bars[source_file], completed=done)

        with listening(hear):
            yield
