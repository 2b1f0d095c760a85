"""Over-training, the use of the model, and repeated data, against the papers' numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scaling_utils import published
from scaling_utils.laws import ChinchillaLaw, lifetime
from scaling_utils.laws.base import UnreachableLossError
from scaling_utils.laws.chinchilla import compute_at_ratio, compute_multiplier
from scaling_utils.laws.lifetime import inference_optimum, total_flops
from scaling_utils.laws.repeated import RepeatedData

SARDANA = published.law("sardana2023")
REFIT = published.law("besiroglu2024")
REPEATED = published.repeated_data()


def quality(law, N):
    """The loss of a compute-optimal model of N parameters."""
    return law.loss(N, law.optimal_tokens_for(N))


@pytest.mark.parametrize(
    ("N", "use", "best", "data", "saving"),
    [
        (7e9, 1e11, 6.00e9, 1.18, 0.008),
        (13e9, 2e12, 6.97e9, 2.16, 0.174),
        (30e9, 1e13, 13.61e9, 2.84, 0.280),
        (70e9, 1e13, 41.6e9, 1.86, 0.119),
    ],
)
def test_cases_of_sardana(N, use, best, data, saving):
    found = inference_optimum(SARDANA, quality(SARDANA, N), use)
    assert pytest.approx(best, rel=2e-3) == found.N
    assert found.data_ratio == pytest.approx(data, abs=6e-3)
    assert found.saving == pytest.approx(saving, abs=6e-4)
    assert pytest.approx(N, rel=1e-9) == found.N_training


@settings(deadline=None)
@given(
    st.builds(
        ChinchillaLaw,
        E=st.floats(1.0, 2.0),
        A=st.floats(50, 1000),
        B=st.floats(50, 5000),
        alpha=st.floats(0.2, 0.5),
        beta=st.floats(0.2, 0.5),
    ),
    st.floats(1e9, 1e11),
    st.floats(1e8, 1e14),
)
def test_cheapest_model_beats_its_neighbours_on_the_same_curve(law, N, use):
    loss = quality(law, N)
    best = inference_optimum(law, loss, use)
    assert abs(best.first_order) < 1e-6
    assert best.loss == pytest.approx(loss)
    assert -1e-9 <= best.saving < 1
    wall = law.smallest_model(loss)
    for beside in (0.5 * (wall + best.N), 1.001 * best.N):
        D = law.tokens_for_loss(beside, loss)
        assert total_flops(beside, D, use) >= best.total_flops * (1 - 1e-9)


def test_without_use_the_cheapest_model_is_the_compute_optimal_one():
    best = inference_optimum(SARDANA, quality(SARDANA, 13e9), 0)
    assert pytest.approx(13e9) == best.N
    assert best.saving == pytest.approx(0, abs=1e-12)
    assert best.to_dict()["kind"] == "InferenceOptimum"


def test_refit_saves_more_than_the_constants_of_2022():
    found = inference_optimum(REFIT, quality(REFIT, 13e9), 2e12)
    assert pytest.approx(6.1e9, rel=0.01) == found.N
    assert found.saving == pytest.approx(0.29, abs=5e-3)


def test_inference_refuses_what_has_no_answer():
    with pytest.raises(UnreachableLossError, match="loss must be above E"):
        inference_optimum(SARDANA, 1.5, 1e12)
    with pytest.raises(ValueError, match="inference_tokens must not be negative"):
        inference_optimum(SARDANA, 2.0, -1.0)


def test_an_optimum_says_what_it_was_asked_and_by_which_law():
    best = inference_optimum(SARDANA, quality(SARDANA, 13e9), 2e12)
    assert (best.inference_tokens, best.source) == (2e12, SARDANA.source)
    assert best.total_flops == total_flops(best.N, best.D, 2e12)
    assert best.total_flops_training == total_flops(best.N_training, best.D_training, 2e12)


def test_what_does_not_meet_the_condition_is_no_optimum(monkeypatch):
    monkeypatch.setattr(lifetime, "root", lambda rising, low, high: high)
    said = r"^no optimum found: the first-order condition is off by 0\.\d; .* close to E = 1\.69$"
    with pytest.raises(ValueError, match=said):
        inference_optimum(SARDANA, quality(SARDANA, 13e9), 2e12)


@pytest.mark.parametrize("other", ["N", "D"])
def test_rows_of_another_order_are_not_paired_by_their_place(other):
    numbers = {"N": 1e9, "D": 2e10, "inference_tokens": pd.Series([1e12, 2e12])}
    numbers[other] = pd.Series([1e9, 2e9])[::-1]
    with pytest.raises(ValueError, match=f"^{other} and inference_tokens are Series with diff"):
        total_flops(**numbers)


@pytest.mark.parametrize(
    ("law", "name"),
    [
        (ChinchillaLaw(1.0, 1e4, 1e4, 0.002, 0.3), "N"),
        (ChinchillaLaw(1.0, 1e4, 1e4, 0.3, 0.002), "D"),
    ],
)
def test_what_no_number_can_hold_is_named(law, name):
    with pytest.raises(ValueError, match=f"^{name} would be about 10"):
        inference_optimum(law, 1.01, 1e12)


@pytest.mark.parametrize(
    ("data", "best", "multipliers"),
    [
        ("C4", 3.4, [1.21, 1.81, 2.40, 3.32, 4.80]),
        ("RedPajama", 7.4, [1.07, 1.46, 1.87, 2.52, 3.59]),
        ("RefinedWeb", 5.8, [1.10, 1.53, 1.97, 2.66, 3.77]),
    ],
)
def test_over_training_of_gadre(data, best, multipliers):
    law = published.law(f"gadre2024/{data}")
    assert law.tokens_per_parameter(1e21) == pytest.approx(best, abs=0.05)
    found = [compute_multiplier(law, M, 2.5) for M in (20, 80, 160, 320, 640)]
    np.testing.assert_allclose(found, multipliers, atol=6e-3)
    assert compute_multiplier(law, 640, 4.0) == pytest.approx(multipliers[-1], abs=6e-3)


@given(st.floats(0.01, 1e4), st.floats(1.83, 6.0))
def test_compute_at_a_ratio_reaches_the_loss(M, loss):
    C = compute_at_ratio(REFIT, M, loss)
    assert REFIT.loss(np.sqrt(C / 6 / M), np.sqrt(C / 6 * M)) == pytest.approx(loss, rel=1e-9)
    assert compute_multiplier(REFIT, M, loss) >= 1 - 1e-9


def test_over_training_refuses_lost_causes():
    with pytest.raises(UnreachableLossError):
        compute_at_ratio(REFIT, 20, 1.7)


def test_value_of_repeated_tokens():
    epochs = [2, 4, 8, 10, 16, 40, 44]
    np.testing.assert_allclose(
        REPEATED.effective_data(epochs, 1.0),
        [1.97, 3.73, 6.62, 7.81, 10.58, 15.17, 15.45],
        atol=6e-3,
    )
    np.testing.assert_allclose(
        REPEATED.marginal_value(epochs), [0.94, 0.82, 0.63, 0.56, 0.38, 0.08, 0.06], atol=6e-3
    )
    assert REPEATED.effective_data(1e9, 1.0) == pytest.approx(16.39, abs=3e-3)


def test_a_token_is_worth_on_average_what_its_readings_are_worth():
    assert REPEATED.value_share([0.5, 1.0]).tolist() == [1.0, 1.0]
    np.testing.assert_allclose(REPEATED.value_share([2, 4, 16]), [0.985, 0.932, 0.661], atol=1e-3)
    assert REPEATED.marginal_value([0.5, 1.0]).tolist() == [1.0, 1.0]
    assert REPEATED.marginal_value(1.0 + REPEATED.R_D_star) == pytest.approx(np.exp(-1.0))


@given(st.floats(1e8, 1e13), st.floats(1.0, 100.0))
def test_the_floor_is_the_loss_of_an_endless_model(unique, epochs):
    endless = REPEATED.loss(1e40, epochs * unique, unique)
    assert REPEATED.loss_floor(unique, epochs) == pytest.approx(endless, rel=1e-12)


def test_the_floor_falls_to_that_of_endless_reading():
    once, often = (REPEATED.loss_floor(25e9, epochs) for epochs in (1, 1e6))
    assert once > REPEATED.loss_floor(25e9, 2) > often
    assert REPEATED.loss_floor(25e9) == pytest.approx(often, rel=1e-12)


def test_check_values_of_the_authors():
    assert REPEATED.loss(6.34e9, 242e9, 25e9) == pytest.approx(2.2256440889984477, rel=1e-12)
    assert REPEATED.loss(8.67e9, 178e9, 25e9) == pytest.approx(2.2269634075087867, rel=1e-12)


@given(st.floats(1e7, 1e12), st.floats(1e8, 1e13), st.floats(1e8, 1e13))
def test_repeated_data_never_beat_fresh_data(N, D, unique):
    loss = REPEATED.loss(N, D, unique)
    assert loss >= REPEATED.law.loss(N, D) * (1 - 1e-12)
    assert loss >= REPEATED.loss_floor(unique) * (1 - 1e-12)


def test_one_epoch_below_the_fitting_size_is_the_plain_law():
    assert REPEATED.loss(1e9, 1e11, 1e11) == REPEATED.law.loss(1e9, 1e11)


@pytest.mark.parametrize("C", [1e19, 9.3e21, 1e24])
def test_best_split_is_not_beaten_on_a_grid(C):
    best = REPEATED.best(C, unique=25e9)
    N = np.geomspace(best.N / 30, best.N * 30, 4001)
    assert best.loss <= REPEATED.loss(N, C / (6 * N), 25e9).min() + 1e-9
    assert pytest.approx(C) == 6 * best.N * best.D
    assert best.loss == REPEATED.loss(best.N, best.D, 25e9)
    assert (best.C, best.unique, best.source) == (C, 25e9, REPEATED.source)
    assert best.epochs == best.D / 25e9


def test_with_plenty_of_text_the_best_split_is_chinchillas():
    best = REPEATED.best(1e21, unique=1e15)
    assert pytest.approx(REPEATED.law.N_opt(1e21), rel=1e-3) == best.N
    assert best.epochs < 1


def test_on_a_stock_far_too_small_the_best_split_reaches_its_floor():
    best = REPEATED.best(1e28, unique=1e5)
    assert best.loss == pytest.approx(REPEATED.loss_floor(1e5), rel=1e-9)


def test_repeated_data_refuse_bad_input():
    with pytest.raises(ValueError, match="unique must be positive"):
        REPEATED.loss(1e9, 1e10, -1)
    with pytest.raises(ValueError, match="epochs must be at least 1"):
        REPEATED.loss_floor(1e11, epochs=0.5)
    with pytest.raises(ValueError, match="C must be one number"):
        REPEATED.best([1e20, 1e21], 1e10)
    with pytest.raises(ValueError, match="R_N_star must be positive"):
        RepeatedData(REFIT, 15.0, 0.0)
