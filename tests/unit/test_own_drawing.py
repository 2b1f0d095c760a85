"""Pictures of a fit: what they show, that nothing overlaps, and that Matplotlib can wait."""

import subprocess
import sys
from functools import cache

import numpy as np
import pytest
from matplotlib.collections import PathCollection

from scaling_utils import Runs, fit
from scaling_utils.figures.registry import record
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import intervals
from scaling_utils.own.drawing import draw

TRUTH = ChinchillaLaw(1.7, 400.0, 2000.0, 0.34, 0.36)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 60)


@cache
def fitted(sizes, tokens):
    N = np.repeat(np.geomspace(1e8, 8e9, sizes), tokens)
    D = np.tile(np.geomspace(2e9, 6e11, tokens), sizes)
    noise = np.random.default_rng(3).normal(0, 0.004, N.size)
    noise[2] = 0.2  # one far outlier
    return fit(Runs(N=N, D=D, loss=TRUTH.loss(N, D) * np.exp(noise)))


@cache
def drawn(sizes, tokens):
    return fitted(sizes, tokens).plot()


@pytest.mark.parametrize(("sizes", "tokens"), [(3, 3), (5, 5), (20, 25)])
def test_four_panels_without_a_text_over_another(sizes, tokens):
    fig = drawn(sizes, tokens)
    panels = [ax for ax in fig.axes if ax.get_title(loc="left")]
    assert len(panels) == 4
    shown = record(fig)
    boxes = [(t["text"], np.array(t["box"])) for t in shown["texts"]]
    for k, (text, box) in enumerate(boxes):
        assert (box[:2] >= -1).all(), text
        assert (box[2:] <= np.array(shown["size"]) + 1).all(), text
        for other, its in boxes[:k]:
            apart = (box[:2] >= its[2:] - 1).any() or (its[:2] >= box[2:] - 1).any()
            assert apart, (text, other)


def dots(ax):
    return next(each for each in ax.collections if isinstance(each, PathCollection))


def test_every_run_is_drawn_where_it_is():
    found = fitted(5, 5)
    loss, residuals, contours, *_ = [ax for ax in drawn(5, 5).axes if ax.get_title(loc="left")]
    assert np.allclose(dots(loss).get_offsets(), np.c_[found.runs.D, found.runs.loss])
    assert np.allclose(dots(contours).get_offsets(), np.c_[found.runs.N, found.runs.D])
    x, y = dots(residuals).get_offsets().T
    assert np.allclose(x, found.runs.C)
    above = 100 * (found.runs.loss / found.law.loss(found.runs.N, found.runs.D) - 1)
    near = np.abs(above) <= 8 * np.median(np.abs(above))
    assert np.allclose(y[near], above[near])
    assert y[2] < above[2]  # at the edge
    assert f"{(~near).sum()} ringed" in residuals.get_title(loc="left")


def test_lines_are_the_law_and_the_band_holds_the_best_size():
    found = fitted(5, 5)
    loss, _, _, frontier = [ax for ax in drawn(5, 5).axes if ax.get_title(loc="left")]
    assert len(loss.lines) == 5
    D, line = loss.lines[0].get_data()
    assert np.allclose(line, found.law.loss(1e8, D))
    C, N = next(each for each in frontier.lines if "param" in each.get_label()).get_data()
    assert np.allclose(N, found.law.N_opt(C))
    assert np.isclose(C[-1], 100 * found.runs.C.max())
    band = frontier.collections[1].get_paths()[0].vertices
    low, high = (f(band[np.isclose(band[:, 0], C[3]), 1]) for f in (np.min, np.max))
    interval = found.interval(lambda law: law.N_opt(C[3]))
    assert low == pytest.approx(interval.low)
    assert high == pytest.approx(interval.high)


def test_an_unusable_fit_shows_its_runs_and_says_so():
    N = np.geomspace(1e8, 1e10, 4)
    fig = fit(Runs(N=N, D=20 * N, loss=TRUTH.loss(N, 20 * N))).plot()
    assert "not identified" in fig.axes[0].get_title(loc="left")
    assert len(dots(fig.axes[0]).get_offsets()) == 4
    assert not fig.axes[0].lines


def test_a_law_of_one_variable_has_two_panels():
    C = np.geomspace(1e18, 1e22, 12)
    loss = (1.8 + 900 * C**-0.15) * (1 + 0.002 * np.cos(np.arange(12) ** 2))
    fig = fit(Runs(C=C, loss=loss), "power").plot()
    assert len(fig.axes) == 2
    assert fig.axes[0].get_xlabel() == "compute, FLOPs"


def test_a_picture_shows_itself_in_a_notebook():
    assert draw(fitted(5, 5), "residuals")._repr_png_().startswith(b"\x89PNG")


def test_a_fit_is_read_and_printed_without_matplotlib(tmp_path):
    code = (
        "import sys; import numpy as np; from scaling_utils import Runs, fit, load\n"
        "N, D = np.repeat([1e8, 1e9, 1e10, 5e10], 4), np.tile([3e9, 1e10, 1e11, 5e11], 4)\n"
        "found = fit(Runs(N=N, D=D, loss=1.7 + 400 * N**-.34 + 2000 * D**-.36))\n"
        "assert 'L(N, D)' in str(found) and '<table>' in found._repr_html_()\n"
        "found.save(sys.argv[1]); load(sys.argv[1])\n"
        "assert not [name for name in sys.modules if name.startswith('matplotlib')]\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path / "fit.json"], check=True, timeout=60)
