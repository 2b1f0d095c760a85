"""Resamples as they are drawn: each kind against the same draws made another way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from scaling_utils.fitting.draws import _distinct, draws, labels, varied
from scaling_utils.fitting.fit import fit_chinchilla, fit_law
from scaling_utils.fitting.result import LawFit
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
N = np.repeat(np.geomspace(5e7, 1.6e10, 5), 4)
D = np.tile(np.geomspace(1e9, 3e11, 4), 5)
LOSS = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.004, N.size))
WEIGHTS = np.r_[0.0, np.random.default_rng(1).uniform(0.5, 2.0, N.size - 1)]


@pytest.fixture(scope="module")
def fit() -> LawFit:
    ends = {"loss_low": 0.99 * LOSS, "loss_high": 1.02 * LOSS}
    return fit_chinchilla(N, D, LOSS, weights=WEIGHTS, **ends)


def generators(resamples: int, seed: int) -> Iterator[tuple[int, np.random.Generator]]:
    """Blocks of 4096 resamples, each with a generator of its own."""
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(2)):
        rows = min(4096, resamples - 4096 * k)
        if rows > 0:
            yield rows, np.random.default_rng(child)


def counted(rng: np.random.Generator, rows: int, n: int) -> np.ndarray:
    return np.array([np.bincount(own, minlength=n) for own in rng.integers(0, n, (rows, n))])


def blocks(fit: LawFit, kind: str, resamples: int, seed: int, clusters=None):
    label = labels(fit, kind, clusters)
    return list(draws(fit, kind, label, resamples, seed))


@pytest.mark.parametrize("resamples", [4096, 4097])
def test_runs_are_drawn_in_blocks_of_4096(fit: LawFit, resamples: int) -> None:
    found = blocks(fit, "runs", resamples, 3)
    assert len(found) == (1 if resamples == 4096 else 2)
    for (weights, loss), (rows, rng) in zip(found, generators(resamples, 3), strict=True):
        assert (weights == WEIGHTS * counted(rng, rows, 20)).all()
        assert weights.flags.c_contiguous
        assert loss is fit.problem.loss


def test_many_runs_are_drawn_in_smaller_blocks(fit: LawFit, monkeypatch) -> None:
    monkeypatch.setattr("scaling_utils.fitting.draws.BLOCK_NUMBERS", 20 * 70 + 19)
    assert [len(weights) for weights, _ in blocks(fit, "runs", 150, 0)] == [70, 70, 10]
    monkeypatch.setattr("scaling_utils.fitting.draws.BLOCK_NUMBERS", 20 * 7)
    assert [len(weights) for weights, _ in blocks(fit, "runs", 150, 0)] == [64, 64, 22]


def test_weights_are_exponential(fit: LawFit) -> None:
    ((weights, loss),) = blocks(fit, "weights", 50, 4)
    ((rows, rng),) = generators(50, 4)
    assert (weights == WEIGHTS * rng.standard_exponential((rows, 20))).all()
    assert loss is fit.problem.loss


@pytest.mark.parametrize(
    ("kind", "own"), [("sizes", np.repeat(np.arange(5), 4)), ("clusters", np.arange(20) % 6)]
)
def test_what_hangs_together_is_drawn_together(fit: LawFit, kind: str, own) -> None:
    names = None if kind == "sizes" else np.array(list("fbdace"))[own].reshape(4, 5)
    order = own if kind == "sizes" else np.array([5, 1, 3, 0, 2, 4])[own]
    label = labels(fit, kind, names)
    assert label.tolist() == order.tolist()
    ((weights, loss),) = blocks(fit, kind, 30, 5, names)
    ((rows, rng),) = generators(30, 5)
    assert (weights == WEIGHTS * counted(rng, rows, order.max() + 1)[:, order]).all()
    assert loss is fit.problem.loss


def test_budgets_within_a_tenth_are_one(fit: LawFit) -> None:
    label = labels(fit, "budgets", None)
    for k, budget in enumerate(N * D):
        for m, other in enumerate(N * D):
            if label[k] == label[m]:
                assert max(budget, other) / min(budget, other) <= 1.1 + 1e-12
    assert label.min() == 0
    assert len(set(label.tolist())) == label.max() + 1


def test_residuals_are_those_of_runs_that_count_by_their_weight(fit: LawFit) -> None:
    ((weights, loss),) = blocks(fit, "residuals", 400, 6)
    assert (weights == WEIGHTS).all()
    assert weights.shape == (400, 20)
    residuals = -np.log(loss / fit.law.loss(N, D))
    places = np.abs(residuals[:, :, np.newaxis] - fit.residuals).argmin(axis=2)
    assert residuals == pytest.approx(fit.residuals[places], abs=1e-12)
    share = np.bincount(places.ravel(), minlength=20) / places.size
    assert share[0] == 0.0
    assert share == pytest.approx(WEIGHTS / WEIGHTS.sum(), abs=0.01)


def test_losses_are_drawn_evenly_between_the_logarithms_of_their_ends(fit: LawFit) -> None:
    ((weights, loss),) = blocks(fit, "intervals", 40, 7)
    ((rows, rng),) = generators(40, 7)
    share = rng.random((rows, 20))
    assert loss == pytest.approx(LOSS * 0.99 ** (1 - share) * 1.02**share)
    assert (weights == WEIGHTS).all()
    ((weights, loss),) = blocks(fit, "runs and intervals", 40, 7)
    ((rows, rng),) = generators(40, 7)
    assert (weights == WEIGHTS * counted(rng, rows, 20)).all()
    share = rng.random((rows, 20))
    assert loss == pytest.approx(LOSS * 0.99 ** (1 - share) * 1.02**share)


@pytest.mark.parametrize(
    ("kind", "clusters", "said"),
    [
        ("jackknife", None, r"kind 'jackknife' is not known"),
        ("runs", [1] * 20, r"clusters must be given for the kind 'clusters', and only for it"),
        ("clusters", None, r"clusters must be given for the kind 'clusters', and only for it"),
        ("clusters", [1, 2], r"clusters has 2 labels for 20 runs"),
        ("clusters", [1] * 20, r"there is only one cluster of kind 'clusters': nothing to draw"),
        (
            "clusters",
            np.ma.masked_array(np.arange(20), np.arange(20) == 3),
            r"clusters has masked cells: every run needs a label",
        ),
    ],
)
def test_wrong_kinds_and_clusters_are_refused(fit: LawFit, kind, clusters, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        labels(fit, kind, clusters)


def test_a_masked_array_without_a_masked_cell_labels_runs(fit: LawFit) -> None:
    label = labels(fit, "clusters", np.ma.masked_array(np.arange(20) // 10, np.zeros(20)))
    assert label.tolist() == [0] * 10 + [1] * 10
    assert labels(fit, "runs", None) is None


def test_kinds_need_the_columns_and_the_ends_of_which_they_draw() -> None:
    own = fit_chinchilla(N, D, LOSS)
    for kind in ("intervals", "runs and intervals"):
        with pytest.raises(ValueError, match=r"^the fit has no loss_low and loss_high to redraw"):
            labels(own, kind, None)
    power = fit_law("power", {"C": N}, 2.0 + 400.0 * N**-0.3)
    said = "needs N and D, but the form has C: give clusters$"
    for kind in ("sizes", "budgets"):
        with pytest.raises(ValueError, match=f"^the kind '{kind}' {said}"):
            labels(power, kind, None)
    steps = fit_law("kaplan-ns", {"N": N, "S": D}, LOSS)
    with pytest.raises(ValueError, match=r"but the form has N, S: give clusters$"):
        labels(steps, "budgets", None)
    steps = fit_law("power", {"N": N}, 2.0 + 400.0 * N**-0.3)
    assert labels(steps, "sizes", None).max() == 4


def kept(*rows: int) -> np.ndarray:
    return np.isin(np.arange(20), rows).astype(float)


def test_a_resample_needs_six_runs_three_sizes_three_amounts_and_two_budgets(fit: LawFit) -> None:
    enough = kept(0, 1, 5, 6, 10, 11)  # three sizes, but of amounts of data the first three
    cases = [
        (kept(0, 1, 5, 6, 10), False),  # five runs
        (kept(0, 1, 2, 3, 4, 5, 6, 7), False),  # two sizes
        (kept(0, 1, 4, 5, 8, 9, 12, 13), False),  # two amounts of data
        (kept(*range(20)), True),
        (kept(0, 1, 2, 4, 5, 8), True),
        (enough, True),
    ]
    weights = np.stack([own for own, _ in cases])
    assert varied(fit, weights).tolist() == [good for _, good in cases]
    assert varied(fit, 1e-3 * weights).tolist() == [good for _, good in cases]


def test_one_budget_is_not_enough() -> None:
    n = np.r_[np.geomspace(1e8, 1e10, 8), np.geomspace(1e8, 1e10, 8)]
    d = np.repeat([1e20, 1e21], 8) / n
    own = fit_chinchilla(n, d, TRUTH.loss(n, d))
    half = np.arange(16) < 8
    assert varied(own, np.stack([half, ~half, half | True]).astype(float)).tolist() == [0, 0, 1]


def test_with_many_groups_a_lack_of_variety_is_not_looked_for(monkeypatch) -> None:
    own = fit_chinchilla(N, D, LOSS)
    two_sizes = kept(0, 1, 2, 3, 4, 5, 6, 7)[np.newaxis]
    for most, enough in ((5, False), (4, True)):
        monkeypatch.setattr("scaling_utils.fitting.draws.MOST_GROUPS", most)
        assert varied(own, two_sizes).tolist() == [enough]


def test_other_forms_need_slopes_that_tell_their_constants_apart() -> None:
    x = np.repeat(np.geomspace(1e8, 1e10, 5), 2)
    own = fit_law("power", {"N": x}, 2.0 + 400.0 * x**-0.3)
    rows = np.arange(10)
    cases = [rows < 4, (rows < 5), rows != 3, rows % 2 == 0, rows < 6]
    weights = np.stack(cases).astype(float)
    # Two sizes cannot tell a floor from a slow fall; four runs of three constants are the least.
    expected = [False, True, True, True, True]
    assert varied(own, weights).tolist() == expected
    assert _distinct(own, weights).tolist() == expected
    assert _distinct(own, 1e-6 * weights).tolist() == expected
    assert _distinct(own, weights * (rows < 3)).tolist() == [False] * 5


def test_constants_are_told_apart_up_to_the_largest_condition_number() -> None:
    """Four runs near one another: their sizes differ by 3 %, or 2 %, from one to the next."""
    for step, enough in ((0.03, True), (0.02, False)):
        x = 1e9 * np.r_[np.geomspace(0.1, 10.0, 6), 1.0 + step * np.arange(4)]
        own = fit_law("power", {"N": x}, 2.0 + 400.0 * x**-0.3)
        near = np.r_[np.zeros(6), np.ones(4)]
        three, four = np.r_[np.ones(3), np.zeros(7)], np.r_[np.ones(4), np.zeros(6)]
        rows = np.stack([near, three, four])
        assert _distinct(own, rows).tolist() == [enough, False, True]
        assert _distinct(own, 1e-9 * rows).tolist() == [enough, False, True]
