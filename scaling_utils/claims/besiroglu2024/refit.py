"""The points, the refit of Table 1, its standard errors and its intervals.

The points are this project's own reading of the figure, not the one that the paper releases.
"""

from functools import cache

import numpy as np

from scaling_utils import figure4
from scaling_utils.bootstrap import Bootstrap
from scaling_utils.claims.recompute import Recomputed, recomputes, span
from scaling_utils.fitting import fit_chinchilla
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.published import constant, law
from scaling_utils.refit import refit, resamples


@cache
def absolute() -> ChinchillaLaw:
    """The law with the least sum of absolute log-loss residuals on our points."""
    runs = figure4.points()
    return fit_chinchilla(runs["N"], runs["D"], runs["loss"], objective="absolute").law


def _runs() -> Bootstrap:
    return resamples("runs")


@recomputes("besiroglu-s2-points")
def points() -> float:
    return len(figure4.points(outliers=True))


@recomputes("besiroglu-s2-kept")
def points_kept() -> float:
    return len(figure4.points())


@recomputes("besiroglu-s2-dropped-ratio")
def ratio_of_the_dropped() -> float:
    dropped = figure4.points(outliers=True).nlargest(5, "loss")
    return float((dropped["D"] / dropped["N"]).max())


@recomputes("besiroglu-s2-precision")
def colour_step() -> float:
    runs = figure4.points()
    return float((runs["loss_high"] - runs["loss_low"]).median())


@recomputes("besiroglu-s2-dropped-excess")
def excess_of_the_dropped() -> float:
    kept, everything = figure4.points(), figure4.points(outliers=True)
    at = np.log(kept[["N", "C"]].to_numpy())
    excesses = []
    for N, C, loss in everything.nlargest(5, "loss")[["N", "C", "loss"]].to_numpy():
        nearest = int(np.hypot(*(at - np.log([N, C])).T).argmin())
        excesses.append(loss / float(kept["loss"].iloc[nearest]) - 1.0)
    return 100.0 * float(max(excesses))


@recomputes("besiroglu-eq3-e")
def floor() -> float:
    # The E that Eq. 3 prints is that of the fit with Huber's delta of 0.001, not of the fit of
    # absolute deviations, from which it has the other four constants.
    return refit().law.E


@recomputes("besiroglu-eq3-a")
def model_scale() -> float:
    return round(absolute().A, 2)


@recomputes("besiroglu-eq3-b")
def data_scale() -> float:
    return round(absolute().B, 1)


@recomputes("besiroglu-eq3-alpha")
def model_exponent() -> float:
    return absolute().alpha


@recomputes("besiroglu-eq3-beta")
def data_exponent() -> float:
    return absolute().beta


@recomputes("besiroglu-table1-a")
def size_exponent() -> float:
    return law("besiroglu2024").a


@recomputes("besiroglu-table1-se-e")
def error_of_floor() -> float:
    return _runs().standard_error("E")


@recomputes("besiroglu-table1-se-a")
def error_of_model_scale() -> float:
    return round(_runs().standard_error("A"), 1)


@recomputes("besiroglu-table1-se-b")
def error_of_data_scale() -> float:
    return round(_runs().standard_error("B"), 1)


@recomputes("besiroglu-table1-se-alpha")
def error_of_model_exponent() -> float:
    return _runs().standard_error("alpha")


@recomputes("besiroglu-table1-se-beta")
def error_of_data_exponent() -> float:
    return _runs().standard_error("beta")


@recomputes("besiroglu-s32-se-a")
def error_of_size_exponent_in_the_text() -> float:
    return _runs().standard_error("a")


@recomputes("besiroglu-cell26-e-low")
def floor_low() -> float:
    return _runs().interval("E").low


@recomputes("besiroglu-cell26-e-high")
def floor_high() -> float:
    return _runs().interval("E").high


@recomputes("besiroglu-cell26-alpha-low")
def model_exponent_low() -> float:
    return _runs().interval("alpha").low


@recomputes("besiroglu-cell26-alpha-high")
def model_exponent_high() -> float:
    return _runs().interval("alpha").high


@recomputes("besiroglu-cell26-beta-low")
def data_exponent_low() -> float:
    return _runs().interval("beta").low


@recomputes("besiroglu-cell26-beta-high")
def data_exponent_high() -> float:
    return _runs().interval("beta").high


def width_80() -> float:
    """Width of the 80 per cent interval of a, runs drawn with replacement."""
    found = _runs().interval("a", 0.8)
    return found.high - found.low


def printed_width() -> float:
    """Width of the interval that Table 2 of Hoffmann et al. 2022 prints for a."""
    ends = (constant("hoffmann2022/Approach 3", f"a_{end}").value for end in ("high", "low"))
    high, low = ends
    return high - low


@recomputes("besiroglu-s32-narrower")
def times_narrower() -> float:
    return width_80() / printed_width()


@recomputes("besiroglu-s32-runs-needed")
def runs_needed_in_the_text() -> float:
    return len(figure4.points()) * 2116.0


@recomputes("besiroglu-notebook-runs-needed")
def runs_needed_in_the_notebook() -> Recomputed:
    # The width of an interval falls as one over the root of the number of runs.
    runs, width = len(figure4.points()), "0.051"
    by_width = span(lambda wide: runs * (wide / printed_width()) ** 2, width)
    return Recomputed(runs * (float(width) / printed_width()) ** 2, from_rounded=by_width)
