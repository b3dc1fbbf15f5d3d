"""Comparisons anyone can run; they print ratios, and nothing asserts on time."""
