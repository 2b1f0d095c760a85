"""Repeated text, early stopping and recipe, on runs whose right answer is known."""

import numpy as np
import pandas as pd
import pytest
from simulated import simulated_tables

from experiments.analysis.early_stop import (
    follows_fresh,
    gap_over_penalty,
    runs_turned,
    stop_ratio,
    turned,
)
from experiments.analysis.little_text import (
    best_at_end,
    combination,
    data_pay,
    gain_of_text,
    greatest_rise,
    little_text,
    parameters_pay,
    repeated_excess,
)
from experiments.analysis.recipe import best_rates, decay_excess, rate_exponent
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import Study, StudyError
from experiments.analysis.two_terms import TwoTerms
from scaling_utils.laws import ChinchillaLaw

BODY = "without embeddings"
LAW = ChinchillaLaw(0.0, 7.0, 60.0, 0.2, 0.34)
WIDTHS, AMOUNTS, END = (8, 16, 32, 48, 64), (2**15, 2**17, 2**19), 2**21
MARKS = 2.0 ** np.arange(14, 21.5, 0.5)
POWER, SHARE = 0.74, 40.0


@pytest.fixture(scope="module")
def sizes():
    options = {"widths": WIDTHS, "seeds": 2, "counting": BODY, "compute": 1e14, "longest": 1e7}
    return Drawn.of(Study.of(*simulated_tables(LAW, **options)), 10)


def penalty(N, D):
    """A tenth of what Eq. 4.3 gives, for a power of its own."""
    return (1 + SHARE * N**POWER / D) ** 0.1 - 1


def repeated(curve, seeds=2, amounts=AMOUNTS):
    """Runs on repeated text; `curve(N, D)` gives the loss at `MARKS`."""
    rows, parts = [], []
    for width in WIDTHS:
        for amount in amounts:
            for seed in range(seeds):
                run, N = f"w{width}-u{amount}-s{seed}", 24 * width**2
                rows.append(
                    {
                        "run": run, "group": "fixed data", "seed": seed, "N_body": N,
                        "N_head": 64 * width, "N_embedding": 64 * width, "layers": 2,
                        "flops_per_byte": 6 * (N + 64 * width), "unique_bytes": amount,
                    }
                )  # fmt: skip
                loss = curve(N, amount)
                part = {"run": run, "bytes_seen": MARKS, "loss": loss, "train_loss": loss - 0.5}
                parts.append(pd.DataFrame(part))
    return Drawn.of(Study.of(pd.DataFrame(rows), pd.concat(parts, ignore_index=True)), 10)


def valley(N, D):
    """Least after four passes, above fresh text at the end by the penalty."""
    lowest = LAW.loss(N, END) * (1 + penalty(N, D))
    return lowest + 0.01 * np.log2(MARKS / min(4 * D, END / 2)) ** 2


def test_the_grid_holds_early_and_last_losses_beside_fresh_ones(sizes):
    text = little_text(repeated(valley), sizes)
    N, D = text.N[:, np.newaxis], text.D
    assert text.N.tolist() == [24 * width**2 for width in WIDTHS]
    assert text.penalty[0] == pytest.approx(penalty(N, D), rel=2e-3)  # interpolated
    assert repeated_excess(text)[0] == pytest.approx(
        100 * np.mean((text.final[0, :, -1] / LAW.loss(text.N, END)) - 1), rel=1e-3
    )
    early = LAW.loss(N, END) * (1 + penalty(N, D))
    slope = [np.polyfit(np.log(text.N), np.log(y), 1)[0] for y in (early[:, 0], text.fresh[0])]
    assert parameters_pay(text)[0] == pytest.approx(slope[0] / slope[1], rel=1e-4)
    slope = [np.polyfit(np.log(D), np.log(early[i]), 1)[0] for i in (0, -1)]
    assert data_pay(text)[0] == pytest.approx(slope[0] / slope[1], rel=1e-4)
    rise = early[1:] / early[:-1] - 1
    assert greatest_rise(text)[0] == pytest.approx(100 * rise.max())


def test_more_text_raises_the_best_size_and_pays_the_larger_models_more(sizes):
    def curve(N, D):  # best at 8 times the square root of D, and at its best from one pass on
        return 1.5 + np.log(N / (8 * D**0.5)) ** 2 / 10 + 0.0 * MARKS

    text = little_text(repeated(curve), sizes)
    middle = text.N[np.abs(np.log(text.N / (8 * text.D[:, np.newaxis] ** 0.5))).argmin(axis=1)]
    assert best_at_end(text).tolist() == [middle.tolist()] * 11
    assert len(set(middle)) > 1

    def paid(N, D):  # every doubling of the text takes off so many thousandths per log of N
        return 5.0 - 0.01 * np.log(N) * np.log2(D) + 0.1 * (MARKS < 2**15)

    gain = gain_of_text(little_text(repeated(paid), sizes))
    assert gain == pytest.approx(np.tile(0.02 * np.log(text.N), (11, 1)), abs=1e-9)


