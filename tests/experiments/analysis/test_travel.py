"""What the measured claims of chapter 4 compute, on a made-up study whose answers are known."""

import made_up_study as made
import numpy as np
import pytest

from experiments.analysis import shape, travel
from experiments.analysis.seed_draws import Drawn
from experiments.analysis.study import Study, StudyError

SLOPES = [made.TEXTS[text][0] for text in travel.PROSE]


@pytest.fixture(scope="module")
def exact():
    """Sizes without noise."""
    return made.sizes()


@pytest.fixture(scope="module")
def noisy():
    """Sizes whose seeds differ."""
    return made.sizes(noise=0.01)


def test_a_draw_takes_one_run_of_every_set_up(noisy):
    assert (noisy.weights[0] == 1).all()
    for draw in noisy.weights[1:20]:
        assert np.bincount(noisy.label, draw).tolist() == [1.0] * 12
    single = noisy.study.loss_at(noisy.study.last[:, np.newaxis])[:, 0]
    first = np.flatnonzero(noisy.label == 0)
    assert noisy.ends()[0, 0] == pytest.approx(single[first].mean())
    assert set(noisy.ends()[1:, 0].round(9)) == set(single[first].round(9))


def test_curves_end_where_the_runs_end(noisy):
    curves = noisy.curves()
    last = [row[np.isfinite(row)][-1] for row in curves]
    np.testing.assert_allclose(last, noisy.study.loss_at(noisy.study.last[:, np.newaxis])[:, 0])
    assert (noisy.last == np.sort(noisy.last)[::-1]).all()  # smaller sizes run for longer


def test_lines_are_found_again(exact):
    np.testing.assert_allclose(travel.slopes(exact).T, np.tile(SLOPES, (len(exact.weights), 1)))
    np.testing.assert_allclose(travel.least_correlation(exact), 1.0)
    assert travel.finished(exact, "code").slope[0] == pytest.approx(-1.0)
    np.testing.assert_allclose(travel.distances_along(exact), 0.0, atol=1e-9)


def test_a_constant_factor_leaves_the_exponent_and_closeness_alone():
    factors = dict.fromkeys(made.TEXTS, (1.2, 0.0))
    sizes = made.sizes(texts=factors)
    np.testing.assert_allclose(travel.exponent_ratios(sizes), 1.0)
    # ln(1.2 L) against a parabola in L leaves a little for any other column to take up.
    assert abs(travel.closeness_by_text(sizes)[:, 0]).max() < 0.3
    np.testing.assert_allclose(travel.greatest_rise_in_training(sizes), 0.0, atol=1e-9)
    assert travel.greatest_rise_with_size(sizes)[0] < 0


def test_only_sizes_near_convergence_count(exact):
    near = travel.near_convergence(exact)
    bytes_each = exact.last / exact.setups["N_body"].to_numpy()
    assert (bytes_each[near] >= travel.NEAR_CONVERGENCE).all()
    assert 3 <= near.size < 12


def test_a_dependence_on_duration_is_found():
    sizes = made.sizes()
    curves = sizes.study.curves.copy()
    size = sizes.study.runs.set_index("run")["N_body"][curves["run"]].to_numpy()
    for text in travel.PROSE:
        curves[f"loss_{text}"] *= 1.01 ** np.log10(curves["bytes_seen"].to_numpy() / size)
    changed = Drawn.of(Study.of(sizes.study.runs, curves), resamples=20)
    found = travel.closeness_by_text(changed) - travel.closeness_by_text(sizes)[:, :21]
    assert found[:, 0].mean() == pytest.approx(1.0, abs=0.01)


def test_repeated_text_that_is_off_the_lines_is_found(exact):
    off = made.repeated(away=0.03)
    np.testing.assert_allclose(travel.distance_on_repeated(exact, off), 3.0)
    np.testing.assert_allclose(travel.distance_on_repeated(exact, off, 2**17), 3.0)
    none = travel.distance_on_repeated(exact, made.repeated())
    np.testing.assert_allclose(none, 0.0, atol=1e-9)
    with pytest.raises(StudyError, match="no point lies within the range"):
        travel.distance_on_repeated(exact, off, 12345)


def test_shapes_are_compared_at_one_size(exact):
    small, large = shape.same_size(made.depths(), exact)
    assert (small.layers.tolist(), large.layers.tolist()) == ([1, 2, 3, 4, 8], [1, 2, 3, 5, 8])
    assert small.usual.tolist() == [False, True, True, True, False]
    assert large.usual.tolist() == [False, True, True, True, True]
    for each, size in ((small, 24_000), (large, 97_000)):
        excess = [made.EXCESS[size].get(int(layers), 0.0) for layers in each.layers]
        np.testing.assert_allclose(each.loss[0] / each.loss[0].min() - 1.0, excess, atol=2e-4)


def test_single_runs_scatter_about_the_mean_of_their_shape(exact):
    depth = made.depths(noise=0.003)
    for each in shape.same_size(depth, exact):
        seeds = shape.seed_excess(depth, each)
        assert seeds["layers"].value_counts().to_list() == [3] * 5
        mean = seeds.groupby("layers")["value"].mean()
        excess = 100.0 * (each.loss[0] / each.loss[0].min() - 1.0)
        np.testing.assert_allclose(mean, excess, atol=1e-9)


def test_effects_of_depth_are_found_again(exact):
    depth = made.depths()
    few = shape.few_percent(depth, exact)[0]
    assert few == pytest.approx(1.5, abs=0.03)
    assert shape.few_layers(depth, exact)[0] == pytest.approx(3.5, abs=0.03)
    assert shape.extreme_ratio(depth, exact)[0] == pytest.approx(5.0, abs=0.03)
    np.testing.assert_allclose(shape.depth_elsewhere_by_text(depth, exact), 0.0, atol=1e-6)


def test_one_trend_is_the_one_that_the_losses_follow(exact):
    depth = made.depths()
    assert shape.one_trend(depth, exact)[0] > 1.0  # the law counts without embeddings


def test_depth_that_matters_elsewhere_is_found(exact):
    depth = made.depths(elsewhere=0.005)
    found = shape.depth_elsewhere_by_text(depth, exact)[:, 0].mean()
    assert found == pytest.approx(100 * 0.005 * np.log(8), rel=0.05)


def test_seeds_that_differ_give_draws_that_differ(noisy):
    assert np.ptp(noisy.ends()[1:], axis=0).min() > 0
    assert np.ptp(shape.few_layers(made.depths(noise=0.005), noisy)[1:]) > 0.1


def test_too_little_is_refused(exact):
    runs = exact.study.runs[exact.study.runs["width"].isin((64, 80, 96, 128))]
    curves = exact.study.curves[exact.study.curves["run"].isin(set(runs["run"]))]
    large = Drawn.of(Study.of(runs.drop(columns="size"), curves), resamples=5)
    with pytest.raises(StudyError, match="a power law needs three"):
        travel.near_convergence(large)
    with pytest.raises(StudyError, match="no size of the study has three depths"):
        shape.same_size(large, exact)
