"""Shapes and what N leaves out of them; what a loss is worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reanalysis.refit import refit, resamples
from scaling_utils import published
from scaling_utils.laws.chinchilla import compute_worth
from scaling_utils.power_fit import interval
from scaling_utils.transformer import (
    Architecture,
    context_share,
    kaplan_forward_flops,
    kaplan_shapes,
    released_parameters,
    shares,
)


def test_sizes_have_the_printed_digits_except_the_widest():
    off = {}
    for row in kaplan_shapes().query("printed != ''").itertuples():
        if isinstance(row.printed, str):
            off[row.n_layers, row.d_model] = abs(row.N / float(row.printed) - 1)
    assert max(off, key=off.get) == (6, 4288)
    assert sorted(off.values())[-2] < 0.05


def test_four_released_models():
    # GPT-2's files hold these numbers of parameters.
    models = [(12, 768), (24, 1024), (36, 1280), (48, 1600)]
    counts = [released_parameters(Architecture.kaplan(L, d)) for L, d in models]
    assert counts == [124439808, 354823168, 774030080, 1557611200]


def test_shares_agree_with_the_counts_of_table_1():
    shape = Architecture.kaplan(8, 512)
    found = shares(shape)
    assert found.layers + found.context + found.vocabulary == pytest.approx(1.0)
    assert found.context / found.layers == pytest.approx(context_share(shape))
    outside = 4 * shape.d_model + 2 * shape.d_model * shape.vocab
    counted = kaplan_forward_flops(shape)
    assert found.vocabulary == pytest.approx(outside / (outside + counted))


@given(st.floats(1e-4, 1.0))
def test_worth_undoes_the_excess(excess):
    law = published.law("kaplan2020/L(C_min)")
    assert law.factor(law.worth(excess)) * (1 + excess) == pytest.approx(1.0)


@given(st.floats(1e18, 1e24), st.floats(1e-3, 0.05))
def test_worth_with_floor_reaches_the_same_loss(C, excess):
    law = refit().law
    times = compute_worth(law, C, excess)
    if np.isfinite(times):
        assert law.loss_at(times * C) * (1 + excess) == pytest.approx(law.loss_at(C))


def test_no_compute_makes_up_for_a_loss_below_the_floor():
    law = refit().law
    assert compute_worth(law, 1e30, 0.03) == np.inf
    low, high = interval(compute_worth(resamples().law, np.array([[1e21], [1e30]]), 0.03))
    assert low[0] < compute_worth(law, 1e21, 0.03) < high[0]
    assert high[1] == np.inf


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: published.law("kaplan2020/L(N)").worth(0.0), "excess must be positive"),
        (lambda: compute_worth(refit().law, -1.0, 0.01), "C must be positive"),
        (lambda: interval([1.0, 2.0], 1.0), "level must lie"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
