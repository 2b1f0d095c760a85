"""What reaches a loss by the law of Hoffmann et al.: a ratio, more compute, or nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils import published
from scaling_utils.laws import ChinchillaLaw, UnreachableLossError
from scaling_utils.laws.chinchilla import (
    compute_at_ratio,
    compute_multiplier,
    compute_worth,
    critical_size,
    data_ratio,
    size_wall,
)

LAW = published.law("besiroglu2024")
budgets = st.floats(1e18, 1e27)


@given(st.floats(1e-6, 1e8), st.floats(1e-3, 20.0))
def test_compute_at_a_ratio_reaches_the_loss_at_that_ratio(M, above):
    loss = LAW.E + above
    C = compute_at_ratio(LAW, M, loss)
    assert LAW.loss(np.sqrt(C / 6 / M), np.sqrt(C / 6 * M)) - LAW.E == pytest.approx(above)


def test_a_multiplier_is_over_the_best_or_over_another_ratio():
    at = compute_at_ratio(LAW, 640, 2.5)
    assert compute_multiplier(LAW, 640, 2.5) == pytest.approx(at / LAW.compute_for_loss(2.5))
    other = compute_at_ratio(LAW, 20, 2.5)
    assert compute_multiplier(LAW, 640, 2.5, reference=20) == pytest.approx(at / other)


@given(budgets, st.floats(0.001, 0.03))
def test_so_many_times_the_compute_make_up_for_a_higher_loss(C, excess):
    worth = compute_worth(LAW, C, excess)
    if np.isfinite(worth):
        assert LAW.loss_at(worth * C) * (1 + excess) == pytest.approx(LAW.loss_at(C))
    else:
        assert LAW.loss_at(C) / (1 + excess) <= LAW.E


def test_no_compute_makes_up_for_a_loss_that_leads_below_e():
    finite, endless = compute_worth(LAW, [1e21, 1e27], 0.05)
    assert 1 < finite < endless == np.inf


def test_twice_the_compute_is_meant_where_nothing_else_is_said():
    assert critical_size(LAW) == critical_size(LAW, 2.0) > critical_size(LAW, 3.0)


@given(budgets, st.floats(0.1, 1e4))
def test_the_form_of_ratios_is_the_same_law(C, M):
    E, a, b, eta = 1.84, 212, 367, 0.136
    law = ChinchillaLaw.from_ratio_form(E, a, b, eta, source="Gadre et al. 2024")
    loss = law.loss(np.sqrt(C / 6 / M), np.sqrt(C / 6 * M))
    assert loss == pytest.approx(E + (a * M**eta + b * M**-eta) * C**-eta, rel=1e-12)
    assert law.source == "Gadre et al. 2024"
    assert ChinchillaLaw.from_ratio_form(E, a, b, eta).source == "user"


@pytest.mark.parametrize("wrong", ["a", "b", "eta"])
def test_a_constant_of_that_form_that_makes_no_sense_is_named(wrong):
    said = {"E": 1.84, "a": 212, "b": 367, "eta": 0.136, wrong: -1}
    with pytest.raises(ValueError, match=f"^{wrong} must be positive, got -1"):
        ChinchillaLaw.from_ratio_form(**said)


def test_several_laws_say_where_they_come_from():
    assert ChinchillaLaw.stack([LAW, LAW]).source == "several laws"
    assert ChinchillaLaw.stack([LAW, LAW], "two fits").source == "two fits"


def test_what_is_stacked_are_laws_of_one_kind():
    assert ChinchillaLaw.stack(law for law in [LAW]).E.tolist() == [LAW.E]
    assert ChinchillaLaw.stack(LAW).E.tolist() == [LAW.E]
    with pytest.raises(ValueError, match=r"^each of laws must be a ChinchillaLaw .*, got float$"):
        ChinchillaLaw.stack([LAW, 2.0])
    with pytest.raises(ValueError, match=r"^laws is empty; give one law or more$"):
        ChinchillaLaw.stack([])


def test_a_multiplier_is_of_a_law_of_that_form():
    for more in ({}, {"reference": 20}):
        with pytest.raises(ValueError, match=r"^law must be a ChinchillaLaw .*, got float$"):
            compute_multiplier(3.0, 640, 2.5, **more)


def test_a_multiplier_is_infinite_for_those_of_many_laws_that_never_reach_the_loss():
    many = ChinchillaLaw.stack([LAW, LAW.with_values(E=2.6)])
    reached, never = compute_multiplier(many, 640, 2.5)
    assert (reached, never) == (compute_multiplier(LAW, 640, 2.5), np.inf)


def test_what_no_number_can_hold_is_infinite_or_zero_among_many_laws():
    steep = ChinchillaLaw(1.0, 1e4, 1e-4, 0.002, 0.003)
    many = ChinchillaLaw.stack([steep, ChinchillaLaw(1.0, 1e-4, 1e4, 0.002, 0.003)])
    with np.errstate(all="raise"):
        assert many.G.tolist() == [np.inf, 0.0]
        assert many.optimal_tokens_for(1e9).tolist() == [0.0, np.inf]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: LAW.tokens_for_loss(1e6, 2.0),
            r"size 1e\+06 does not reach loss 2 on any amount of data: its limit is 5\.764",
        ),
        (
            lambda: LAW.parameters_for_loss(1e6, 2.0),
            r"no model of any size reaches loss 2 on 1e\+06 tokens: the limit is 1\d\.\d+",
        ),
        (
            lambda: LAW.fewest_tokens(1.5),
            r"loss must be above E = 1\.8172 nats per token, which neither parameters nor tokens "
            r"remove, got 1\.5",
        ),
        (
            lambda: data_ratio(LAW, 0.1),
            r"size_ratio 0\.1 is too small: such a model does not reach the loss on any amount of "
            rf"data; expected more than {size_wall(LAW):.4g}",
        ),
    ],
)
def test_a_loss_out_of_reach_is_named_with_its_limit(call, message):
    with pytest.raises(UnreachableLossError, match=f"^{message}$"):
        call()


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda law: law.tokens_for_loss(1e9, 1e4 / 1e9**0.3 + 1.001), "D"),
        (lambda law: law.parameters_for_loss(1e9, 1e4 / 1e9**0.3 + 1.001), "N"),
    ],
)
def test_what_no_number_can_hold_is_named(call, name):
    law = ChinchillaLaw(1.0, 1e4, 1e4, *((0.3, 0.002) if name == "D" else (0.002, 0.3)))
    with pytest.raises(ValueError, match=f"^{name} would be about 10"):
        call(law)


def test_a_data_ratio_that_no_number_can_hold_is_named():
    law = ChinchillaLaw(1.0, 1e4, 1e4, 0.3, 0.002)
    with pytest.raises(ValueError, match=r"^data_ratio would be about 10"):
        data_ratio(law, 1.001 * size_wall(law))
