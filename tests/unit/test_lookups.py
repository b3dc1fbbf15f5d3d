"""A compiled lookup that was kept is the one that would be compiled; a damaged one is not used."""

from dataclasses import fields

import polars as pl
from polars.testing import assert_frame_equal

from flows.lookups import load_lookup
from reference.compiled import compilation_key, keep_compiled, read_compiled


def same(one, other):
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(mine, pl.DataFrame):
            assert_frame_equal(mine, theirs)
        elif isinstance(mine, pl.Series):
            assert mine.equals(theirs)
        else:
            assert mine == theirs


def test_what_is_kept_is_what_was_compiled(starter_lookup, tmp_path):
    keep_compiled(starter_lookup, tmp_path / "starter" / "key")
    kept = read_compiled(tmp_path / "starter" / "key")
    assert kept is not None
    same(kept, starter_lookup)


def test_a_new_compilation_takes_the_place_of_the_old(starter_lookup, tmp_path):
    keep_compiled(starter_lookup, tmp_path / "old")
    keep_compiled(starter_lookup, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_damaged_or_missing_one_is_not_used(starter_lookup, tmp_path):
    assert read_compiled(tmp_path / "none") is None
    keep_compiled(starter_lookup, tmp_path / "key")
    (tmp_path / "key" / "entries.arrow").write_bytes(b"cut short")
    assert read_compiled(tmp_path / "key") is None
    (tmp_path / "key" / "entries.arrow").unlink()
    assert read_compiled(tmp_path / "key") is None
    keep_compiled(starter_lookup, tmp_path / "key")
    assert read_compiled(tmp_path / "key") is not None


def test_a_folder_that_cannot_be_written_is_no_error(starter_lookup, tmp_path):
    (tmp_path / "file").write_text("in the way")
    keep_compiled(starter_lookup, tmp_path / "file" / "key")


def test_the_key_depends_on_edition_and_rules():
    keys = {compilation_key("a", "b"), compilation_key("a", "c"), compilation_key("d", "b")}
    assert len(keys) == 3


def test_load_lookup_keeps_and_reads_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SOC_RECODE_HOME", str(tmp_path))
    load_lookup.cache_clear()
    first = load_lookup("starter")
    assert len(list((tmp_path / "compiled" / "starter").iterdir())) == 1
    load_lookup.cache_clear()
    same(load_lookup("starter"), first)
    load_lookup.cache_clear()
