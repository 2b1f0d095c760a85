"""Approach 2 of Hoffmann et al. 2022: the minimum of each IsoFLOP profile (Section 3.2)."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator
from scipy.special import stdtrit

from scaling_utils import check
from scaling_utils.check import FloatArray
from scaling_utils.laws import training_flops
from scaling_utils.power_fit import Frontier, Interval, interval_around, straight

PROFILES = {"parabola": 3, "cubic": 4, "akima": 4, "pchip": 3}
"""Curves of loss in log N (Porian et al. 2024: Akima's), and the fewest sizes that they need."""

FINE, FEWEST_SIZES, FEWEST_BUDGETS, MOST = 4001, 3, 3, 10**6
MINIMUM, EDGE, NO_MINIMUM, TOO_FEW = "minimum", "at the edge", "not convex", "too few sizes"
Labels = NDArray[np.intp]


@dataclass(frozen=True, eq=False, repr=False)
class IsoFlops(Frontier):
    """The minimum of each profile, and the power laws through those: N_fit, D_fit, a and b.

    `table` has one row per budget: C (FLOPs), runs, sizes, N and D at the minimum, loss there
    (nats), status ("at the edge": no minimum inside the sizes; N is the end) and lean, the
    parabola's N over a cubic's. `runs` were used, `left_out` were not, and say the reason.
    """

    table: pd.DataFrame
    curve: str
    runs: pd.DataFrame  # N, D, loss, C and budget, a row of the table
    left_out: pd.DataFrame

    @property
    def best(self) -> pd.DataFrame:
        """Rows of the table that have a minimum: at least two, or no power law is fitted."""
        good = self.table[self.table["status"] == MINIMUM]
        if len(good) < 2:
            raise ValueError(
                "one budget has no slope: two with a minimum are needed, here are "
                f"{len(good)} of {len(self.table)}. Add budgets, or sizes beyond the edge"
            )
        return good

    def interval(
        self,
        exponent: str = "a",
        *,
        draws: int = 1000,
        share: float | None = None,
        level: float = 0.95,
        seed: int = 0,
    ) -> Interval:
        """Interval of a or b: the middle `level` of draws of the runs.

        Each draw has as many runs of a budget as there are, with replacement (a bootstrap), and
        as many sizes as the curve needs; or a `share` of all runs without replacement (the paper:
        100 draws of 80 %, their middle 80 %). A draw with fewer than three minima is left out.
        The budgets stay: where the minima scatter more than their runs tell, it is too narrow.
        """
        place = 3 if check.one_of("exponent", exponent, ("a", "b")) == "a" else 4  # of N, or D
        need = PROFILES[self.curve]
        telling = len(self.table.query("status == @MINIMUM and runs > @need"))
        if telling < FEWEST_BUDGETS:
            raise ValueError(
                f"an interval needs {FEWEST_BUDGETS} budgets with a minimum and more than {need} "
                f"runs, here are {telling}: what meets every point cannot miss. Add such budgets"
            )
        rng = np.random.default_rng(check.whole("seed", seed, least=0))
        part_of = 1.0 if share is None else check.one_between("share", share, 0.0, 1.0)
        columns, found, n = self.runs.to_numpy().T, [], len(self.runs)
        parts = [np.flatnonzero(columns[-1] == k) for k in np.unique(columns[-1])]
        for _ in range(check.whole("draws", draws, least=1, most=MOST)):
            if share is None:
                chosen = np.concatenate([_redrawn(rng, part, columns[0], need) for part in parts])
            else:
                chosen = rng.choice(n, max(2, round(part_of * n)), replace=False)
            minima = _minima(columns[:, chosen], self.curve).values()
            good = [(m[0], m[place]) for m in minima if m[-1] == MINIMUM]
            if len(good) >= FEWEST_BUDGETS:
                found.append(straight(*np.log(np.transpose(good))).slope[0])
        return interval_around(getattr(self, exponent), np.array(found), level, draws - len(found))

    def notes(self) -> list[str]:
        """What to worry about."""
        said = [
            f"no minimum at {C:.4g} FLOPs: {status}"
            + f" of {N:.4g} parameters, train beyond" * (status == EDGE)
            for C, status, N in self.table[["C", "status", "N"]].to_numpy()
            if status != MINIMUM
        ]
        reasons = self.left_out["reason"].value_counts()
        said += [f"{n} runs left out: {reason}" for reason, n in reasons.items()]
        cost = self.runs["C"] / self.runs["N"] / self.runs["D"]
        if cost.min() < 5.9 or cost.max() > 6.1:
            said.append(f"C / (N D) is {cost.min():.3g} to {cost.max():.3g}; 6 is usual")
        lean = np.log(self.table["lean"].dropna().to_numpy())
        if lean.size >= FEWEST_BUDGETS:
            error = stdtrit(lean.size - 1, 0.975) * lean.std(ddof=1) / np.sqrt(lean.size)
            low, middle, high = np.exp(lean.mean() + error * np.array([-1, 0, 1]))
            said.append(
                f"lean of the parabolas: their N are {middle:.3g} ({low:.3g} to {high:.3g}, 95 %) "
                "times those of cubics; far from 1, the profiles are skew, as where alpha and "
                "beta differ, or sizes reach farther on one side: try curve='cubic'"
            )
        return said

    def _exponents(self) -> list[str]:
        said: list[str] = []
        try:
            said = [f"a = {self.a:.4g}", f"b = {self.b:.4g}"]
            return [f"{x} = {self.interval(x)}, runs drawn again" for x in ("a", "b")]
        except ValueError as error:
            return [*said, f"no {'interval' if said else 'exponents'}: {error}"]

    def __str__(self) -> str:
        head = f"Approach 2 by {self.curve}: {len(self.runs)} runs, {len(self.left_out)} left out"
        shown = self.table.to_string(index=False, max_rows=20, float_format="{:.4g}".format)
        said = [*self._exponents(), *map("- {}".format, self.notes())]
        return "\n".join([head, shown, *(textwrap.fill(each, 80) for each in said)])

    __repr__ = __str__


def nearest_budget(C: ArrayLike, budgets: ArrayLike, *, tolerance: float = 0.1) -> Labels:
    """Place of the nearest budget of each run, -1 where none is within `tolerance` in logarithms.

    >>> nearest_budget([5.9e18, 1.02e19, 2e19], [6e18, 1e19]).tolist()
    [0, 1, -1]
    """
    width = check.one_number("tolerance", tolerance)
    compute = np.log(np.ravel(check.positive("C", C)))
    nominal = np.log(np.ravel(check.positive("budgets", budgets)))
    distance = np.abs(compute[:, np.newaxis] - nominal)
    near = distance.argmin(axis=1)
    return np.where(distance.min(axis=1) <= width, near, -1).astype(np.intp)


def isoflops(
    N: Any,
    D: ArrayLike | None = None,
    loss: ArrayLike | None = None,
    C: ArrayLike | None = None,
    budgets: ArrayLike | None = None,
    *,
    curve: str = "parabola",
    tolerance: float = 0.1,
) -> IsoFlops:
    """Find the minimum of each IsoFLOP profile, and the power laws through them.

    D at a minimum is C over what a token cost the runs of the nearest sizes.

    Parameters
    ----------
    N, D, loss, C : array_like, shape (n,)
        Parameters, tokens, nats per token and FLOPs of each run, however they are counted; C is
        6 N D unless given. Or one `Runs` in place of all, whose weights are not used.
    budgets : array_like, shape (k,), optional
        Nominal budgets, FLOPs. Unless given they are found: runs of at least three sizes with no
        gap of more than `tolerance` between their C, and within twice that.
    curve : one of `PROFILES`; interpolation averages runs of the same size
    tolerance : how far from a budget a run may be, as a difference of logarithms
    """
    if D is None or loss is None:
        if D is not loss or not hasattr(N, "loss"):
            raise ValueError("isoflops takes N, D and loss of each run, or one Runs")
        N, D, loss, C = N.N, N.D, N.loss, getattr(N, "C", None) if C is None else C
    given = {"N": N, "D": D, "loss": loss} | ({} if C is None else {"C": C})
    runs = pd.DataFrame(dict(zip(given, check.columns(**given), strict=True)))
    if C is None:
        runs["C"] = training_flops(runs["N"], runs["D"])
    check.one_of("curve", curve, PROFILES)
    if budgets is None:
        label, why = _found(runs, check.one_number("tolerance", tolerance))
    else:
        label = nearest_budget(runs["C"], budgets, tolerance=tolerance)
        why = np.where(label < 0, f"farther than {tolerance:g} from every budget, as log C", "")
        if label.max() < 0:
            raise ValueError("no run is near any of the budgets: check the units of C and budgets")
    used = runs.assign(budget=label)[label >= 0]
    return IsoFlops(_table(used, budgets, curve), curve, used, runs.assign(reason=why)[label < 0])


def _found(runs: pd.DataFrame, tolerance: float) -> tuple[Labels, NDArray[np.object_]]:
    """Budget of each run by the gaps of log C, -1 where it has none, and why not."""
    x, why = np.log(runs["C"]), np.full(len(runs), "", dtype=np.object_)
    label = np.full(len(runs), -1, dtype=np.intp)
    for own in x.groupby((x.sort_values().diff() > tolerance).cumsum()).indices.values():
        if np.ptp(x[own]) > 2 * tolerance:
            why[own] = "C runs on without a gap"
        elif runs["N"][own].nunique() < FEWEST_SIZES:
            why[own] = f"fewer than {FEWEST_SIZES} sizes at this C"
        else:
            label[own] = label.max() + 1
    if label.max() < 0:
        reasons = "; ".join(f"{(why == each).sum()} runs: {each}" for each in sorted(set(why)))
        raise ValueError(
            f"no budgets found ({reasons}). Name them in budgets=, or change "
            f"tolerance={tolerance:g}, or fit a law, which needs no budgets"
        )
    return label, why


def _table(used: pd.DataFrame, budgets: ArrayLike | None, curve: str) -> pd.DataFrame:
    minima = _minima(used.to_numpy().T, curve)
    for k, nominal in enumerate(np.ravel([] if budgets is None else np.asarray(budgets))):
        minima.setdefault(k, (float(nominal), 0, 0, np.nan, np.nan, np.nan, "no runs"))
    names = ["C", "runs", "sizes", "N", "D", "loss", "status"]
    table = pd.DataFrame([minima[k] for k in sorted(minima)], columns=names)
    cubic = _minima(used.to_numpy().T, "cubic") if curve == "parabola" else {}
    both = {k: minima[k][3] / m[3] for k, m in cubic.items() if m[-1] == minima[k][-1] == MINIMUM}
    return table.assign(lean=pd.Series(both, dtype=np.float64))


def _minima(columns: FloatArray, curve: str) -> dict[int, tuple[Any, ...]]:
    """C, runs, sizes, best N, its D, its loss and status, for each budget that has runs."""
    found = {}
    for k in np.unique(columns[-1]).tolist():
        N, D, loss, C, _ = columns[:, columns[-1] == k]
        x, log_C = np.log(N), np.log(C)
        sizes, place = np.unique(x, return_inverse=True)
        at, lowest, status = lowest_point(x, loss, curve)
        cost = np.bincount(place, log_C - np.log(D) - x) / np.bincount(place)  # of N D
        middle = log_C.mean()
        best = np.exp([middle, at, middle - np.interp(at, sizes, cost) - at]).tolist()
        found[int(k)] = best[0], N.size, sizes.size, best[1], best[2], lowest, status
    return found


def lowest_point(log_N: FloatArray, loss: FloatArray, curve: str) -> tuple[float, float, str]:
    """Place and height of a profile's minimum, or of its lower end, and which it is."""
    sizes, place = np.unique(log_N, return_inverse=True)
    if sizes.size < PROFILES[curve]:
        return np.nan, np.nan, TOO_FEW
    low, high = float(sizes[0]), float(sizes[-1])
    if curve == "parabola":
        middle = float(log_N.mean())
        bend, slope, height = np.linalg.lstsq(np.vander(log_N - middle, 3), loss)[0].tolist()
        if bend <= 0.0:
            return np.nan, np.nan, NO_MINIMUM
        vertex = middle - slope / (2.0 * bend)
        at = min(max(vertex, low), high)
        lowest = height + (at - middle) * (slope + (at - middle) * bend)
        return at, lowest, MINIMUM if low < vertex < high else EDGE
    fine = np.linspace(low, high, FINE)
    if curve == "cubic":
        values = Polynomial.fit(log_N, loss, 3)(fine)
    else:
        through = Akima1DInterpolator if curve == "akima" else PchipInterpolator
        values = through(sizes, np.bincount(place, loss) / np.bincount(place))(fine)
    k = int(values.argmin())
    return float(fine[k]), float(values[k]), MINIMUM if 0 < k < FINE - 1 else EDGE


def _redrawn(rng: np.random.Generator, part: Labels, N: FloatArray, need: int) -> Labels:
    """As many runs with replacement, again until they have the sizes that a curve needs."""
    fewest = min(need, len(set(N[part].tolist())))
    while len(set(N[chosen := rng.choice(part, part.size)].tolist())) < fewest:
        pass
    return chosen
