"""Where the command line writes: results to stdout, progress and errors to stderr."""

from __future__ import annotations

import sys

from rich.console import Console

_WIDTH = 100  # characters, where there is no terminal that says how wide it is


def output_console() -> Console:
    """Give a console on stdout as it is now."""
    width = None if sys.stdout.isatty() else _WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False)


def error_console() -> Console:
    """Give a console on stderr as it is now."""
    width = None if sys.stderr.isatty() else _WIDTH
    return Console(file=sys.stderr, width=width, markup=False, highlight=False)
