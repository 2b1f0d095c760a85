"""Where an identity holds, the answer is checked against it, and not only that there is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st
from trying import tried

from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.laws import ChinchillaLaw, KaplanND, PowerLaw, training_flops
from scaling_utils.laws.lifetime import inference_optimum
from scaling_utils.laws.repeated import RepeatedData
from scaling_utils.numbers import fmt
from scaling_utils.power_fit import fit_power

EXPONENTS, SCALES = st.floats(0.2, 1.0), st.floats(1.0, 1e5)
SIZES, BUDGETS = st.floats(1e6, 1e14), st.floats(1e15, 1e28)
FLOORS = st.just(0.0) | st.floats(1e-3, 10.0)
LAWS = st.builds(ChinchillaLaw, FLOORS, SCALES, SCALES, EXPONENTS, EXPONENTS)


def close(one: Any, other: Any, rel: float = 1e-6) -> bool:
    return bool(np.allclose(one, other, rtol=rel, atol=0.0))


def more_of_both_lowers_the_loss(drawn: Any) -> None:
    law, N, D, k = drawn
    assert law.loss(k * N, D) <= law.loss(N, D) >= law.loss(N, k * D)
    (_, by_size, by_data), (_, less, fewer) = law.terms(N, D), law.terms(k * N, k * D)
    assert less < by_size
    assert fewer < by_data
    assert close(law.loss(N, D), law.E + by_size + by_data)


def the_best_split_spends_the_budget(drawn: Any) -> None:
    law, C, k, _ = drawn
    N, D = law.N_opt(C), law.D_opt(C)
    assert close(training_flops(N, D), C)
    best = law.loss(N, D)
    assert min(law.loss(N * k, D / k), law.loss(N / k, D * k)) >= best * (1 - 1e-12)
    assert close(law.optimal(C).loss, best)
    assert close(law.optimal_tokens_for(N), D)
    assert close(law.optimal_parameters_for(D), N)


def the_loss_and_its_budget_are_inverse(drawn: Any) -> None:
    law, C, *_ = drawn
    loss = law.loss_at(C)
    assume(loss - law.E > 1e-6 * law.E)
    assert close(law.compute_for_loss(loss), C, 1e-3)


def tokens_for_a_loss_reach_it(drawn: Any) -> None:
    law, N, D, _ = drawn
    loss = law.loss(N, D)
    assume(loss - law.loss_infinite_data(N) > 1e-6 * loss)
    assert close(law.loss(N, law.tokens_for_loss(N, loss)), loss)


def use_makes_the_best_model_smaller(drawn: Any) -> None:
    law, C, _, use = drawn
    loss = law.loss_at(C)
    assume(loss - law.E > 1e-3 * law.E)
    best = inference_optimum(law, loss, use)
    assert close(best.loss, loss)
    assert best.N_training * (1 + 1e-9) >= best.N
    assert best.total_flops <= best.total_flops_training * (1 + 1e-9)


def repeats_are_worth_no_more_than_fresh_text(drawn: Any) -> None:
    law, N, D, k = drawn
    law = RepeatedData(law, 15.4, 5.3)
    assert law.effective_data(D, D / k) <= D
    assert law.effective_data(D, D * k) == D
    assert law.loss(N, D, D / k) >= law.loss(N, D, D * k) * (1 - 1e-12)


def kaplan_laws_have_their_limits(drawn: Any) -> None:
    law, N, D, k = drawn
    law = KaplanND(1e13 * k, 1e13, law.alpha / 3, law.beta / 3)
    assert law.loss(N, D) >= max(law.loss_infinite_data(N), law.loss_infinite_model(D)) * (
        1 - 1e-9
    )
    assert close(law.overfitting(N, law.tokens_needed(N, k / 100)), k / 100)
    assert law.loss(k * N, D) <= law.loss(N, D) >= law.loss(N, k * D)


def a_power_law_is_its_own_inverse(drawn: Any) -> None:
    law, N, _, k = drawn
    law = PowerLaw(law.A * 1e10, law.alpha, "N")
    assert close(law.inverse(law.loss(N)), N)
    assert close(law.loss(k * N), law.loss(N) * law.factor(k))


PROPERTIES: list[Callable[[Any], None]] = [
    more_of_both_lowers_the_loss,
    tokens_for_a_loss_reach_it,
    repeats_are_worth_no_more_than_fresh_text,
    kaplan_laws_have_their_limits,
    a_power_law_is_its_own_inverse,
]
OF_BUDGETS: list[Callable[[Any], None]] = [
    the_best_split_spends_the_budget,
    the_loss_and_its_budget_are_inverse,
    use_makes_the_best_model_smaller,
]


@pytest.mark.parametrize("holds", PROPERTIES)
def test_of_sizes(holds: Callable[[Any], None], record_property) -> None:
    drawn = st.tuples(LAWS, SIZES, SIZES, st.floats(1.01, 100.0))
    tried("right answers", drawn, holds, record_property)


@pytest.mark.parametrize("holds", OF_BUDGETS)
def test_of_budgets(holds: Callable[[Any], None], record_property) -> None:
    drawn = st.tuples(LAWS, BUDGETS, st.floats(1.01, 100.0), st.floats(0.0, 1e15))
    tried("right answers", drawn, holds, record_property)


def test_numbers_in_prose_say_the_number(record_property) -> None:
    """Read back, it is the number to the digits that were asked for."""
    units = {"trillion": 1e12, "billion": 1e9, "million": 1e6}

    def look(drawn: tuple[float, int]) -> None:
        value, digits = drawn
        said = fmt(value, f"count{digits}").replace("−", "-").replace(",", "")
        number, _, unit = said.partition(" ")
        rough = 0.51 * 10.0 ** (math.floor(math.log10(abs(value))) + 1 - digits)
        assert abs(float(number) * units.get(unit, 1.0) - value) <= rough * (1 + 1e-9)
        mantissa, _, power = fmt(value, f"sci{digits}").replace("−", "-").partition(" × 10")
        power = power.translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
        assert abs(float(mantissa) * 10.0 ** int(power) - value) <= rough * (1 + 1e-9)

    value = st.floats(1e-12, 1e20) | st.floats(-1e20, -1e-12)
    tried("right answers", st.tuples(value, st.integers(1, 6)), look, record_property)


def test_a_line_through_powers_is_that_power(record_property) -> None:
    def look(drawn: tuple[float, float]) -> None:
        exponent, scale = drawn
        x = np.geomspace(1e18, 1e24, 5)
        found = fit_power(x, scale * x**exponent)
        assert abs(found.exponent - exponent) < 1e-9
        assert close(found.predict(x), scale * x**exponent)

    drawn = st.tuples(st.floats(-1.0, 1.0), st.floats(1e-6, 1e6))
    tried("right answers", drawn, look, record_property)


def test_the_order_and_the_units_of_runs_change_no_fit(record_property) -> None:
    """In another order the constants are the same; in another unit of N only A is another."""
    N = np.repeat(np.geomspace(1e8, 1e10, 5), 5)
    D = np.tile(np.geomspace(1e9, 1e12, 5), 5)
    noise = np.exp(np.random.default_rng(1).normal(0, 0.003, 25))
    loss = np.asarray(ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28).loss(N, D)) * noise
    first = fit_chinchilla(N, D, loss).law

    def look(drawn: tuple[list[int], float]) -> None:
        order, unit = drawn
        again = fit_chinchilla(N[order] * unit, D[order], loss[order]).law
        assert close([again.E, again.alpha, again.B, again.beta],
                     [first.E, first.alpha, first.B, first.beta], 1e-4)  # fmt: skip
        assert close(again.A, first.A * unit**first.alpha, 1e-3)

    order = st.permutations(list(range(25)))
    units = st.sampled_from([1.0, 1e-9, 1e-6, 1e3, 1e9])
    tried("right answers", st.tuples(order, units), look, record_property)
