"""What our own small studies say: pure functions of a table of runs and a table of curves.

`study` checks the tables, `seed_draws` takes the runs of a set-up together and draws their
seeds: every effect is found for all draws at once, also the fits of `two_terms`.

Chapter 4: `travel`, `other_text` (loss on other text), `shape` (depth). Chapter 12: `frontier`,
`slices` with `best_sizes`, `parametric` (Approaches 1 to 3, in the ways of counting of
`counts`), `converged`, `size_trend`, `curve_shape`, `little_text`, `early_stop`, `recipe` and
`controls`.
The ledger and the chapters ask `our_runs`, which reads the shipped runs once.
"""
