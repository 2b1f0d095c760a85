"""What is no list of numbers is refused in words at every door, never taken for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scaling_utils import numbers
from scaling_utils.check import aligned, finite, representable, whole
from scaling_utils.figures import count_label
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import bootstrap, subset_range
from scaling_utils.isoflop import isoflops, nearest_budget
from scaling_utils.laws import ChinchillaLaw, KaplanND, PowerLaw, training_flops
from scaling_utils.laws.chinchilla import efficiency_of_size
from scaling_utils.laws.lifetime import inference_optimum, total_flops
from scaling_utils.power_fit import fit_power
from scaling_utils.published import repeated_data

LAW = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
N = np.repeat(np.geomspace(1e8, 1e10, 4), 4)
D = np.tile(np.geomspace(1e9, 1e11, 4), 4)
LOSS = np.asarray(LAW.loss(N, D))

BAD: dict[str, tuple[Any, str]] = {
    "masked": (np.ma.masked_array([1e9, 2e9], mask=[False, True]), "1 of 2 cells masked"),
    "dates": (np.array(["2022-03-29", "2020-01-23"], dtype="datetime64[D]"), "got dates"),
    "durations": (np.array([1, 2], dtype="timedelta64[D]"), "got durations"),
    "date objects": ([datetime(2022, 3, 29), datetime(2020, 1, 23)], "got dates"),
    "duration objects": ([timedelta(1), timedelta(2)], "got durations"),
    "date series": (pd.Series(pd.to_datetime(["2022-03-29", "2020-01-23"])), "got dates"),
    "booleans": (np.array([True, True]), "got booleans"),
    "booleans in a list": ([True, 2.0], "got booleans"),
    "boolean series": (pd.Series([True, True]), "got booleans"),
    "complex": (np.array([1e9 + 0j, 2e9]), "got complex numbers"),
    "records": (np.array([(1.0, 2.0)], dtype=[("N", float), ("D", float)]), "got records"),
    "text": (["70e9", "1e9"], "got text"),
    "text series": (pd.Series(["70e9", "1e9"]), "got text"),
    "bytes": ([b"70e9", b"1e9"], "got text"),
    "huge": ([10**400, 1], "whole number beyond double precision"),
    "missing": (pd.Series([1, None], dtype="Int64"), "must be finite"),
    "ragged": ([[1.0, 2.0], [3.0]], "must be a number or an array of numbers"),
    "object": (object(), "must be a number or an array of numbers"),
    "empty": ([], "is empty"),
}

DOORS: dict[str, Callable[[Any], object]] = {
    "law.loss N": lambda bad: LAW.loss(bad, 1e10),
    "law.loss D": lambda bad: LAW.loss(1e9, bad),
    "law.optimal": LAW.optimal,
    "power law": PowerLaw(8.8e13, 0.076, "N").loss,
    "kaplan's law": lambda bad: KaplanND(6.4e13, 1.8e13, 0.076, 0.103).loss(bad, 1e10),
    "training_flops": lambda bad: training_flops(bad, 1e10),
    "total_flops N": lambda bad: total_flops(bad, 1e10, 0),
    "total_flops D": lambda bad: total_flops(1e9, bad, 0),
    "total_flops use": lambda bad: total_flops(1e9, 1e10, bad),
    "fit N": lambda bad: fit_chinchilla(bad, D, LOSS),
    "fit D": lambda bad: fit_chinchilla(N, bad, LOSS),
    "fit loss": lambda bad: fit_chinchilla(N, D, bad),
    "fit weights": lambda bad: fit_chinchilla(N, D, LOSS, weights=bad),
    "fit loss_low": lambda bad: fit_chinchilla(N, D, LOSS, loss_low=bad, loss_high=LOSS),
    "isoflops": lambda bad: isoflops(N, D, bad, 6 * N * D, [1e19, 1e20]),
    "nearest_budget": lambda bad: nearest_budget(6 * N * D, bad),
    "fit_power": lambda bad: fit_power(bad, [1.0, 2.0]),
    "tokens_for_loss": lambda bad: LAW.tokens_for_loss(bad, 2.5),
    "equivalent_compute": lambda bad: LAW.equivalent_compute(bad, 1e10),
    "optimal_tokens_for": lambda bad: LAW.optimal_tokens_for(bad),
    "efficiency_of_size": lambda bad: efficiency_of_size(LAW, bad),
    "repeated data": lambda bad: repeated_data().loss(bad, 1e10, 1e9),
}


def refuses(door: Callable[[Any], object], kind: str) -> None:
    """A door does not let in what is no list of numbers, and says so."""
    value, said = BAD[kind]
    with pytest.raises(ValueError, match=said):
        door(value)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_list_of_numbers_is_refused(door: str, kind: str) -> None:
    refuses(DOORS[door], kind)


@pytest.mark.parametrize(
    "value",
    [
        np.ma.masked_array([1e9, 2e9], mask=False),
        np.array([1, 2], dtype=np.int32),
        np.array([1, 2], dtype=np.float32),
        pd.Series([1, 2], dtype="Int64"),
        pd.Series([1.0, 2.0]),
        [10**18, 2],
        [Decimal("1.5"), Decimal(2)],
        range(1, 3),
        (1, 2.5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_list_of_numbers_is_taken(value: Any) -> None:
    assert finite("N", value).dtype == np.float64
    assert finite("N", value).shape == (2,)


LABELLED: dict[str, Callable[[Any, Any], object]] = {
    "law.loss": LAW.loss,
    "training_flops": training_flops,
    "fit": lambda n, d: fit_chinchilla(n, d, LOSS),
    "isoflops": lambda n, d: isoflops(n, d, LOSS, 6 * N * D, [1e19]),
    "fit_power": fit_power,
    "total_flops": lambda n, d: total_flops(n, d, 0),
    "total_flops use": lambda n, d: total_flops(n, 1e9, d),
}


@pytest.mark.parametrize("door", LABELLED)
def test_series_in_different_order_are_refused(door: str) -> None:
    n = pd.Series(np.arange(1.0, 17.0) * 1e9)
    d = pd.Series(np.arange(1.0, 17.0) * 1e10, index=n.index[::-1])
    with pytest.raises(ValueError, match=r"Series with different index.*to_numpy"):
        LABELLED[door](n, d)


def test_series_of_one_table_or_beside_an_array_are_fine() -> None:
    table = pd.DataFrame({"N": N, "D": D, "loss": LOSS}).sample(frac=1, random_state=0)
    fit = fit_chinchilla(table["N"], table["D"], table["loss"])
    assert fit.law.alpha == pytest.approx(0.34, rel=1e-6)
    assert len(LAW.loss(table["N"], table["D"].to_numpy())) == 16
    aligned(N=table["N"], D=1e9, loss=None, weights=[1.0] * 16)
    weights = pd.Series(np.ones(16))
    with pytest.raises(ValueError, match="N and weights are Series"):
        fit_chinchilla(table["N"], table["D"], table["loss"], weights=weights)


def test_whole_numbers_do_not_overflow() -> None:
    """6 N D of int64 wraps round: 6 * 70e9 * 1.4e12 is above 2**63."""
    n, d = np.array([70_000_000_000]), np.array([1_400_000_000_000])
    assert training_flops(n, d)[0] == pytest.approx(5.88e23)
    assert total_flops(n, d, 0)[0] == pytest.approx(5.88e23)
    assert training_flops(70 * 10**9, 1400 * 10**9) == pytest.approx(5.88e23)
    small = np.array([100_000, 200_000], dtype=np.int32)
    assert training_flops(small, small)[0] == pytest.approx(6e10)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: total_flops(-1e9, np.nan, 0), "must be"),
        (lambda: total_flops(1e9, 1e9, -1e13), "inference_tokens must not be negative"),
        (lambda: total_flops(None, 1e9, 0), "N must be finite"),
        (lambda: total_flops(1e200, 1e200, 0), "beyond double precision"),
        (lambda: training_flops(1e200, 1e200), "beyond double precision"),
        (lambda: inference_optimum(LAW, 1e150, 1e12), "double precision"),
        (lambda: inference_optimum(LAW, 2.0, -1.0), "must not be negative"),
        (
            lambda: KaplanND(6.4e13, 1.8e13, 0.076, 0.103).tokens_needed(1e9, 1e150),
            "beyond double precision",
        ),
        (lambda: repeated_data().loss_floor(1e9, epochs=[1, 2]), "one number"),
        (lambda: repeated_data().loss_floor(1e9, epochs=0.5), "at least 1"),
        (lambda: repeated_data().loss_floor(1e9, epochs="4"), "got text"),
        (lambda: repeated_data().best([1e20, 1e21], 1e9), "C must be one number"),
        (lambda: fit_chinchilla(N, D, LOSS, delta=[1e-3]), "delta must be one number"),
        (lambda: isoflops(N, D, LOSS, 6 * N * D, [1e19], tolerance=np.nan), "tolerance must be"),
        (lambda: isoflops(N, D, LOSS, 6 * N * D, [1e19], tolerance=np.inf), "tolerance must be"),
        (
            lambda: isoflops(N, D, LOSS, 6 * N * D, [1e19], tolerance=-1),
            "tolerance must be positive",
        ),
        (lambda: whole("draws", 2.5, least=1), "draws must be one whole number"),
        (lambda: representable("C", np.inf), "C would lie beyond double precision"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_words(
    call: Callable[[], object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        call()


def test_options_of_a_bootstrap_and_of_subsets_are_checked() -> None:
    noisy = LOSS * np.exp(np.random.default_rng(0).normal(0, 0.001, 16))
    fit = fit_chinchilla(N, D, noisy)
    for options, said in (
        ({"resamples": 2.5}, "resamples must be one whole number"),
        ({"resamples": "10"}, "got text"),
        ({"resamples": 10**12}, "at most"),
        ({"seed": 1.5}, "seed must be one whole number"),
        ({"kind": "clusters", "clusters": np.ma.masked_equal(np.arange(16), 3)}, "masked cells"),
    ):
        with pytest.raises(ValueError, match=said):
            bootstrap(fit, **options)
    for options, said in (
        ({"draws": 0}, "draws must be one whole number"),
        ({"draws": 1.5}, "draws must be one whole number"),
        ({"share": [0.8, 0.9]}, "share must be one number"),
    ):
        with pytest.raises(ValueError, match=said):
            subset_range(fit, **options)


@pytest.mark.parametrize(
    ("value", "spec", "said"),
    [
        (1e15, "count2", "1,000 trillion"),
        (1.4e12, "count2", "1.4 trillion"),
        (999.96e6, "count3", "1 billion"),
        (-0.001, ".1f", "0.0"),
        (-0.06, ".1f", "−0.1"),
        (-0.0001, "pct0", "0 %"),
        (-0.01, "pct0", "−1 %"),
        (0, "sci2", "0"),
        (1e15, "short2", "1,000T"),
        (-1e-5, ".1e", "−1.0e−05"),
    ],
)
def test_numbers_in_prose_are_never_odd(value: float, spec: str, said: str) -> None:
    assert numbers.fmt(value, spec) == said


def test_labels_of_counts_round_before_they_choose_a_letter() -> None:
    assert [count_label(x) for x in (999.9e9, 1e15, 999.4e9, 1e3)] == [
        "1T",
        "1,000T",
        "999B",
        "1K",
    ]
