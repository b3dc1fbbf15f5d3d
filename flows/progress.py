"""How far a run is: the steps report here, whoever shows it listens here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]
"""Called with the file's name, its records done so far, and its records in all."""

_listeners: ContextVar[tuple[Listener, ...]] = ContextVar("listeners", default=())


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let a listener hear of progress within the block."""
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


def report(source_file: str, done: int, total: int) -> None:
    """Tell every listener how many records of a file are done."""
    for listener in _listeners.get():
        listener(source_file, done, total)
