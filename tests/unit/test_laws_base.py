"""What all laws share: their constants, what they are written as, and how they refuse."""

import re

import numpy as np
import pytest

from scaling_utils.figures.touch import Slider
from scaling_utils.laws import (
    Allocation,
    ChinchillaLaw,
    KaplanND,
    Law,
    PowerLaw,
    UnreachableLossError,
    training_flops,
)
from scaling_utils.laws.base import expect_law, from_log, reachable, root
from scaling_utils.published import repeated_data

LAW = ChinchillaLaw(1.7, 406.4, 410.7, 0.34, 0.28, source="a paper, Table 1")


def test_six_flops_for_each_parameter_and_token():
    assert training_flops(70e9, 1.4e12) == pytest.approx(5.88e23)
    np.testing.assert_allclose(training_flops([1, 2], 10), [60, 120])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: training_flops(-1, 1), "N must be positive, got -1; expected parameters"),
        (lambda: training_flops(1, 0), "D must be positive, got 0; expected tokens"),
        (
            lambda: training_flops(1e200, 1e200),
            "C would lie beyond double precision: an argument ",
        ),
        (lambda: training_flops(1e-200, 1e-200), "C would lie beyond double precision: an arg"),
        (
            lambda: expect_law("law", LAW, KaplanND),
            "law must be a KaplanND (Kaplan et al. 2020, Eq. 1.5), got ChinchillaLaw",
        ),
        (
            lambda: expect_law("rule", 3.0, ChinchillaLaw),
            "rule must be a ChinchillaLaw (Hoffmann et al. 2022, Eq. 2), got float",
        ),
        (lambda: from_log("N", np.array([1.0, 800.0])), "N would be about 10^347, beyond double"),
        (lambda: from_log("N", np.array(700.5)), "N would be about 10^304, beyond double"),
        (lambda: from_log("N", np.array(-800.0)), "N would be about 10^-347, beyond double prec"),
        (lambda: ChinchillaLaw.from_dict({"kind": "Power"}), "kind of law 'Power' is not known"),
        (
            lambda: ChinchillaLaw.from_dict({"E": 1, "A": 2, "alpha": 0.3, "source": "user"}),
            "this ChinchillaLaw has no B, beta",
        ),
        (
            lambda: LAW.with_values(gamma=1.0),
            "constant of ChinchillaLaw 'gamma' is not known; expected one of A, B, E, alpha, beta",
        ),
        (
            lambda: PowerLaw([1.0, 2.0], 0.1, "N"),
            "PowerLaw.scale must be one number, got an array of shape (2,)",
        ),
        (
            lambda: ChinchillaLaw(1, 2, [3, -4, -5], 0.3, 0.3),
            "ChinchillaLaw.B must be positive, got -4 (unit: nats per token x tokens^beta)",
        ),
        (
            lambda: ChinchillaLaw(-0.5, 2, 3, 0.3, 0.3),
            "ChinchillaLaw.E must be non-negative, got -0.5 (unit: nats per token)",
        ),
        (lambda: ChinchillaLaw(1, 0, 3, 0.3, 0.3), "ChinchillaLaw.A must be positive, got 0 "),
        (lambda: ChinchillaLaw(np.nan, 2, 3, 0.3, 0.3), "ChinchillaLaw.E must be finite, got nan"),
        (
            lambda: ChinchillaLaw(1, 2, 3, 0.3, 0.3, source="  "),
            "ChinchillaLaw.source must say where the constants come from, or 'user'; got '  '",
        ),
        (lambda: ChinchillaLaw(1, 2, 3, 0.3, 0.3, source=7), "or 'user'; got 7"),
    ],
)
def test_what_is_refused_is_named_with_what_is_expected(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}|{re.escape(message)}$"):
        call()


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_what_lies_beyond_doubles_is_named_whatever_numpy_is_told_to_do(size):
    with np.errstate(all="raise"), pytest.raises(ValueError, match="C would lie beyond double"):
        training_flops(size, size)


def test_a_constant_that_may_be_anything_may_be_negative():
    assert Allocation(1e9, -0.1, 1e6, 0.0, 1e4, 0.3, 1e10, -0.2).p_D == -0.2


def test_a_law_comes_back_from_its_dictionary():
    repeated = repeated_data()
    for law in (LAW, repeated, PowerLaw(8.8e13, 0.076, "N")):
        assert type(law).from_dict(law.to_dict()) == law
        assert Law.from_dict(law.to_dict()) == law
    assert Law.from_dict(repeated.to_dict()).law == repeated.law  # a law within a law
    without_kind = {name: value for name, value in LAW.to_dict().items() if name != "kind"}
    assert ChinchillaLaw.from_dict(without_kind) == LAW


def test_only_constants_that_change_are_marked_in_the_source():
    once = LAW.with_values(alpha=0.35, beta=0.28)
    assert (once.alpha, once.beta, once.source) == (
        *(0.35, 0.28),
        "a paper, Table 1, modified: alpha=0.35",
    )
    assert once.with_values(E=1.8, B=400.0).source == (
        "a paper, Table 1, modified: alpha=0.35, E=1.8, B=400.0"
    )
    assert LAW.with_values(alpha=0.34) is LAW


def test_constants_in_arrays_are_kept_from_changes_at_both_ends():
    alphas = np.array([0.3, 0.4])
    law = ChinchillaLaw(0.0, 2, 3, alphas, 0.3)
    alphas[0] = 9.0
    assert law.alpha.tolist() == [0.3, 0.4]
    with pytest.raises(ValueError, match="read-only"):
        law.alpha[0] = 9.0
    assert list(law.constants()) == ["E", "A", "B", "alpha", "beta"]
    assert law.constants()["E"] == 0.0
    assert type(law.A) is float


def test_the_first_value_out_of_reach_is_named():
    left, targets = np.array([1.0, 0.0, -1.0]), np.array([3.0, 2.0, 1.0])
    assert reachable(left[:1], "never said").tolist() == [1.0]
    with pytest.raises(UnreachableLossError, match=r"^loss 2 on 70$"):
        reachable(left, "loss {:g} on {:g}", targets, 70.0)
    slider = Slider("loss", 1, 3, 0.5, 2.5, "loss", "{loss:.1f}")
    with pytest.raises(UnreachableLossError, match=r"^loss 2.5$"):  # where a slider starts
        reachable(slider - 3.0, "loss {:g}", slider)


def test_a_root_is_found_to_the_last_digits():
    low, high = np.zeros(3), np.array([2.0, 3.0, 4.0])
    found = root(lambda x: x**2 - np.array([0.5, 2.0, 3.0]), low, high)
    np.testing.assert_allclose(found, np.sqrt([0.5, 2.0, 3.0]), rtol=1e-15)


def test_the_ends_of_double_precision_are_still_answered():
    np.testing.assert_allclose(from_log("N", np.array([700.0, -700.0])), np.exp([700.0, -700.0]))
