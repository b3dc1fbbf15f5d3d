"""A folder of results that appears in one step, when it is whole, in place of an earlier one.

It is made in a work folder beside its place, which another run into the same place would take for
what a killed run left behind, and remove.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reference import edition_folder
from schemas.errors import OutputError


@contextmanager
def in_place(out: Path, marker: str, *, replace: bool) -> Iterator[Path]:
    """Give a folder to write to, which becomes `out` if the block ends well, and else is removed.

    Raises what `check_place` raises; OutputError if the folder cannot be made.
    """
    put_back(out)
    check_place(out, marker, replace=replace)
    work = make_work_folder(out, ["result"])
    try:
        yield work / "result"
        put_in_place(out)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def check_place(out: Path, marker: str, *, replace: bool) -> None:
    """Raise OutputError unless `out` is free, or is to be replaced and holds a file `marker`."""
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file.", expected="a folder, or a name not yet in use")
    if out.resolve().is_mount():
        raise OutputError(
            f"{out} is where a disk is mounted, which cannot be replaced in one step.",
            fix=f"Name a folder in it, such as {out / 'results'}.",
        )
    if not out.is_dir() or not any(out.iterdir()):
        return
    if not replace:
        raise OutputError(
            f"{out} is not empty.", fix="Name another folder with --out, or give --replace."
        )
    if not (out / marker).is_file():
        raise OutputError(
            f"{out} holds something else than such results, and is left alone.",
            expected=f"an empty folder, or one that holds a {marker}",
        )


def make_work_folder(out: Path, folders: list[str]) -> Path:
    """Make the work folder of `out` with these folders in it, anew.

    Raises OutputError if it cannot be made.
    """
    work = _work_folder(out)
    shutil.rmtree(work, ignore_errors=True)
    try:
        for folder in folders:
            (work / folder).mkdir(parents=True)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written: {error.strerror}.", expected="a folder that can be made"
        ) from error
    return work


def put_in_place(out: Path) -> None:
    """Replace `out` by `result` in its work folder; earlier results are kept until that is done."""
    place, work = out.resolve(), _work_folder(out)
    edition_folder.put_in_place(work / "result", place, aside=work / "earlier")
    shutil.rmtree(work)


def put_back(out: Path) -> None:
    """Give earlier results their place again, if they were to be replaced and were not."""
    place, earlier = out.resolve(), _work_folder(out) / "earlier"
    if earlier.exists() and not place.exists():
        earlier.rename(place)


def _work_folder(out: Path) -> Path:
    place = out.resolve()
    return place.parent / f".{place.name}.partial"
