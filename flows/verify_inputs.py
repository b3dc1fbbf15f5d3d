"""Find the inputs of an earlier run again, where they were or elsewhere, and hash them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from flows import progress
from flows.checks import Check
from flows.recorded_run import RecordedRun

_CHUNK = 16 * 1024 * 1024  # bytes
_LONG = 64 * 1024 * 1024  # bytes; shorter files are hashed before anyone could ask how far it is


def check_inputs(recorded: RecordedRun, places: list[Path]) -> list[Check]:
    """Compare the inputs with the hashes in run.json; one check per input, in the run's order.

    An input that is not what it was, where it was, is looked for in `places`, which are files and
    folders with all that is in them: first by its name, then by its hash among files of its kind.
    """
    inputs = [(source.source_file, source.path, source.sha256) for source in recorded.sources]
    for told in ("mapping", "overrides"):
        if digest := recorded.manifest[f"{told}_sha256"]:
            path = recorded.manifest["settings"].get(told)
            inputs.append((f"{told} file", str(path), digest))
    hashed = Hashes()
    elsewhere = sorted(set(_files(places)))
    return [_check(name, Path(path), digest, elsewhere, hashed) for name, path, digest in inputs]


class Hashes:
    """The SHA-256 of files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, str | None] = {}

    def of(self, path: Path) -> str | None:
        """The hash of a file, in hex; None if there is no such file, or it cannot be read."""
        if path not in self._known:
            try:
                self._known[path] = watched_sha256(path)
            except OSError:
                self._known[path] = None
        return self._known[path]


def watched_sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex; how far it is in a large one is reported, in bytes."""
    digest, size, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            done += len(chunk)
            if size >= _LONG:
                progress.report(path.name, done, size)
    return digest.hexdigest()


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from (path for path in place.rglob("*") if path.is_file())
        else:
            yield place


def _check(name: str, path: Path, digest: str, elsewhere: list[Path], hashed: Hashes) -> Check:
    there = hashed.of(path)
    if there == digest:
        return Check("input", name, "same")
    alike = [other for other in elsewhere if other.suffix.lower() == path.suffix.lower()]
    for other in sorted(alike, key=lambda other: other.name != path.name):  # its name first
        if hashed.of(other) == digest:
            return Check("input", name, "same", f"found as {other}")
    if there is not None:
        return Check("input", name, "differs", f"{path} is not the file that was read")
    if changed := [other for other in alike if other.name == path.name]:
        return Check("input", name, "differs", f"{changed[0]} is not the file that was read")
    return Check("input", name, "missing", f"was {path}; --inputs names where else to look")
