"""Vectors for what titles are made of, learnt so that those of a title add up to its unit group's.

A softmax over the unit groups of the sum of the vectors of a title's features, after fastText
(Joulin et al., 2016), learnt by gradient descent with Adagrad. The same texts give the same
vectors: the order in which they are gone through is drawn from a fixed seed, and all is added up on
one core.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

DIMENSIONS = 128
TIMES_THROUGH = 5
"""How often all texts are gone through."""
AT_A_TIME = 512
"""Texts from whose mistakes is learnt, or that are likened, at a time."""
FIRST_STEP = 0.05
"""How far is gone against a mistake at first; it falls to nothing in equal parts."""
SPREAD = 0.03
"""Standard deviation of what the vectors begin with."""
SEED = 2020

Floats = NDArray[np.floating[Any]]


class Told(NamedTuple):
    """The features of some texts, text after text: where each text begins, and its features."""

    begins: NDArray[np.int64]
    numbers: NDArray[np.int64]
    shares: Floats

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many features each text has; no text has none."""
        return np.diff(self.begins, append=len(self.numbers))

    def of(self, texts: NDArray[np.int64]) -> Told:
        """Some of the texts."""
        lengths = self.lengths[texts]
        begins = np.cumsum(lengths) - lengths
        rows = np.repeat(self.begins[texts] - begins, lengths) + np.arange(lengths.sum())
        return Told(begins, self.numbers[rows], self.shares[rows])


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


def learn_vectors(told: Told, group_of: NDArray[np.int64], features: int, groups: int) -> Vectors:
    """Learn from texts, the unit group of each (its row), and how many features and groups are."""
    random = np.random.default_rng(SEED)
    begin = SPREAD * random.standard_normal((features, DIMENSIONS), dtype=np.float32)
    of_feature = _Descent(begin, row_by_row=True)
    of_group = _Descent(np.zeros((groups, DIMENSIONS), np.float32))
    bias = _Descent(np.zeros(groups, np.float32))
    texts = len(group_of)
    with threadpool_limits(limits=1):
        for time in range(TIMES_THROUGH):
            order = random.permutation(texts)
            for done in range(0, texts, AT_A_TIME):
                some = order[done : done + AT_A_TIME]
                rows, present = _dense(told.of(some))
                sums = present @ of_feature.table[rows]
                mistakes = softmax(sums @ of_group.table.T + bias.table)
                mistakes[np.arange(len(some)), group_of[some]] -= 1
                back = present.T @ (mistakes @ of_group.table)
                step = FIRST_STEP * (1 - (time + done / texts) / TIMES_THROUGH)
                of_group.go(mistakes.T @ sums, step)
                bias.go(mistakes.sum(axis=0), step)
                of_feature.go(back, step, rows)
    return Vectors(of_feature.table, of_group.table, bias.table)


def _dense(told: Told) -> tuple[NDArray[np.int64], Floats]:
    """The features that some texts have, and a row for each text with its shares of them."""
    rows, column = np.unique(told.numbers, return_inverse=True)
    present = np.zeros((len(told.begins), len(rows)), np.float32)
    present[np.repeat(np.arange(len(told.begins)), told.lengths), column] = told.shares
    return rows, present


def softmax(scores: Floats) -> Floats:
    """Scores as shares of 1, in each row."""
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def shares_of_groups(told: Told, vectors: Vectors) -> Floats:
    """The share that each unit group has of the likeness of each text; a row per text.

    In double precision, so that the texts beside a text change its last digits only.
    """
    shares = []
    with threadpool_limits(limits=1):
        for done in range(0, len(told.begins), AT_A_TIME):
            rows, present = _dense(
                told.of(np.arange(done, min(done + AT_A_TIME, len(told.begins))))
            )
            sums = present.astype(np.float64) @ vectors.features[rows]
            shares.append(softmax(sums @ vectors.groups.T + vectors.bias))
    return np.concatenate(shares)
