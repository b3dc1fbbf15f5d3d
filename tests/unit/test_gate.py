"""The gate: the Labour Force Survey pattern is caught, and chance is not."""

import json
import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from flows.cli import main
from flows.drift import drift_of_level, drift_of_review
from flows.gate import judge, raise_if_held
from flows.pipeline import run_pipeline
from flows.results import Results
from flows.settings import DriftThresholds, RunSettings
from reference.store import STARTER, load
from schemas.errors import HeldError, OutputError
from schemas.tallies import TALLIES_SCHEMA

SURVEY = Path(__file__).parents[2] / "reference" / "examples" / "survey.csv"
ABOUT = {"run_id": "a1", "edition": "e", "kind": "survey", "criteria_version": "c"}
DEFAULTS = DriftThresholds()


@pytest.fixture(scope="module", autouse=True)
def starter_only(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOC_RECODE_HOME", str(tmp_path_factory.mktemp("home")))
        yield


def tallies(codes: dict[str, int], *, review: int = 0, weight: float = 1.0) -> pl.DataFrame:
    """Tallies by hand: records by sub-unit group (or, of four digits, unit group), and review."""
    rows = [{"outcome": "assigned", "code": code, "records": n} for code, n in codes.items()]
    rows += [{"outcome": "review", "code": None, "records": review}] if review else []
    told = pl.DataFrame(rows, schema={"outcome": pl.String, "code": pl.String, "records": pl.Int64})
    filled = told.with_columns(
        unit_group=pl.col("code").str.head(4),
        sub_unit_group=pl.when(pl.col("code").str.contains("/")).then("code"),
        weight=pl.col("records") * weight,
        weight_squared=pl.col("records") * weight**2,
    )
    missing = [name for name in TALLIES_SCHEMA if name not in filled.columns]
    return filled.with_columns(pl.lit(None).alias(name) for name in missing).select(
        pl.col(name).cast(kind) for name, kind in TALLIES_SCHEMA.items()
    )


def judged(now: pl.DataFrame, before: pl.DataFrame, gate="hold", **about):
    return judge(Results(ABOUT | about, now), Results(ABOUT, before), DEFAULTS, gate)


def shifts(report) -> dict[int, float]:
    return {level.digits: level.shift for level in report.levels}


# The Labour Force Survey: half of the 4-digit codes wrong, the major groups unchanged


def test_wrong_codes_within_major_groups_are_caught_at_4_digits_and_unseen_at_1():
    before = tallies({"2133/01": 600, "2423/01": 200, "3412/07": 200, "3544/01": 400})
    now = tallies({"2133/01": 200, "2423/01": 600, "3412/07": 500, "3544/01": 100})
    report = judged(now, before)
    assert report.status == "held"
    # 400 of 1,400 records are in another group of major group 2, and 300 in one of 3
    assert shifts(report) == {1: 0, 2: 50, 3: 50, 4: 50, 6: 50}
    assert any(words.startswith("unit groups shifted by 50.0%") for words in report.breaches)
    assert [level.digits for level in report.levels if level.threshold is None] == [1, 2, 3]
    moved = {moved.code: (moved.before, moved.now) for moved in report.levels[3].moved}
    assert moved["2423"] == (14.286, 42.857)
    assert all(moved.is_breach for moved in report.levels[3].moved)


def pattern(tmp_path: Path) -> tuple[Path, Path]:
    """Two extracts of 2,000 records: in the second, every other one has a title of another unit
    group of its major group, which the first has not."""
    entries = load(STARTER).index.filter(
        pl.col("sub_unit_group").is_not_null(),
        pl.col("additional_qualifier").is_null(),
        pl.col("industry_qualifier").is_null(),
        pl.len().over(pl.col("index_title").str.to_lowercase()) == 1,
    )
    first = entries.sort("index_entry_id").group_by("unit_group", maintain_order=True).first()
    groups = first.sort("unit_group")
    pairs = []
    for _, of_major in groups.group_by(pl.col("unit_group").str.head(1), maintain_order=True):
        titles = of_major["index_title"].to_list()
        pairs += list(zip(titles[::2], titles[1::2], strict=False))
    chance = random.Random(2024)
    drawn = [chance.choice(pairs) for _ in range(2_000)]
    paths = tmp_path / "before.csv", tmp_path / "now.csv"
    for exchanged, path in enumerate(paths):
        titles = [pair[exchanged if n % 2 else 0] for n, pair in enumerate(drawn)]
        pl.DataFrame({"record_id": range(len(titles)), "job_title": titles}).write_csv(path)
    return paths


def test_the_pattern_in_a_real_run_is_held_or_warned_of_and_the_results_are_kept(tmp_path, capsys):
    before, now = pattern(tmp_path)
    run_pipeline([before], RunSettings(out=tmp_path / "before"))
    told = ["run", now, "--kind=survey", "--no-server", f"--earlier={tmp_path / 'before'}"]
    assert main([*map(str, told), f"--out={tmp_path / 'held'}"]) == 10
    said = capsys.readouterr()
    assert "Autocoding rate" in said.out
    assert "Gate held" in said.out
    assert "The run is held: unit groups shifted by 50." in said.err
    gate = json.loads((tmp_path / "held" / "run.json").read_text())["gate"]
    one, *_, four, six = (level["shift"] for level in gate["levels"])
    assert gate["status"] == "held"
    assert one == 0
    assert four == pytest.approx(50, abs=1)
    assert six == pytest.approx(50, abs=1)
    assert pl.read_parquet(tmp_path / "held" / "coded").height == 2_000

    assert main([*map(str, told), f"--out={tmp_path / 'warned'}", "--gate=warn"]) == 0
    said = capsys.readouterr()
    assert "Gate warned" in said.out
    assert "Warning: unit groups shifted by 50." in said.err
    warned = json.loads((tmp_path / "warned" / "run.json").read_text())["gate"]
    assert warned == gate | {"status": "warned"}


# Chance


def drawn(chance: random.Random, population: dict[str, float], records: int) -> pl.DataFrame:
    codes = chance.choices(list(population), list(population.values()), k=records)
    return tallies(dict(Counter(codes)))


@pytest.fixture(scope="module")
def population() -> dict[str, float]:
    """Every sub-unit group of the starter, with shares that fall as those of occupations do."""
    codes = load(STARTER).sub_unit_groups["sub_unit_group"].to_list()
    random.Random(1).shuffle(codes)
    return {code: 1 / (rank + 10) for rank, code in enumerate(codes)}


@pytest.mark.parametrize("sizes", [(30, 30), (30, 10_000), (1_000, 1_000), (10_000, 10_000)])
def test_two_samples_of_one_population_pass(population, sizes):
    for seed in range(5):
        chance = random.Random(seed)
        before, now = (drawn(chance, population, size) for size in sizes)
        assert judged(now, before).breaches == []


@pytest.mark.parametrize(("n", "m"), [(400, 400), (2_000, 500), (3_000, 9_000)])
def test_the_shift_that_chance_makes_is_as_the_formula_says(population, n, m):
    """At 4 digits, over 30 pairs of samples: its mean to a twentieth, its spread at most ours."""
    chance, measured, expected, spread = random.Random(7), [], [], []
    for _ in range(30):
        before, now = drawn(chance, population, n), drawn(chance, population, m)
        level = drift_of_level(4, now, before, DriftThresholds(chance=1))
        measured.append(level.shift)
        expected.append(level.expected)
        spread.append(level.chance - level.expected)
    mean = sum(measured) / len(measured)
    deviation = (sum((shift - mean) ** 2 for shift in measured) / (len(measured) - 1)) ** 0.5
    assert mean == pytest.approx(sum(expected) / len(expected), rel=0.05)
    assert deviation < sum(spread) / len(spread)


def test_the_pattern_is_caught_in_samples_too():
    """Half of the records in another unit group of their major group, in samples of 1,000."""
    groups = load(STARTER).structure.filter(level="unit_group")["code"].to_list()
    random.Random(1).shuffle(groups)
    population = {code: 1 / (rank + 10) for rank, code in enumerate(groups)}
    wrong = {code: share / 2 for code, share in population.items()}
    for major in "123456789":
        codes = [code for code in groups if code.startswith(major)]
        for code, other in zip(codes, reversed(codes), strict=True):
            wrong[other] += population[code] / 2
    for seed in range(5):
        chance = random.Random(seed)
        before, now = drawn(chance, population, 1_000), drawn(chance, wrong, 1_000)
        one, *_, four, _ = judged(now, before).levels
        assert one.shift < one.chance
        assert four.shift > max(four.expected + four.threshold, four.chance)


def test_unequal_weights_leave_more_to_chance():
    """Ten records of weight 91 among 910 of weight 1 are worth 1,820^2 / 83,720 = 39.6 records."""
    equal = tallies({"2133": 1_000, "3412": 1_000})
    unequal = pl.concat([tallies({"2133": 910}), tallies({"3412": 10}, weight=91.0)])
    lone = drift_of_level(4, unequal, equal, DEFAULTS)
    assert lone.shift == 0  # weighted shares are compared: 910 and 910
    one_in = 1 / 2_000 + 83_720 / 1_820**2
    assert lone.expected == pytest.approx(2 * (2500 * one_in / 6.283185) ** 0.5, abs=0.001)


# The share in review, single codes, and runs that cannot be compared


def test_a_share_in_review_that_moves_is_a_breach():
    before, now = tallies({"2133": 900}, review=100), tallies({"2133": 700}, review=300)
    review = drift_of_review(now, before, DEFAULTS)
    assert (review.before, review.now) == (10, 30)
    (words,) = judged(now, before).breaches
    assert words.startswith("the share in review moved from 10.0% to 30.0%")


def test_a_single_code_that_moves_far_is_a_breach_though_the_distribution_does_not():
    before = tallies({"2133": 9_900, "3412": 100})
    now = tallies({"2133": 9_700, "3412": 300})  # 2 points, and three times its share
    report = judged(now, before)
    assert report.levels[3].shift == 2
    assert any("3412 from 1.0% to 3.0%" in words for words in report.breaches)
    assert not any("2133" in words for words in report.breaches)  # 2 points of 99


def test_what_differs_between_the_runs_is_noted():
    same = tallies({"2133": 10})
    report = judged(same, same, edition="f", kind="employer", criteria_version="d")
    assert report.status == "passed"
    assert [note.split(":")[0] for note in report.notes] == [
        "editions differ (e before, f now)",
        "kinds differ (survey before, employer now)",
        "criteria differ",
    ]


@pytest.mark.parametrize("before", [{}, {"2133": 5}])
def test_a_run_without_coded_records_has_no_shift(before):
    report = judged(tallies({}, review=5), tallies(before, review=1))
    assert set(shifts(report).values()) == {None}


def test_a_run_that_passed_or_was_not_compared_is_not_held():
    raise_if_held({"gate": None}, "out")
    raise_if_held({"gate": {"status": "warned"}}, "out")
    with pytest.raises(HeldError, match="too far"):
        gate = {"status": "held", "breaches": ["too far"], "earlier_run_id": "a"}
        raise_if_held({"gate": gate}, "out")


# Before records are read


def test_the_same_extract_passes_and_the_summary_says_so(tmp_path, capsys):
    run_pipeline([SURVEY], RunSettings(out=tmp_path / "a"))
    told = ["run", str(SURVEY), "--kind=survey", "--no-server", f"--out={tmp_path / 'b'}"]
    assert main([*told, f"--earlier={tmp_path / 'a'}"]) == 0
    assert "Gate passed. Shift from run " in capsys.readouterr().out
    assert json.loads((tmp_path / "a" / "run.json").read_text())["gate"] is None


@pytest.mark.parametrize("name", ["run.json", "tallies.parquet"])
@pytest.mark.parametrize("content", [None, b"{}"])
def test_what_is_not_the_results_of_a_run_is_refused_before_records_are_read(
    tmp_path, name, content
):
    run_pipeline([SURVEY], RunSettings(out=tmp_path / "a"))
    (tmp_path / "a" / name).unlink()
    if content:
        (tmp_path / "a" / name).write_bytes(content)
    with pytest.raises(OutputError, match="does not hold the results of a run"):
        run_pipeline([SURVEY], RunSettings(out=tmp_path / "b", earlier=tmp_path / "a"))
    assert not (tmp_path / "b").exists()


def test_the_earlier_results_are_not_replaced_by_those_compared_with_them(tmp_path):
    run_pipeline([SURVEY], RunSettings(out=tmp_path / "a"))
    with pytest.raises(OutputError, match="would be replaced"):
        told = RunSettings(out=tmp_path / "a", earlier=tmp_path / "a", replace=True)
        run_pipeline([SURVEY], told)


@pytest.mark.parametrize("option", ["--gate=warn", "--drift.review=1"])
def test_a_gate_without_an_earlier_run_is_wrong_usage(tmp_path, capsys, option):
    told = ["run", str(SURVEY), "--kind=survey", "--no-server", f"--out={tmp_path / 'b'}"]
    assert main([*told, option]) == 2
    assert "--earlier" in capsys.readouterr().err
