"""A folder that appears in one step, when it is whole, in place of an earlier one of its kind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import OutputError


@contextmanager
def in_place(out: Path, marker: str, *, replace: bool) -> Iterator[Path]:
    """Give a folder to write to, which becomes `out` if the block ends well, and else is removed.

    An earlier `out` is replaced only with `replace`, and if it holds a file called `marker`.
    Raises OutputError for any other that is not empty, and if the folder cannot be made.
    """
    out = out.resolve()
    work = out.parent / f".{out.name}.partial"
    _put_back(out, work / "earlier")  # after a kill in the last moment
    _check(out, marker, replace=replace)
    shutil.rmtree(work, ignore_errors=True)
    try:
        (work / "result").mkdir(parents=True)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written: {error.strerror}.", expected="a folder that can be made"
        ) from error
    try:
        yield work / "result"
        _exchange(work / "result", out, work / "earlier")
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check(out: Path, marker: str, *, replace: bool) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file.", expected="a folder, or a name not yet in use")
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not replace:
        raise OutputError(
            f"{out} is not empty.", fix="Name another folder with --out, or give --replace."
        )
    if not (out / marker).is_file():
        raise OutputError(
            f"{out} holds something else, and is left alone.",
            expected=f"an empty folder, or one that holds a {marker}",
        )


def _exchange(new: Path, out: Path, earlier: Path) -> None:
    try:
        if out.exists():
            os.replace(out, earlier)  # noqa: PTH105  replaces an empty folder on every system
        os.replace(new, out)  # noqa: PTH105
    finally:
        _put_back(out, earlier)


def _put_back(out: Path, earlier: Path) -> None:
    if earlier.exists() and not out.exists():
        os.replace(earlier, out)  # noqa: PTH105
