"""Vectors for what titles are made of, learnt so that those of a title add up to its unit group's.

A softmax over the unit groups of the sum of the vectors of a title's features, after fastText
(Joulin et al., 2016), learnt by gradient descent with Adagrad, several times from different
beginnings: what these agree on counts. The same texts give the same vectors: the beginnings, and
the orders in which the texts are gone through, are drawn from a fixed seed, and all is added up on
one core.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from threadpoolctl import threadpool_limits

BEGINNINGS = 3
"""How often is learnt from the same texts. A fourth moved agreement on titles that entered the
index later by less than another seed does."""
DIMENSIONS = 128
"""Of the vectors of one beginning."""
TIMES_THROUGH = 5
"""How often all texts are gone through."""
AT_A_TIME = 512
"""Texts from whose mistakes is learnt at a time."""
FIRST_STEP = 0.05
"""How far is gone against a mistake at first; it falls to nothing in equal parts."""
SPREAD = 0.03
"""Standard deviation of what the vectors begin with."""
SEED = 2020

Floats = NDArray[np.floating[Any]]


class Vectors(NamedTuple):
    """What was learnt: a vector per feature and per unit group, and what speaks for it anyway."""

    features: Floats
    groups: Floats
    bias: Floats


class _Descent:
    """One table that is learnt; what was moved far already is moved in shorter steps."""

    def __init__(self, table: Floats, *, row_by_row: bool = False) -> None:
        self.table = table
        self._row_by_row = row_by_row
        self._moved = np.full_like(table[:, :1] if row_by_row else table, 1e-8)

    def go(self, gradient: Floats, step: float, rows: NDArray[np.int64] | slice = np.s_[:]) -> None:
        """Go a step against a gradient, in some rows."""
        squares = gradient**2
        self._moved[rows] += squares.mean(axis=1, keepdims=True) if self._row_by_row else squares
        self.table[rows] -= step * gradient / np.sqrt(self._moved[rows])


def learn_vectors(texts: csr_array, group_of: NDArray[np.int64], groups: int) -> Vectors:
    """Learn from texts, a row each with its share of each feature, and the unit group of each.

    The vectors of all beginnings stand side by side, so that the scores of a title are the mean of
    theirs.
    """
    with threadpool_limits(limits=1):
        learnt = [
            _learn_once(texts, group_of, groups, np.random.default_rng((SEED, beginning)))
            for beginning in range(BEGINNINGS)
        ]
    return Vectors(
        np.hstack([one.features for one in learnt]),
        np.hstack([one.groups for one in learnt]) / BEGINNINGS,
        np.mean([one.bias for one in learnt], axis=0),
    )


def _learn_once(
    texts: csr_array, group_of: NDArray[np.int64], groups: int, random: np.random.Generator
) -> Vectors:
    size, features = texts.shape
    begin = SPREAD * random.standard_normal((features, DIMENSIONS), dtype=np.float32)
    of_feature = _Descent(begin, row_by_row=True)
    of_group = _Descent(np.zeros((groups, DIMENSIONS), np.float32))
    bias = _Descent(np.zeros(groups, np.float32))
    for time in range(TIMES_THROUGH):
        order = random.permutation(size)
        for done in range(0, size, AT_A_TIME):
            some = order[done : done + AT_A_TIME]
            rows, present = _present(texts[some])
            sums = present @ of_feature.table[rows]
            mistakes = softmax(sums @ of_group.table.T + bias.table)
            mistakes[np.arange(len(some)), group_of[some]] -= 1
            back = present.T @ (mistakes @ of_group.table)
            step = FIRST_STEP * (1 - (time + done / size) / TIMES_THROUGH)
            of_group.go(mistakes.T @ sums, step)
            bias.go(mistakes.sum(axis=0), step)
            of_feature.go(back, step, rows)
    return Vectors(of_feature.table, of_group.table, bias.table)


def _present(texts: csr_array) -> tuple[NDArray[np.int64], csr_array]:
    """The features that some texts have, and the texts with columns for these only."""
    rows, column = np.unique(texts.indices, return_inverse=True)
    shape = (texts.shape[0], len(rows))
    return rows, csr_array((texts.data, column, texts.indptr), shape=shape)


def softmax(scores: Floats) -> Floats:
    """Scores as shares of 1, in each row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def shares_of_groups(texts: csr_array, vectors: Vectors) -> Floats:
    """The share that each unit group has of the likeness of each text; a row per text.

    In double precision, so that the texts beside a text change its last digits only.
    """
    rows, present = _present(texts.astype(np.float64))
    with threadpool_limits(limits=1):
        sums = present @ vectors.features[rows].astype(np.float64)
        return softmax(sums @ vectors.groups.T + vectors.bias)