def test_the_combination_is_that_of_the_penalty(sizes):
    found = combination(little_text(repeated(valley), sizes))
    assert found.power == pytest.approx(np.full(11, POWER), abs=0.02)
    assert found.unexplained.max() < 1e-3
    other = combination(little_text(repeated(lambda N, D: valley(1e4, D) * N**0.0), sizes))
    assert other.power[0] != pytest.approx(POWER, abs=0.1)
    none = little_text(repeated(lambda N, D: LAW.loss(N, MARKS)), sizes)
    with pytest.raises(StudyError, match="0 penalties are above"):
        combination(none)


def test_a_gap_in_the_grid_is_refused(sizes):
    whole = repeated(valley).study
    missing = ["w8-u32768-s0", "w8-u32768-s1"]
    runs, curves = (t[~t["run"].isin(missing)] for t in (whole.runs, whole.curves))
    part = Drawn.of(Study.of(runs, curves), 1)
    with pytest.raises(StudyError, match="no grid of 5 sizes by 3"):
        little_text(part, sizes)


def test_a_run_follows_fresh_text_until_it_should_stop(sizes):
    def follows(N, D):
        away = np.where(MARKS < 4 * D, 1.01, 1.01 * (MARKS / (4 * D)) ** 0.4)
        return LAW.loss(N, MARKS) * away

    fixed = repeated(follows)
    assert follows_fresh(fixed, sizes) == pytest.approx(np.ones(11), rel=1e-3)
    with pytest.raises(StudyError, match="two passes"):
        follows_fresh(repeated(lambda N, D: 2.0 + MARKS / 1e7), sizes)


def test_the_least_ratio_of_stops_is_found(sizes):
    fixed = repeated(valley, amounts=AMOUNTS[:2])
    flat = np.ones(11)
    law = TwoTerms(0 * flat, 7.0 * flat, 60.0 * flat, 0.2 * flat, 0.34 * flat, 0 * flat)
    N = np.array([24.0 * w**2 for w in WIDTHS])[:, np.newaxis]
    D = np.array(AMOUNTS[:2])
    gap = LAW.loss(N, END) * (1 + penalty(N, D)) - 7.0 * N**-0.2
    wanted = (4 * D / (60.0 / gap) ** (1 / 0.34)).min()
    assert stop_ratio(fixed, law) == pytest.approx(np.full(11, wanted), rel=1e-6)
    assert runs_turned(fixed) == 20
    falling = repeated(lambda N, D: LAW.loss(N, MARKS))
    assert turned(falling).size == 0
    with pytest.raises(StudyError, match="no loss turns"):
        stop_ratio(falling, law)
    with pytest.raises(StudyError, match="no run turns"):
        gap_over_penalty(falling, sizes)


def test_the_gap_is_set_against_the_longest_run_on_fresh_text(sizes):
    found = gap_over_penalty(repeated(valley), sizes)
    N, D = np.array([24.0 * w**2 for w in WIDTHS])[:, np.newaxis], np.array(AMOUNTS)
    cost = LAW.loss(N, END) * (1 + penalty(N, D)) - LAW.loss(N, 1e7)
    assert found == pytest.approx(np.full(11, (0.5 / cost).mean()), rel=1e-6)


def controls(loss, **columns):
    """One run of each width (and rate) and seed that ends with the loss that is given."""
    rows, parts = [], []
    rates = columns.get("rates", (8e-3,))
    for width in (16, 32, 64):
        for rate in rates:
            for seed in range(2):
                run, N = f"w{width}-r{rate}-s{seed}", 24 * width**2
                rows.append(
                    {
                        "run": run, "group": "controls", "seed": seed, "N_body": N,
                        "N_head": 64 * width, "N_embedding": 64 * width, "layers": 2,
                        "width": width, "flops_per_byte": 6 * (N + 64 * width), "rate": rate,
                    }
                )  # fmt: skip
                D = np.array([1e5, 1e6, float(END)])
                parts.append(
                    pd.DataFrame({"run": run, "bytes_seen": D, "loss": loss(N, width, rate)})
                )
    return Drawn.of(Study.of(pd.DataFrame(rows), pd.concat(parts, ignore_index=True)), 10)


def test_a_decay_is_compared_at_equal_bytes(sizes):
    decay = controls(lambda N, width, rate: LAW.loss(N, END) * 0.99)
    assert decay_excess(decay, sizes) == pytest.approx(np.full(11, -1.0), abs=1e-3)


@pytest.mark.parametrize("power", [-0.3, 0.2])
def test_the_best_rate_is_that_of_the_blocks(power):
    def loss(N, width, rate):
        actual = rate * 32 / width
        return 2 + 0.1 * np.log(actual / (1e-2 * (N / 2e4) ** power)) ** 2

    rates = controls(loss, rates=(4e-3, 8e-3, 16e-3))
    N, best = best_rates(rates)
    assert best[0] == pytest.approx(1e-2 * (N / 2e4) ** power)
    assert rate_exponent(rates) == pytest.approx(np.full(11, power))


def test_losses_without_a_minimum_have_no_best_rate():
    three = (4e-3, 8e-3, 16e-3)
    rates = controls(lambda N, width, rate: 2 - np.log(rate / 8e-3) ** 2, rates=three)
    assert np.isnan(rate_exponent(rates)).all()
    with pytest.raises(StudyError, match="three learning rates"):
        rate_exponent(controls(lambda N, width, rate: 2.0))
