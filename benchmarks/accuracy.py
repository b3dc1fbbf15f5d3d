"""Every accuracy figure in one go: newer titles, noise, open titles, and the baseline beside them.

Parts whose inputs are missing are skipped, and said to be. Needs installed editions
(`soc-recode reference install`). Use:
python -m benchmarks.accuracy [--open-titles FILE] [--baseline PYTHON]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import baseline, newer_titles, noise, open_titles
from benchmarks.titles import Figure, print_table
from reference.store import STARTER, latest, list_editions, load


class Parts:
    """The parts that ran, with their figures, and those that were skipped, with the reason."""

    def __init__(self, python: Path | None) -> None:
        self.python = python
        self.figures: list[Figure] = []

    def skip(self, part: str, reason: str) -> None:
        print(f"{part}: skipped: {reason}")
        self.figures.append(Figure(part, "skipped", reason))

    def run_newer_titles(self, earlier: str, later: str) -> None:
        missing = [name for name in (earlier, later) if name not in list_editions()]
        if missing:
            self.skip("newer titles", f"not installed: {', '.join(missing)}")
            return
        figures, outcomes = newer_titles.measure(load(earlier), load(later))
        self.figures += figures
        if self.python:
            for outcome in outcomes:
                expected = outcome.titles["expected"]
                self.figures += baseline.measure(
                    self.python, outcome.part, outcome.index, expected, outcome.coding
                )

    def run_noise(self, edition: str) -> None:
        if edition == STARTER:
            self.skip(noise.PART, "no edition is installed")
            return
        figures, noisy, coding = noise.measure(edition)
        self.figures += figures
        if self.python:
            index = load(edition).index
            self.figures += baseline.measure(
                self.python, noise.PART, index, noisy["expected"], coding
            )

    def run_open_titles(self, path: Path | None, edition: str) -> None:
        if path is None:
            self.skip(open_titles.PART, "no --open-titles given")
        elif not path.is_file():
            self.skip(open_titles.PART, f"there is no file {path.name} at the path given")
        else:
            self.figures += open_titles.measure(path, edition)


def read_options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    options.add_argument("--open-titles", type=Path, help="job titles, one to a line")
    options.add_argument("--baseline", type=Path, help="the Python of the baseline's environment")
    options.add_argument("--earlier", default=newer_titles.EARLIER, help="for the newer titles")
    options.add_argument("--later", default=newer_titles.LATER, help="for the newer titles")
    options.add_argument("--edition", default=latest(), help="for noise and open titles")
    return options.parse_args()


def main() -> None:
    options = read_options()
    has_baseline = options.baseline is not None and options.baseline.is_file()
    parts = Parts(options.baseline if has_baseline else None)
    parts.run_newer_titles(options.earlier, options.later)
    parts.run_noise(options.edition)
    parts.run_open_titles(options.open_titles, options.edition)
    if not has_baseline:
        given = "there is no such Python" if options.baseline else "no --baseline given"
        parts.skip("nearest neighbour", given)
    print()
    rows = [(f"{figure.part}: {figure.what}", figure.value) for figure in parts.figures]
    print_table(("accuracy", "figure"), rows, indent="")


if __name__ == "__main__":
    main()
