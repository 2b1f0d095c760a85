"""Claims of Besiroglu et al. 2024, *Chinchilla Scaling: A Replication Attempt*.

The points are this project's own reading of the figure, not the one that the paper releases.
"""

import math
from functools import cache

import numpy as np
import pandas as pd
from scipy.stats import chi2, t

from claims.recompute import Recipe, Recomputed, digits, within_digits
from reanalysis import figure4
from reanalysis.checks import log_likelihood
from reanalysis.refit import refit, resamples
from scaling_utils.check import FloatArray
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import Bootstrap
from scaling_utils.laws import ChinchillaLaw, training_flops
from scaling_utils.power_fit import interval
from scaling_utils.published import constant, constants, law

_CONSTANTS = 5

_LARGE_BUDGETS = (1e26, 1e28)
"""Where the released notebook looks for the region of ratios: at the first and up to the last."""

_ROUNDED = law("hoffmann2022/printed")
"""Read once, so that no test of rounding moves it: what is judged are these very constants."""


@cache
def _absolute() -> ChinchillaLaw:
    """The law with the least sum of absolute log-loss residuals on our points."""
    runs = figure4.points()
    columns = runs["N"], runs["D"], runs["loss"]
    best: ChinchillaLaw = fit_chinchilla(*columns, objective="absolute").law
    return best


def _runs() -> Bootstrap:
    return resamples("runs")


def _dropped() -> pd.DataFrame:
    return figure4.points(outliers=True).nlargest(5, "loss")


def _excess_of_the_dropped() -> float:
    kept = figure4.points()
    at = np.log(kept[["N", "C"]].to_numpy())
    excesses = []
    for N, C, loss in _dropped()[["N", "C", "loss"]].to_numpy():
        nearest = int(np.hypot(*(at - np.log([N, C])).T).argmin())
        excesses.append(loss / float(kept["loss"].iloc[nearest]) - 1.0)
    return 100.0 * float(max(excesses))


def _width_80() -> float:
    """Width of the 80 per cent interval of a, runs drawn with replacement."""
    found = _runs().interval("a", 0.8)
    return found.high - found.low


def _printed_width() -> float:
    """Width of the interval that Table 2 of Hoffmann et al. 2022 prints for a."""
    high, low = (constant("hoffmann2022/Approach 3", f"a_{end}").value for end in ("high", "low"))
    return high - low


def _unrounded() -> ChinchillaLaw:
    """Hoffmann's constants as the released notebook has them, with seven digits or more."""
    held = {c.symbol: c.value for c in constants("hoffmann2022/notebook")}
    E, A, B = (math.exp(held[f"log_{symbol}"]) for symbol in "EAB")
    return ChinchillaLaw(E, A, B, held["alpha"], held["beta"], source="Hoffmann et al. 2022")


def _chinchilla() -> float:
    N, D = (constant("hoffmann2022/Chinchilla", symbol).value for symbol in ("N", "D"))
    return float(training_flops(N, D))


def _likelihood(chosen: ChinchillaLaw) -> float:
    """Logarithm of the likelihood of our points under a law."""
    runs = figure4.points()
    return log_likelihood(runs["N"], runs["D"], runs["loss"], chosen)


def _p_value(symbol: str, theirs: float) -> float:
    """Two-sided t-test of one constant, with the standard error of the released notebook."""
    error = constant("besiroglu2024", f"se_{symbol}_notebook").value
    apart = abs(theirs - constant("hoffmann2022/tex", symbol).value)
    return float(2.0 * t.sf(apart / error, len(figure4.points()) - _CONSTANTS))


def _p_of_printed(symbol: str) -> float:
    return _p_value(symbol, constant("besiroglu2024", symbol).value)


def _in_logs(laws: FloatArray) -> FloatArray:
    """E, A and B as logarithms, alpha and beta as they are."""
    found = np.array(laws, dtype=np.float64)
    found[..., :3] = np.log(found[..., :3])
    return found


def _vector(chosen: ChinchillaLaw) -> FloatArray:
    return _in_logs(np.array(list(chosen.constants().values())))


@cache
def _covariance() -> FloatArray:
    """Covariance of (log E, log A, log B, alpha, beta) over resamples of single runs."""
    sample = resamples("runs")
    return np.asarray(np.cov(_in_logs(sample.kept_laws()).T))


def _joint_statistic() -> float:
    apart = _vector(refit().law) - _vector(_unrounded())
    return round(float(apart @ np.linalg.solve(_covariance(), apart)), 1)


def _statistic(fitted: str, published: str) -> Recomputed:
    """Twice a difference of printed log-likelihoods, with what their digits allow."""
    return within_digits(lambda a, b: 2.0 * (a - b), fitted, published)


def _huber(fitted: ChinchillaLaw) -> FloatArray:
    runs, delta = figure4.points(), constant("hoffmann2022/Eq. 3", "delta").value
    r = np.abs(np.log(np.asarray(fitted.loss(runs["N"], runs["D"])) / runs["loss"].to_numpy()))
    values: FloatArray = np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))
    return values


