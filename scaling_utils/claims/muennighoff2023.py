"""Claims of Muennighoff et al. 2023, *Scaling Data-Constrained Language Models*."""

import math

from experiments.analysis.little_text import repeated_excess, runs_beside
from experiments.analysis.our_runs import little_text, measured, repeated, sizes
from scaling_utils.claims.effect import Measured
from scaling_utils.claims.recompute import Recomputed, digits, recomputes
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant, law
from scaling_utils.tradeoffs import (
    RepeatedData,
    RepeatedOptimum,
    optimal_parameters_for,
    optimal_tokens_for,
)
from scaling_utils.units import training_flops

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


@recomputes("muennighoff-eq17-model-scale")
def model_scale() -> float:
    return _exp("log_A")


@recomputes("muennighoff-eq17-data-scale")
def data_scale() -> float:
    return _exp("log_B")


@recomputes("muennighoff-eq17-floor")
def floor() -> float:
    return _exp("log_E")


@recomputes("muennighoff-eq17-size-for-data")
def size_for_data() -> float:
    # With equal exponents the ratio is the same for every amount of data.
    return float(optimal_parameters_for(_law(), 1e12)) / 1e12


@recomputes("muennighoff-b-gopher-size")
def gopher_size() -> float:
    return float(_law().N_opt(constant("hoffmann2022/Gopher", "C").value))


@recomputes("muennighoff-b-gopher-data")
def gopher_data() -> float:
    return float(_law().D_opt(constant("hoffmann2022/Gopher", "C").value))


@recomputes("muennighoff-s1-mt-nlg-tokens")
def mt_nlg_tokens() -> float:
    return float(optimal_tokens_for(_law(), digits("530e9")))


@recomputes("muennighoff-s5-one-epoch-size")
def one_epoch_size() -> float:
    return float(optimal_parameters_for(_law(), digits("100e6")))


@recomputes("muennighoff-s6-half-life")
def half_life() -> float:
    return 1 + constant("muennighoff2023", "R_D_star").value


@recomputes("muennighoff-s7-code-and-four-epochs")
def code_and_four_epochs() -> float:
    return float(RepeatedData.published().effective_data(2 * 4.0, unique=2.0))


def _example_exact() -> float:
    kept = 1 - _DELTA
    return 1 + kept * (1 - math.pow(kept, _REPEATS)) / _DELTA


def _example_exponential(repeats: float) -> float:
    decay = (1 - _DELTA) / _DELTA
    example = RepeatedData(_law(), R_D_star=decay, R_N_star=1.0)
    return float(example.effective_data(1.0 + repeats, unique=1.0))


@recomputes("muennighoff-a-example-exact")
def example_exact() -> float:
    return _example_exact()


@recomputes("muennighoff-a-example-exponential")
def example_exponential() -> float:
    return _example_exponential(_REPEATS)


@recomputes("muennighoff-a-example-difference")
def example_difference() -> float:
    ratio = _example_exponential(_REPEATS) / _example_exact()
    return 100 * (math.pow(ratio, _law().beta) - 1)


@recomputes("muennighoff-a-example-plateau")
def example_plateau() -> Recomputed:
    # A hair below four; cut off after two decimals it reads 3.99.
    return Recomputed(_example_exponential(100), from_rounded=3.99)


def _lost_per_repeat(symbol: str) -> float:
    """Solve R* = (1 - delta) / delta, the definition in Appendix A."""
    return 1 / (1 + constant("muennighoff2023", symbol).value)


@recomputes("muennighoff-a-loss-of-value-data")
def loss_of_value_data() -> float:
    return _lost_per_repeat("R_D_star")


@recomputes("muennighoff-a-loss-of-value-parameters")
def loss_of_value_parameters() -> float:
    return _lost_per_repeat("R_N_star")


@recomputes("muennighoff-readme-more-epochs")
def more_epochs() -> float:
    return float(RepeatedData.published().loss(*_SMALLER, unique=_STOCK))


@recomputes("muennighoff-readme-more-parameters")
def more_parameters() -> float:
    return float(RepeatedData.published().loss(*_LARGER, unique=_STOCK))


@recomputes("muennighoff-s5-fewer-parameters")
def fewer_parameters() -> float:
    return 100 * (1 - _SMALLER[0] / _LARGER[0])


def _best(N: float, D: float, unique: float) -> RepeatedOptimum:
    return RepeatedData.published().best(float(training_flops(N, D)), unique)


@recomputes("muennighoff-readme-best-size")
def best_size() -> float:
    return _best(*_LARGER, _STOCK).N


@recomputes("muennighoff-readme-best-epochs")
def best_epochs() -> float:
    return _best(*_LARGER, _STOCK).epochs


def _galactica() -> RepeatedOptimum:
    return _best(_GALACTICA_N, _GALACTICA_D, _GALACTICA_UNIQUE)


@recomputes("muennighoff-g-galactica-size")
def galactica_size() -> float:
    return _GALACTICA_N / _galactica().N


@recomputes("muennighoff-g-galactica-epochs")
def galactica_epochs() -> Recomputed:
    # Figure 13 rounds both factors to three.
    return Recomputed(_galactica().epochs, from_rounded=3 * _GALACTICA_EPOCHS)


@recomputes("muennighoff-s5-more-compute")
def more_compute() -> float:
    return digits("60", of="parameters") * digits("60", of="epochs")


@recomputes("muennighoff-four-epochs-measured")
def four_epochs_in_our_runs() -> Measured:
    unique = repeated().study.runs["unique_bytes"]
    runs = int((unique == unique.max()).sum()) + runs_beside(repeated(), sizes())
    return measured(repeated_excess(little_text()), runs)
