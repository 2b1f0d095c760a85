"""What a law says of Gopher against Chinchilla."""

import numpy as np
import pytest

from scaling_utils import gopher, published
from scaling_utils.gopher import CHINCHILLA, GOPHER
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.laws.base import UnreachableLossError
from scaling_utils.refit import refit, resamples
from scaling_utils.transformer import Architecture, kaplan_parameters


@pytest.mark.parametrize("name", gopher.laws())
def test_factors_are_those_of_the_law_s_own_methods(name):
    law = gopher.laws()[name]
    aim = law.loss(*CHINCHILLA)
    assert gopher.gap(law) == pytest.approx(law.loss(*GOPHER) - aim)
    compute = [law.equivalent_compute(*model) for model in (CHINCHILLA, GOPHER)]
    assert gopher.compute_factor(law) == pytest.approx(compute[0] / compute[1])
    tokens = law.tokens_for_loss(GOPHER[0], aim)
    assert gopher.token_factor(law) == pytest.approx(tokens / GOPHER[1])
    (needed,) = gopher.parameter_factor(ChinchillaLaw.stack([law]))
    if name == gopher.PRINTED:  # the only constants by which no size is enough
        assert np.isinf(needed)
        with pytest.raises(UnreachableLossError):
            law.parameters_for_loss(GOPHER[1], aim)
    else:
        assert needed == pytest.approx(law.parameters_for_loss(GOPHER[1], aim) / GOPHER[0])


def test_intervals_are_those_of_the_bootstrap():
    found = resamples().interval(lambda law: law.loss(*GOPHER) - law.loss(*CHINCHILLA))
    assert gopher.ends(gopher.gap) == pytest.approx((found.low, found.high), abs=1e-4)


def test_four_times_the_tokens_cost_as_much_as_gopher():
    law = refit().law
    expected = law.loss(*GOPHER) - law.loss(70e9, 1.2e12)
    assert gopher.gap_at_equal_cost(law) == pytest.approx(expected)


def test_the_same_swap_costs_more_each_time():
    rise = [gopher.swapped(4.0**step)(refit().law) for step in range(6)]
    assert np.round(rise, 3).tolist() == [0.0, 0.018, 0.081, 0.206, 0.425, 0.798]
    assert (np.diff(rise, n=2) > 0).all()


def test_the_size_needed_is_one_number_in_two_units():
    assert gopher.in_words(gopher.parameter_factor, ".1f").endswith("to no size at all)")
    low, high = gopher.ends(gopher.parameter_factor)
    assert gopher.ends(gopher.parameters_needed) == (pytest.approx(low * GOPHER[0]), high)
    assert np.isinf(high)


def test_from_the_even_ratio_both_take_the_same_off():
    law = refit().law
    start = (70e9, 70e9 * gopher.even_ratio(70e9)(law))
    by_size, by_data = (gopher.gain(symbol, start)(law) for symbol in "ND")
    assert by_size == pytest.approx(by_data)
    with pytest.raises(ValueError, match="positive"):
        gopher.gain("D", (70e9, -5))(law)


def test_kaplan_puts_gopher_ahead_in_both_laws():
    losses = gopher.kaplan_losses()
    law = published.law("kaplan2020/L(N,D)")
    size = kaplan_parameters(Architecture.hoffmann(16384, 80, 128, 128))
    assert losses.loc["Gopher", "N"] == size
    assert losses.loc["Gopher", "L(N, D)"] == law.loss(size, GOPHER[1])
    assert (losses.loc["Gopher"] < losses.loc["Chinchilla"])[["L(N, D)", "L(N, S)"]].all()


def test_loss_of_steps_solves_equation_1_6_with_the_steps_of_equation_5_4():
    by_steps, critical = (published.law(f"kaplan2020/{name}") for name in ("L(N,S)", "B_crit"))
    losses = gopher.kaplan_losses()
    loss, N = losses.loc["Chinchilla", "L(N, S)"], losses.loc["Chinchilla", "N"]
    halves = [(0.7e12 / batch, batch) for batch in (1.5e6, 3e6)]
    least = sum(steps / critical.steps(1.0, batch, loss) for steps, batch in halves)
    assert by_steps.loss(N, least) == pytest.approx(loss)
