"""Where Python has no `lzma` and NumPy indexes with 32 bits, as in a browser."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from reanalysis import figure4, three_approaches
from scaling_utils import datasets
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import bootstrap, subset_range
from scaling_utils.laws import ChinchillaLaw, training_flops
from scaling_utils.published import law

TRUTH = law("hoffmann2022/tex")
N = np.repeat(np.geomspace(1e8, 2e9, 6), 6).astype(np.int32)
D = np.tile(np.geomspace(2e8, 2e9, 6), 6).astype(np.int32)

WITHOUT_LZMA = """
import pkgutil, sys
sys.modules["lzma"] = sys.modules["_lzma"] = None
import scaling_utils
for module in pkgutil.walk_packages(scaling_utils.__path__, "scaling_utils."):
    __import__(module.name)
from reanalysis import three_approaches
from scaling_utils.fitting.resample import bootstrap
from reanalysis.refit import refit
found = bootstrap(refit(), resamples=20).interval("a")
print(found.low < refit().law.a < found.high, round(three_approaches.approach_2().a, 2))
"""


def test_all_of_the_package_runs_without_lzma():
    run = [sys.executable, "-c", WITHOUT_LZMA]
    assert subprocess.check_output(run, text=True).split() == ["True", "0.51"]


def test_whole_numbers_of_32_bits_do_not_overflow():
    assert (training_flops(N, D) == 6.0 * N.astype(float) * D.astype(float)).all()
    assert (TRUTH.loss(N, D) == TRUTH.loss(N.astype(float), D.astype(float))).all()
    loss = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.003, N.size))
    narrow, wide = (fit_chinchilla(*runs, loss) for runs in ((N, D), (1.0 * N, 1.0 * D)))
    assert narrow.law == wide.law


class Long(np.ndarray):
    """Whole numbers of 64 bits, which a NumPy of 32 bits does not take for places or counts."""

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        return np.asarray(self).astype(dtype, *args, **kwargs)


class Generator32:
    """A random generator: its whole numbers have 64 bits wherever it runs."""

    def __init__(self, seed: Any = None) -> None:
        self.generator = np.random.Generator(np.random.PCG64(seed))

    def __getattr__(self, name: str) -> Any:
        def draw(*args: Any, **kwargs: Any) -> Any:
            found = getattr(self.generator, name)(*args, **kwargs)
            whole = isinstance(found, np.ndarray) and found.dtype == np.int64
            return found.view(Long) if whole else found

        return draw


@pytest.fixture
def of_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy that refuses what it would refuse to cast safely to 32 bits."""
    for name in ("bincount", "repeat"):
        original = getattr(np, name)

        def strict(*args: Any, original: Any = original, **kwargs: Any) -> Any:
            if any(isinstance(each, Long) for each in (*args, *kwargs.values())):
                raise TypeError("Cannot cast array data from int64 to int32 by the rule 'safe'")
            return original(*args, **kwargs)

        monkeypatch.setattr(np, name, strict)
    monkeypatch.setattr(np.random, "default_rng", Generator32)


def test_draws_are_places_of_32_bits(of_32_bits: None):
    with pytest.raises(TypeError, match="Cannot cast"):
        np.bincount(np.random.default_rng(0).integers(0, 5, 10))
    loss = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.003, N.size))
    fit = fit_chinchilla(N, D, loss, loss_low=loss * 0.999, loss_high=loss * 1.001)
    for kind in ("runs", "sizes", "budgets", "residuals", "intervals", "runs and intervals"):
        assert np.isfinite(bootstrap(fit, resamples=4, kind=kind).values_of("E")).any()
    clusters = np.arange(N.size) % 9
    assert len(bootstrap(fit, resamples=4, kind="clusters", clusters=clusters).laws) == 4
    subset_range(fit, draws=4)
    three_approaches.simulated_exponents(TRUTH, draws=2)
    three_approaches.approach_2().interval(draws=10, share=None)


def test_whole_numbers_of_a_table_have_64_bits_and_become_floats_at_the_door():
    models = datasets.load("llm_params_tokens")
    flops = training_flops(models["params"], models["tokens"])
    assert flops.dtype == np.float64
    assert flops.max() > 1e24
    assert figure4.points()["N"].dtype == np.int64
    assert isinstance(ChinchillaLaw(1, 400, 400, 1, 1).loss(np.int32(10**9), 10**12), float)