def _ratio_of_hoffmann() -> Recomputed:
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
    for C in _LARGE_BUDGETS:
        log_G = (np.log(alpha / beta) + log_A - log_B) / (alpha + beta)
        log_N = log_G + beta / (alpha + beta) * np.log(C / 6.0)
        ends += list(interval(np.log(C / 6.0) - 2.0 * log_N, 0.8))
    # Draws leave no more than these digits.
    return round(math.exp(min(ends)), 1), round(math.exp(max(ends)))


VALUES: dict[str, Recipe] = {
    # The points, the refit of Table 1, its standard errors and its intervals.
    "besiroglu-s2-points": lambda: len(figure4.points(outliers=True)),
    "besiroglu-s2-kept": lambda: len(figure4.points()),
    "besiroglu-s2-dropped-ratio": lambda: (_dropped()["D"] / _dropped()["N"]).max(),
    "besiroglu-s2-precision": lambda: (
        figure4.points()["loss_high"] - figure4.points()["loss_low"]
    ).median(),
    "besiroglu-s2-dropped-excess": _excess_of_the_dropped,
    # The E that Eq. 3 prints is that of the fit with Huber's delta of 0.001, not of the fit of
    # absolute deviations, from which it has the other four constants.
    "besiroglu-eq3-e": lambda: refit().law.E,
    "besiroglu-eq3-a": lambda: round(_absolute().A, 2),
    "besiroglu-eq3-b": lambda: round(_absolute().B, 1),
    "besiroglu-eq3-alpha": lambda: _absolute().alpha,
    "besiroglu-eq3-beta": lambda: _absolute().beta,
    "besiroglu-table1-a": lambda: law("besiroglu2024").a,
    "besiroglu-table1-se-e": lambda: _runs().standard_error("E"),
    "besiroglu-table1-se-a": lambda: round(_runs().standard_error("A"), 1),
    "besiroglu-table1-se-b": lambda: round(_runs().standard_error("B"), 1),
    "besiroglu-table1-se-alpha": lambda: _runs().standard_error("alpha"),
    "besiroglu-table1-se-beta": lambda: _runs().standard_error("beta"),
    "besiroglu-s32-se-a": lambda: _runs().standard_error("a"),
    "besiroglu-cell26-e-low": lambda: _runs().interval("E").low,
    "besiroglu-cell26-e-high": lambda: _runs().interval("E").high,
    "besiroglu-cell26-alpha-low": lambda: _runs().interval("alpha").low,
    "besiroglu-cell26-alpha-high": lambda: _runs().interval("alpha").high,
    "besiroglu-cell26-beta-low": lambda: _runs().interval("beta").low,
    "besiroglu-cell26-beta-high": lambda: _runs().interval("beta").high,
    "besiroglu-s32-narrower": lambda: _width_80() / _printed_width(),
    "besiroglu-s32-runs-needed": lambda: len(figure4.points()) * 2116.0,
    # The width of an interval falls as one over the root of the number of runs.
    "besiroglu-notebook-runs-needed": lambda: within_digits(
        lambda width: len(figure4.points()) * (width / _printed_width()) ** 2, "0.051"
    ),
    # Tests of Hoffmann's constants against the refit, and the tokens per parameter of both.
    "besiroglu-cell28-p-a": lambda: _p_of_printed("A"),
    "besiroglu-cell28-p-b": lambda: _p_of_printed("B"),
    # The notebook's own E, which is not the one that Eq. 3 prints.
    "besiroglu-cell28-p-e": lambda: _p_value(
        "E", math.exp(constant("besiroglu2024", "log_E_notebook").value)
    ),
    "besiroglu-cell28-p-alpha": lambda: _p_of_printed("alpha"),
    "besiroglu-cell28-p-beta": lambda: _p_of_printed("beta"),
    "besiroglu-s31-joint-statistic": _joint_statistic,
    "besiroglu-s31-joint-p-text": lambda: chi2.sf(digits("238.40"), _CONSTANTS),
    "besiroglu-table2-ll-rounded": lambda: _likelihood(_ROUNDED),
    "besiroglu-table2-ll-unrounded": lambda: _likelihood(_unrounded()),
    "besiroglu-table2-ll-refit": lambda: _likelihood(_absolute()),
    "besiroglu-table2-lr": lambda: _statistic("879.77", "837.78"),
    "besiroglu-table2-lr-all": lambda: _statistic("757.80", "714.43"),
    "besiroglu-table2-lr-p": lambda: chi2.sf(digits("84.00"), _CONSTANTS),
    "besiroglu-table2-lr-p-all": lambda: chi2.sf(digits("86.75"), _CONSTANTS),
    "besiroglu-s31-better-losses": lambda: (
        100.0 * float((_huber(refit().law) < np.median(_huber(_ROUNDED))).mean())
    ),
    "besiroglu-s31-rounding-inflation": lambda: (
        100.0 * (1e11 ** (constant("hoffmann2022/tex", "beta").value - _ROUNDED.beta) - 1.0)
    ),
    "besiroglu-s33-ratio": lambda: law("besiroglu2024").tokens_per_parameter(_chinchilla()),
    "besiroglu-s33-ratio-hoffmann": _ratio_of_hoffmann,
    "besiroglu-s4-region-low": lambda: _region()[0],
    "besiroglu-s4-region-high": lambda: _region()[1],
    "besiroglu-v1-ratio": lambda: law("besiroglu2024").tokens_per_parameter(_chinchilla()),
}
