"""Claims of Czech et al. 2026, *Problems with Chinchilla Approach 2*: parabolas without noise.

Two loss surfaces, both with the E, A and B that Hoffmann et al. print: theirs, and one whose
exponents are three to one. Budgets are 10^17 to 10^21 FLOPs, a decade apart, with 15 sizes
each; the fitted power law is extrapolated to 10^24. Last, the same on Llama 3's digitised runs.
"""

import numpy as np

from claims.llama2024 import approach_2
from claims.recompute import Recipe
from reanalysis.envelope import simulated_profiles, vertex_factor
from scaling_utils.check import FloatArray
from scaling_utils.datasets import load
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.isoflop import isoflops
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.power_fit import PowerFit, fit_power
from scaling_utils.published import constant, law
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN

BUDGETS, TARGET, SIZES = np.logspace(17, 21, 5), 1e24, 15
THIRD, DRIFT_TO_A_THIRD = np.full(5, 1 / 3), np.geomspace(1, 1 / 3, 5)
CHINCHILLA = law("hoffmann2022/printed")
ASYMMETRIC = CHINCHILLA.with_values(alpha=0.465, beta=0.155)


def _tokens(surface: ChinchillaLaw, span: float) -> PowerFit:
    """The power law for tokens that Approach 2 finds on centred profiles."""
    runs = simulated_profiles(surface, BUDGETS, span=span, sizes=SIZES)
    return isoflops(runs["N"], runs["D"], runs["loss"], budgets=BUDGETS).D_fit


def _error(surface: ChinchillaLaw, fit: PowerFit) -> float:
    """Error of the extrapolated tokens, per cent."""
    return float(100 * (float(fit.predict(TARGET)) / float(surface.D_opt(TARGET)) - 1))


def _error_centred(surface: ChinchillaLaw, span: float) -> float:
    return _error(surface, _tokens(surface, span))


def _error_off_centre(surface: ChinchillaLaw, span: float, centres: FloatArray) -> float:
    """The error where minima may lie outside of the profiles: vertices in closed form."""
    factors = [
        vertex_factor(surface.alpha, surface.beta, span=span, sizes=SIZES, centre=float(centre))
        for centre in centres
    ]
    return _error(surface, fit_power(BUDGETS, np.asarray(surface.D_opt(BUDGETS)) / factors))


def _intercept(surface: ChinchillaLaw, span: float) -> float:
    """Error of the line's intercept, the decimal logarithm of its prefactor, per cent."""
    true = fit_power(BUDGETS, surface.D_opt(BUDGETS)).scale
    return float(100 * abs(np.log10(_tokens(surface, span).scale) / np.log10(true) - 1))


def _symmetric() -> float:
    equal = CHINCHILLA.with_values(alpha=0.31, beta=0.31)
    return round(abs(_error_centred(equal, 8)), 9)  # below that only the arithmetic errs


def _llama_compute() -> float:
    # Approach 3 is a law fitted to the logarithms of the digitised losses by least squares.
    runs = load("llama2024_figure2_points")
    surface = fit_chinchilla(runs["N"], runs["D"], runs["loss"], objective="log squares").law
    budget = constant("llama3", "C").value
    D = float(approach_2().D_fit.predict(budget))
    N = budget / (FLOPS_PER_PARAMETER_TOKEN * D)
    return 100 * (1 - float(surface.compute_efficiency(N, D)))


VALUES: dict[str, Recipe] = {
    "czech-symmetric": _symmetric,
    "czech-true-tokens": lambda: CHINCHILLA.D_opt(TARGET),
    "czech-tokens-8": lambda: _tokens(CHINCHILLA, 8).predict(TARGET),
    "czech-chinchilla-2": lambda: _error_centred(CHINCHILLA, 2),
    "czech-chinchilla-4": lambda: _error_centred(CHINCHILLA, 4),
    "czech-chinchilla-8": lambda: _error_centred(CHINCHILLA, 8),
    "czech-chinchilla-16": lambda: _error_centred(CHINCHILLA, 16),
    "czech-asymmetric-2": lambda: _error_centred(ASYMMETRIC, 2),
    "czech-asymmetric-4": lambda: _error_centred(ASYMMETRIC, 4),
    "czech-asymmetric-8": lambda: _error_centred(ASYMMETRIC, 8),
    "czech-asymmetric-16": lambda: _error_centred(ASYMMETRIC, 16),
    "czech-intercept-2": lambda: _intercept(CHINCHILLA, 2),
    "czech-intercept-16": lambda: _intercept(CHINCHILLA, 16),
    "czech-intercept-asymmetric-16": lambda: _intercept(ASYMMETRIC, 16),
    "czech-offset-2": lambda: _error_off_centre(CHINCHILLA, 2, THIRD),
    "czech-offset-16": lambda: _error_off_centre(CHINCHILLA, 16, THIRD),
    "czech-drift-2": lambda: _error_off_centre(CHINCHILLA, 2, DRIFT_TO_A_THIRD),
    "czech-drift-asymmetric-2": lambda: _error_off_centre(ASYMMETRIC, 2, DRIFT_TO_A_THIRD),
    "czech-llama-compute": _llama_compute,
}
