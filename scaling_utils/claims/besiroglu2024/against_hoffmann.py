"""Tests of Hoffmann's constants against the refit, and the tokens per parameter of both."""

import math
from functools import cache

import numpy as np
from scipy.stats import chi2, t

from scaling_utils import figure4
from scaling_utils._validate import FloatArray
from scaling_utils.claims.recompute import Recomputed, digits, recomputes, span
from scaling_utils.fitting.likelihood import LikelihoodRatio, likelihood_ratio
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant, law
from scaling_utils.refit import refit, resamples
from scaling_utils.units import training_flops

CONSTANTS = 5
LARGE_BUDGETS = (1e26, 1e28)
"""Where the released notebook looks for the region of ratios: at the first and up to the last."""


ROUNDED = law("hoffmann2022/printed")
"""Read once, so that no test of rounding moves it: what is judged are these very constants."""


def _unrounded() -> ChinchillaLaw:
    """Hoffmann's constants as the released notebook has them, with seven digits or more."""

    def held(symbol: str) -> float:
        return constant("hoffmann2022/notebook", symbol).value

    E, A, B = (math.exp(held(f"log_{symbol}")) for symbol in "EAB")
    return ChinchillaLaw(E, A, B, held("alpha"), held("beta"), source="Hoffmann et al. 2022")


def _chinchilla() -> float:
    N, D = (constant("hoffmann2022/Chinchilla", symbol).value for symbol in ("N", "D"))
    return float(training_flops(N, D))


@cache
def ratio_test(published: ChinchillaLaw) -> LikelihoodRatio:
    """Likelihood ratio of a published law on our points."""
    runs = figure4.points()
    return likelihood_ratio(runs["N"], runs["D"], runs["loss"], published)


def _p_value(symbol: str, theirs: float) -> float:
    """Two-sided t-test of one constant, with the standard error of the released notebook."""
    error = constant("besiroglu2024", f"se_{symbol}_notebook").value
    apart = abs(theirs - constant("hoffmann2022/tex", symbol).value)
    return float(2.0 * t.sf(apart / error, len(figure4.points()) - CONSTANTS))


def _p_of_printed(symbol: str) -> float:
    return _p_value(symbol, constant("besiroglu2024", symbol).value)


@recomputes("besiroglu-cell28-p-a")
def p_of_model_scale() -> float:
    return _p_of_printed("A")


@recomputes("besiroglu-cell28-p-b")
def p_of_data_scale() -> float:
    return _p_of_printed("B")


@recomputes("besiroglu-cell28-p-e")
def p_of_floor() -> float:
    # The notebook's own E, which is not the one that Eq. 3 prints.
    return _p_value("E", math.exp(constant("besiroglu2024", "log_E_notebook").value))


@recomputes("besiroglu-cell28-p-alpha")
def p_of_model_exponent() -> float:
    return _p_of_printed("alpha")


@recomputes("besiroglu-cell28-p-beta")
def p_of_data_exponent() -> float:
    return _p_of_printed("beta")


def _in_logs(constants: FloatArray) -> FloatArray:
    """E, A and B as logarithms, alpha and beta as they are."""
    found = np.array(constants, dtype=np.float64)
    found[..., :3] = np.log(found[..., :3])
    return found


def _vector(chosen: ChinchillaLaw) -> FloatArray:
    return _in_logs(np.array(list(chosen.constants().values())))


@cache
def _covariance() -> FloatArray:
    """Covariance of (log E, log A, log B, alpha, beta) over resamples of single runs."""
    sample = resamples("runs")
    return np.asarray(np.cov(_in_logs(sample.laws[~sample.failed]).T))


@recomputes("besiroglu-s31-joint-statistic")
def joint_statistic() -> float:
    apart = _vector(refit().law) - _vector(_unrounded())
    return round(float(apart @ np.linalg.solve(_covariance(), apart)), 1)


@recomputes("besiroglu-s31-joint-p-text")
def joint_p() -> float:
    return float(chi2.sf(digits("238.40"), CONSTANTS))


