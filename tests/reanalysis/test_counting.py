"""A law seen in another count: closed form against differences, limits and simulation."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reanalysis.counting import (
    ALL,
    COUNTS,
    NON_EMBEDDING,
    Counting,
    SizeRelation,
    fit_relation,
    sweep,
)
from scaling_utils import published
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.power_fit import fit_power

REFIT = published.law("besiroglu2024")
TEX = published.law("hoffmann2022/tex")
PEARCE = SizeRelation(published.constant("pearce2024", "omega").value)
KAPLAN = Counting(PEARCE)
KAPLAN_SIZES = (768, 1.5e9)

exponents = st.floats(0.1, 0.9)
laws = st.builds(ChinchillaLaw, st.just(1.7), st.just(400.0), st.just(900.0), exponents, exponents)
relations = st.builds(SizeRelation, st.floats(1e2, 1e6), st.floats(0.1, 0.8))
countings = st.builds(
    Counting, relations, size=st.sampled_from(COUNTS), compute=st.sampled_from(COUNTS)
)
sizes = st.floats(1e3, 1e12)
small = st.floats(0.03, 0.12)
flat_laws = st.builds(ChinchillaLaw, st.just(1.7), st.just(20.0), st.just(40.0), small, small)
without_embeddings = st.builds(
    Counting,
    st.builds(SizeRelation, st.floats(1e2, 1e6), st.floats(0.1, 0.28)),
    st.sampled_from(COUNTS),
)


def has_one_best_size(counting, law):
    try:
        counting.exponent(law, 1.0)
    except ValueError:
        return False
    return True


@given(countings, laws, sizes)
def test_local_exponent_is_the_slope_of_the_optimum(counting, law, N):
    assume(has_one_best_size(counting, law))
    step = 1e-4
    found = counting.best(law, N * np.exp(np.array([-step, 0.0, step])))
    slope = np.log(found.N[2] / found.N[0]) / np.log(found.C[2] / found.C[0])
    assert slope == pytest.approx(found.exponent[1], rel=1e-4)


def losses_of_other_sizes(counting, law, best, others=None):
    """Losses of other sizes for its budget: from a billionth to a billion times as large."""
    if others is None:
        around = np.concatenate([[0.9, 0.99, 1.01, 1.1], np.geomspace(1e-9, 1e9, 721)])
        others = best.non_embedding * around
    total = counting.relation.total(others)
    cost = total if counting.compute == ALL else others
    return law.loss(total, best.C / 6 / cost)


@given(countings, laws, sizes)
def test_no_other_size_does_better_at_the_same_counted_compute(counting, law, N):
    if has_one_best_size(counting, law):
        best = counting.best(law, N)
        assert (losses_of_other_sizes(counting, law, best) >= best.loss * (1 - 1e-12)).all()


@given(without_embeddings, flat_laws)
def test_a_law_under_which_a_budget_has_two_best_sizes_is_refused(counting, law):
    for ask in (counting.best, counting.exponent, counting.at):
        with pytest.raises(ValueError, match="a budget would have two best sizes"):
            ask(law, 1e20)
    # The budget for which a size meets the condition falls over some range of sizes.
    share = np.linspace(1e-3, 1 - 1e-3, 2001)
    p, omega = counting.relation.exponent, counting.relation.omega
    C = counting._optimum(law, (omega * (1 - share) / share) ** (1 / (1 - p))).C
    assert (np.diff(C[::-1]) < 0).any()


@given(countings, laws)
def test_a_law_that_is_not_refused_needs_more_compute_for_larger_models(counting, law):
    assume(has_one_best_size(counting, law))
    log_C = np.log(counting.best(law, np.geomspace(1e-3, 1e15, 500)).C)
    assert (np.diff(log_C) > -1e-12).all()


@given(countings, laws, st.floats(1e12, 1e28))
def test_the_best_size_of_a_budget_is_the_best_of_all(counting, law, C):
    assume(has_one_best_size(counting, law))
    found = counting.at(law, C)
    assert np.log(found.C / C) == pytest.approx(0, abs=1e-6)
    assert (losses_of_other_sizes(counting, law, found) >= found.loss * (1 - 1e-12)).all()


def test_every_budget_has_one_best_size_under_published_constants():
    for name in ("besiroglu2024", "hoffmann2022/tex", "hoffmann2022/printed"):
        for size in COUNTS:
            for compute in COUNTS:
                assert has_one_best_size(Counting(PEARCE, size, compute), published.law(name))


@given(relations, laws, sizes)
def test_counting_everything_gives_the_law_itself(relation, law, N):
    found = Counting(relation, ALL, ALL).best(law, N)
    np.testing.assert_allclose(found.N, relation.total(N))
    np.testing.assert_allclose(found.N, law.N_opt(found.C), rtol=1e-6)
    np.testing.assert_allclose(found.D, law.D_opt(found.C), rtol=1e-6)
    assert found.exponent == pytest.approx(law.a)


@pytest.mark.parametrize("size", COUNTS)
@pytest.mark.parametrize("compute", COUNTS)
def test_limits_are_reached_by_tiny_and_huge_models(size, compute):
    counting = Counting(PEARCE, size, compute)
    ends = counting.exponent(TEX, [1e-9, 1e24])
    assert ends == pytest.approx(counting.limits(TEX), rel=1e-4)


def test_limits_of_pearce_and_song():
    assert KAPLAN.limits(REFIT) == pytest.approx(
        (REFIT.beta / (REFIT.alpha / 3 + REFIT.beta), REFIT.a)
    )
    assert np.round(KAPLAN.limits(REFIT), 3).tolist() == [0.759, 0.513]
    assert np.round(KAPLAN.limits(TEX), 3).tolist() == [0.716, 0.456]


def test_local_exponent_is_that_of_pearce_and_song():
    """Their formula in N ** (2/3) and omega, written out."""
    N = np.geomspace(1e2, 1e12, 21)
    x, omega, alpha, beta = N ** (2 / 3), PEARCE.omega, TEX.alpha, TEX.beta
    first = (x + omega / 9) / (x + omega / 3) / beta
    second = (1 + alpha) / beta * (x + omega / 3) / (x + omega)
    np.testing.assert_allclose(KAPLAN.exponent(TEX, N), 1 / (1 - first + second))


def test_exponent_rises_above_both_limits_and_then_falls_to_the_law():
    N = np.geomspace(1e3, 1e12, 200)
    seen = KAPLAN.exponent(REFIT, N)
    peak = int(seen.argmax())
    assert 1e6 < N[peak] < 1e7
    assert seen[peak] > max(KAPLAN.limits(REFIT)) + 0.1
    assert (np.diff(seen[peak:]) < 0).all()
    assert seen[-1] == pytest.approx(REFIT.a, abs=1e-3)


@pytest.mark.parametrize("law", [REFIT, TEX], ids=["refit", "tex"])
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("models", "tolerance"), [(20, 0.005), (80, 0.001)])
def test_closed_form_and_simulated_sweep_agree(law, count, models, tolerance):
    counting = Counting(PEARCE, count, count)
    found = sweep(law, counting, np.geomspace(*KAPLAN_SIZES, models))
    inner = found.table[~found.table["edge"]]
    exact = fit_power(inner["C"], counting.at(law, inner["C"].to_numpy()).N).exponent
    assert found.a == pytest.approx(exact, abs=tolerance)


@pytest.mark.parametrize("centre", [1e5, 1e7, 1e9, 1e11])
def test_local_exponent_agrees_with_a_narrow_sweep(centre):
    found = sweep(REFIT, KAPLAN, centre * np.geomspace(1 / 1.5, 1.5, 40))
    assert found.a == pytest.approx(float(KAPLAN.exponent(REFIT, centre)), abs=0.005)


def test_fitted_exponent_is_that_of_a_fine_sweep():
    found = sweep(TEX, KAPLAN, np.geomspace(*KAPLAN_SIZES, 120))
    assert KAPLAN.fitted_exponent(TEX, *KAPLAN_SIZES) == pytest.approx(found.a, abs=0.005)


def test_fitted_exponent_over_a_narrow_range_is_local():
    narrow = KAPLAN.fitted_exponent(REFIT, 0.999e8, 1.001e8)
    assert narrow == pytest.approx(KAPLAN.exponent(REFIT, 1e8), abs=1e-6)


def test_exponent_falls_towards_one_half_as_the_range_moves_up():
    seen = [KAPLAN.fitted_exponent(REFIT, low, 1e3 * low) for low in (1e6, 1e8, 1e10, 1e13)]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == pytest.approx(REFIT.a, abs=0.002)


@given(countings, st.floats(1e15, 1e26))
def test_a_budget_leads_back_to_itself(counting, C):
    found = counting.at(REFIT, np.array([C, 3 * C]))
    np.testing.assert_allclose(found.C, [C, 3 * C], rtol=1e-9)
    again = counting.best(REFIT, found.non_embedding)
    np.testing.assert_allclose(again.N, found.N)


@given(relations)
def test_half_of_a_model_is_embedding_at_half(relation):
    assert relation.share(relation.half()) == pytest.approx(0.5)


@given(relations)
def test_fit_finds_a_relation_again(relation):
    N = relation.half() * np.geomspace(1e-2, 1e2, 12)
    free = fit_relation(N, relation.total(N))
    held = fit_relation(N, relation.total(N), exponent=relation.exponent)
    for found in (free, held):
        assert found.omega == pytest.approx(relation.omega, rel=1e-3)
        assert found.exponent == pytest.approx(relation.exponent, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Counting(PEARCE, size="some"), "size 'some' is not known"),
        (lambda: Counting(PEARCE, compute="some"), "compute 'some' is not known"),
        (lambda: SizeRelation(-1.0), "omega must be positive"),
        (lambda: SizeRelation(1e4, 1.0), "exponent must lie between 0 and 1"),
        (lambda: KAPLAN.best(REFIT, -1.0), "N must be positive"),
        (lambda: KAPLAN.exponent(REFIT, np.nan), "N must be finite"),
        (lambda: KAPLAN.best(published.law("kaplan2020/L(N)"), 1e9), "law must be"),
        (lambda: KAPLAN.at(REFIT, 0.0), "C must be positive"),
        (lambda: fit_relation([1e6, 1e7], [1e6, 2e7]), "total must be above N"),
        (lambda: fit_relation([1e6, 1e6], [2e6, 2e6]), "two models of different size"),
        (lambda: fit_relation([1e6], [2e6, 3e6]), "same length"),
        (
            lambda: sweep(REFIT, Counting(PEARCE, NON_EMBEDDING, ALL), [1e6, 1e7, 1e8]),
            "needs both alike",
        ),
        (lambda: sweep(REFIT, KAPLAN, [1e6]), "at least two sizes"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
