"""Claims of Muennighoff et al. 2023, *Scaling Data-Constrained Language Models*."""

import math

from claims.recompute import Recipe, Recomputed, digits
from experiments.analysis.effect import Measured
from experiments.analysis.little_text import repeated_excess, runs_beside
from experiments.analysis.our_runs import little_text, measured, repeated, sizes
from scaling_utils.laws import ChinchillaLaw, training_flops
from scaling_utils.laws.repeated import RepeatedData, RepeatedOptimum
from scaling_utils.published import constant, law, repeated_data

# README: the two models of Figure 1 (right), parameters and tokens read of 25 billion.
_SMALLER, _LARGER, _STOCK = (6.34e9, 242e9), (8.67e9, 178e9), 25e9
# Appendix G: Galactica, parameters, tokens read, unique tokens, epochs as printed.
_GALACTICA_N, _GALACTICA_D, _GALACTICA_UNIQUE, _GALACTICA_EPOCHS = 120e9, 450e9, 106e9, 4.25
# Appendix A: the example in which each repeat keeps 1 - delta of the value.
_DELTA, _REPEATS = 0.25, 4


def _law() -> ChinchillaLaw:
    return law("muennighoff2023")


def _exp(symbol: str) -> float:
    return math.exp(constant("muennighoff2023", symbol).value)


def _example_exact() -> float:
    kept = 1 - _DELTA
    return 1 + kept * (1 - math.pow(kept, _REPEATS)) / _DELTA


def _example_exponential(repeats: float) -> float:
    decay = (1 - _DELTA) / _DELTA
    example = RepeatedData(_law(), R_D_star=decay, R_N_star=1.0)
    return float(example.effective_data(1.0 + repeats, unique=1.0))


def _lost_per_repeat(symbol: str) -> float:
    """Solve R* = (1 - delta) / delta, the definition in Appendix A."""
    return 1 / (1 + constant("muennighoff2023", symbol).value)


def _best(N: float, D: float, unique: float) -> RepeatedOptimum:
    return repeated_data().best(float(training_flops(N, D)), unique)


def _galactica() -> RepeatedOptimum:
    return _best(_GALACTICA_N, _GALACTICA_D, _GALACTICA_UNIQUE)


def _four_epochs_in_our_runs() -> Measured:
    unique = repeated().study.runs["unique_bytes"]
    runs = int((unique == unique.max()).sum()) + runs_beside(repeated(), sizes())
    return measured(repeated_excess(little_text()), runs)


VALUES: dict[str, Recipe] = {
    "muennighoff-eq17-model-scale": lambda: _exp("log_A"),
    "muennighoff-eq17-data-scale": lambda: _exp("log_B"),
    "muennighoff-eq17-floor": lambda: _exp("log_E"),
    # With equal exponents the ratio is the same for every amount of data.
    "muennighoff-eq17-size-for-data": lambda: float(_law().optimal_parameters_for(1e12)) / 1e12,
    "muennighoff-b-gopher-size": lambda: _law().N_opt(constant("hoffmann2022/Gopher", "C").value),
    "muennighoff-b-gopher-data": lambda: _law().D_opt(constant("hoffmann2022/Gopher", "C").value),
    "muennighoff-s1-mt-nlg-tokens": lambda: _law().optimal_tokens_for(digits("530e9")),
    "muennighoff-s5-one-epoch-size": lambda: _law().optimal_parameters_for(digits("100e6")),
    "muennighoff-s6-half-life": lambda: 1 + constant("muennighoff2023", "R_D_star").value,
    "muennighoff-s7-code-and-four-epochs": lambda: repeated_data().effective_data(
        2 * 4.0, unique=2.0
    ),
    "muennighoff-a-example-exact": _example_exact,
    "muennighoff-a-example-exponential": lambda: _example_exponential(_REPEATS),
    "muennighoff-a-example-difference": lambda: (
        100 * (math.pow(_example_exponential(_REPEATS) / _example_exact(), _law().beta) - 1)
    ),
    # A hair below four; cut off after two decimals it reads 3.99.
    "muennighoff-a-example-plateau": lambda: Recomputed(
        _example_exponential(100), from_rounded=3.99
    ),
    "muennighoff-a-loss-of-value-data": lambda: _lost_per_repeat("R_D_star"),
    "muennighoff-a-loss-of-value-parameters": lambda: _lost_per_repeat("R_N_star"),
    "muennighoff-readme-more-epochs": lambda: repeated_data().loss(*_SMALLER, unique=_STOCK),
    "muennighoff-readme-more-parameters": lambda: repeated_data().loss(*_LARGER, unique=_STOCK),
    "muennighoff-s5-fewer-parameters": lambda: 100 * (1 - _SMALLER[0] / _LARGER[0]),
    "muennighoff-readme-best-size": lambda: _best(*_LARGER, _STOCK).N,
    "muennighoff-readme-best-epochs": lambda: _best(*_LARGER, _STOCK).epochs,
    "muennighoff-g-galactica-size": lambda: _GALACTICA_N / _galactica().N,
    # Figure 13 rounds both factors to three.
    "muennighoff-g-galactica-epochs": lambda: Recomputed(
        _galactica().epochs, from_rounded=3 * _GALACTICA_EPOCHS
    ),
    "muennighoff-s5-more-compute": lambda: (
        digits("60", of="parameters") * digits("60", of="epochs")
    ),
    "muennighoff-four-epochs-measured": _four_epochs_in_our_runs,
}