@recomputes("besiroglu-table2-ll-rounded")
def likelihood_of_rounded() -> float:
    return ratio_test(ROUNDED).published


@recomputes("besiroglu-table2-ll-unrounded")
def likelihood_of_unrounded() -> float:
    return ratio_test(_unrounded()).published


@recomputes("besiroglu-table2-ll-refit")
def likelihood_of_refit() -> float:
    return ratio_test(_unrounded()).fitted


def _statistic(fitted: str, published: str) -> Recomputed:
    """Twice a difference of printed log-likelihoods, with what their digits allow."""
    exact = 2.0 * (float(fitted) - float(published))
    return Recomputed(
        round(exact, 6), from_rounded=span(lambda a, b: 2.0 * (a - b), fitted, published)
    )


@recomputes("besiroglu-table2-lr")
def statistic() -> Recomputed:
    return _statistic("879.77", "837.78")


@recomputes("besiroglu-table2-lr-all")
def statistic_with_all_points() -> Recomputed:
    return _statistic("757.80", "714.43")


@recomputes("besiroglu-table2-lr-p")
def p_of_statistic() -> float:
    return float(chi2.sf(digits("84.00"), CONSTANTS))


@recomputes("besiroglu-table2-lr-p-all")
def p_of_statistic_with_all_points() -> float:
    return float(chi2.sf(digits("86.75"), CONSTANTS))


def _huber(fitted: ChinchillaLaw) -> FloatArray:
    runs, delta = figure4.points(), constant("hoffmann2022/Eq. 3", "delta").value
    r = np.abs(np.log(np.asarray(fitted.loss(runs["N"], runs["D"])) / runs["loss"].to_numpy()))
    values: FloatArray = np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))
    return values


@recomputes("besiroglu-s31-better-losses")
def share_of_better_losses() -> float:
    return 100.0 * float((_huber(refit().law) < np.median(_huber(ROUNDED))).mean())


@recomputes("besiroglu-s31-rounding-inflation")
def inflation_by_rounding() -> float:
    exponent = constant("hoffmann2022/tex", "beta").value - ROUNDED.beta
    return float(100.0 * (1e11**exponent - 1.0))


@recomputes("besiroglu-s33-ratio")
def ratio_of_the_refit() -> float:
    return float(law("besiroglu2024").tokens_per_parameter(_chinchilla()))


@recomputes("besiroglu-s33-ratio-hoffmann")
def ratio_of_hoffmann() -> Recomputed:
    theirs, C = law("hoffmann2022/tex"), _chinchilla()
    low, high = (constant("hoffmann2022/Approach 3", f"a_{end}").value for end in ("low", "high"))
    N = theirs.G * (C / 6.0) ** (0.5 * (low + high))
    return Recomputed(float(theirs.tokens_per_parameter(C)), from_rounded=float(C / (6.0 * N**2)))


@cache
def _region() -> tuple[float, float]:
    """Ends of the 80 per cent region of tokens per parameter over the large budgets.

    As in the released notebook the constants are drawn from a normal distribution with the
    covariance of the resamples, in logarithms; here 200,000 times.
    """
    drawn = np.random.default_rng(0).multivariate_normal(
        _vector(refit().law), _covariance(), size=200_000, method="cholesky"
    )
    log_A, log_B, alpha, beta = drawn[:, 1:].T
    ends = []
    for C in LARGE_BUDGETS:
        log_G = (np.log(alpha / beta) + log_A - log_B) / (alpha + beta)
        log_N = log_G + beta / (alpha + beta) * np.log(C / 6.0)
        ends += list(np.quantile(np.log(C / 6.0) - 2.0 * log_N, [0.1, 0.9]))
    # Draws leave no more than these digits.
    return round(math.exp(min(ends)), 1), round(math.exp(max(ends)))


@recomputes("besiroglu-s4-region-low")
def region_low() -> float:
    return _region()[0]


@recomputes("besiroglu-s4-region-high")
def region_high() -> float:
    return _region()[1]


@recomputes("besiroglu-v1-ratio")
def ratio_of_version_1() -> float:
    return float(law("besiroglu2024").tokens_per_parameter(_chinchilla()))
