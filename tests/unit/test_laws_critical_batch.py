"""The critical batch, Kaplan et al. 2020, Eqs. 1.4 and 5.1 to 5.5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaling_utils import published
from scaling_utils.laws import CriticalBatch

ROUNDED = published.law("kaplan2020/B_crit Eq. 5.3")
TABLE_5 = published.law("kaplan2020/B_crit")
losses = st.floats(1.0, 12.0)
batches = st.floats(1e3, 1e9)


def steps_min(law, S, B, loss):
    """Eq. 5.4: the least steps to the loss that a run reached in S."""
    return S / law.steps(1.0, B, loss)


def compute_min(law, C, B, loss):
    """Eq. 5.5: the least compute."""
    return C / law.compute(1.0, B, loss)


@pytest.mark.parametrize(
    ("loss", "millions"), [(3, 1.07), (2.66, 1.90), (2.6, 2.11), (2.5, 2.55), (2.3, 3.79)]
)
def test_sizes_of_eq_5_3(loss, millions):
    assert ROUNDED.size(loss) == pytest.approx(millions * 1e6, abs=5.1e3)


def test_the_batch_doubles_for_a_drop_of_thirteen_per_cent():
    drop = 1 - ROUNDED.loss_at(2 * ROUNDED.size(3.0)) / 3.0
    assert drop == pytest.approx(1 - 2**-0.21)
    assert round(100 * drop) in (13, 14)
    assert drop == pytest.approx(0.135, abs=5e-4)


@pytest.mark.parametrize(
    ("loss", "steps", "compute"),
    [(5, 1.19, 6.3), (4, 1.54, 2.84), (3, 3.14, 1.47), (2.5, 6.10, 1.20)],
)
def test_what_the_batch_of_the_paper_costs(loss, steps, compute):
    batch = 2**19
    assert 1 / steps_min(TABLE_5, 1, batch, loss) == pytest.approx(steps, abs=0.0051)
    assert 1 / compute_min(TABLE_5, 1, batch, loss) == pytest.approx(compute, rel=0.004)


@given(S=st.floats(1e2, 1e7), B=batches, loss=losses)
def test_eqs_5_4_and_5_5_satisfy_eqs_5_1_and_5_2(S, B, loss):
    S_min = steps_min(TABLE_5, S, B, loss)
    E_min = compute_min(TABLE_5, B * S, B, loss)  # the factor for compute is that for tokens
    assert E_min / S_min == pytest.approx(TABLE_5.size(loss), rel=1e-9)
    b = B / TABLE_5.size(loss)
    assert S / S_min - 1 == pytest.approx(1 / b, rel=1e-6, abs=1e-12)
    assert B * S / E_min - 1 == pytest.approx(b, rel=1e-6, abs=1e-12)


@given(loss=losses)
def test_size_and_loss_are_inverse(loss):
    assert TABLE_5.loss_at(TABLE_5.size(loss)) == pytest.approx(loss, rel=1e-12)


@given(loss=losses)
def test_at_the_critical_batch_both_double(loss):
    B = TABLE_5.size(loss)
    assert TABLE_5.steps(1.0, B, loss) == pytest.approx(2.0)
    assert TABLE_5.compute(1.0, B, loss) == pytest.approx(2.0)


@given(loss=losses)
def test_limits_of_large_and_small_batch(loss):
    assert steps_min(TABLE_5, 1e5, 1e30, loss) == pytest.approx(1e5)
    assert compute_min(TABLE_5, 1e20, 1e-12, loss) == pytest.approx(1e20)


def test_scalars_and_arrays():
    assert type(TABLE_5.size(3)) is float
    assert TABLE_5.size([2.0, 3.0]).shape == (2,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CriticalBatch(0, 0.21), r"CriticalBatch\.B_star must be positive.*tokens per"),
        (lambda: CriticalBatch(2e8, float("inf")), r"CriticalBatch\.alpha_B must be finite"),
        (lambda: TABLE_5.size(0), r"loss must be positive, got 0; expected nats per token"),
        (lambda: TABLE_5.size(1e-70), r"B_crit would be about 10\^342, beyond double precision"),
        (lambda: TABLE_5.loss_at(-1), r"B must be positive, got -1; expected tokens per batch"),
        (lambda: TABLE_5.steps(0, 1, 1), r"S_min must be positive, got 0; expected parameter up"),
        (lambda: TABLE_5.compute(-1, 1, 1), r"C_min must be positive, got -1; expected FLOPs"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
