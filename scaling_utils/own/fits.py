"""Fit a law to your own runs, and ask the fit: one door to all that it can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.resample import Bootstrap, Interval, Quantity
from scaling_utils.fitting.result import LawFit
from scaling_utils.own.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from scaling_utils.own.budget import Plan
    from scaling_utils.own.likelihood import Profile


def fit(
    runs: Runs | str | Path | pd.DataFrame,
    form: str = "chinchilla",
    *,
    x: str | None = None,
    fix: Mapping[str, float] | None = None,
    tie: Mapping[str, str] | None = None,
    bounds: Mapping[str, tuple[float, float]] | None = None,
    objective: str = "huber",
    delta: float = 1e-3,
) -> Fit:
    """Fit a law to runs, and certify that it is the best of its form.

    Parameters
    ----------
    runs : Runs
        Or a file or table with columns N, D, loss.
    form : {"chinchilla", "kaplan-nd", "kaplan-ns", "power", "repeated"}
        L(N, D) of Hoffmann et al.; L(N, D) and L(N, S) of Kaplan et al.; E + A / x ** alpha;
        L(N, D, unique) of Muennighoff et al.
    x : str, optional
        The variable of a power, such as "N"; C unless you say.
    fix : dict, optional
        Constants that are known: {"E": 1.69}.
    tie : dict, optional
        Constants that equal another: {"alpha": "beta"}.
    bounds : dict, optional
        Ends between which a constant lies: {"alpha": (0.1, 0.6)}.
    objective, delta
        As in `scaling_utils.fitting.fit.fit_chinchilla`.

    Returns
    -------
    Fit
        Runs that do not determine the constants are no error: its `status` says so.
    """
    if x is not None and form != "power":
        raise ValueError(f"x={x!r} is for the form 'power'; {form!r} knows what it takes")
    runs = runs if isinstance(runs, Runs) else Runs.read(runs)
    runs = runs if x is None else runs.only(x)
    constraints = {"fix": dict(fix or {}), "tie": dict(tie or {}), "bounds": dict(bounds or {})}
    asked: dict[str, Any] = {**constraints, "objective": objective, "delta": delta}
    found = fit_law(
        form,
        runs.columns(form),
        runs.loss,
        weights=runs.weight,
        loss_low=runs.loss_low,
        loss_high=runs.loss_high,
        source="a fit of your own runs",
        **asked,
    )
    return Fit(runs, found, {"form": form, **asked})


def load(path: str | Path) -> Fit:
    """Read a fit that `Fit.save` wrote: its runs are fitted again, and must give the same law.

    The constants are those of the file, to the last bit. If another version of the package wrote
    it, and this one finds another law, the new one is kept and a note says what it was.
    """
    from scaling_utils.own.files import read

    found: Fit = read(path, fit)
    return found


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted law, with its runs: constants and intervals, a check, a plan, a picture.

    `asked` holds what `fit` was asked for: form, constraints and objective.
    """

    runs: Runs
    found: LawFit
    asked: Mapping[str, Any]

    @property
    def law(self) -> Any:
        """The fitted law; a `FitError` that says why if the runs determine none."""
        return self.found.law

    @property
    def status(self) -> str:
        """One word on what the fit is worth; `message` says why."""
        return self.found.status

    @property
    def message(self) -> str:
        """What is wrong with the fit; empty if nothing is."""
        return self.found.message

    @property
    def notes(self) -> tuple[str, ...]:
        """What else to worry about, in the runs and in the fit."""
        return (*self.runs.notes, *self.found.notes)

    @cached_property
    def resamples(self) -> Bootstrap:
        """Laws fitted to resamples of the runs, by the draw that `drawn` explains."""
        from scaling_utils.own.intervals import resamples_of

        return resamples_of(self.runs, self.found)

    @cached_property
    def drawn(self) -> str:
        """In words, what the intervals draw again, and why."""
        from scaling_utils.own.intervals import choice

        return choice(self.runs, self.found).why

    def interval(self, quantity: Quantity, level: float = 0.95) -> Interval:
        """Interval of a constant ("alpha"), or of any function of the law."""
        from scaling_utils.own.intervals import interval_of

        return interval_of(self, quantity, level)

    def constants(self, level: float = 0.95) -> pd.DataFrame:
        """One row a constant: value, low and high of its interval, and how ("free", "fixed")."""
        from scaling_utils.own.intervals import constants_of

        return constants_of(self, level)

    def profile(self, constant: str, level: float = 0.95) -> Profile:
        """A second opinion on the interval of one constant: by profile likelihood."""
        from scaling_utils.own.likelihood import profile_of

        return profile_of(self, constant, level)

    def predict(self, *columns: ArrayLike, level: float = 0.95) -> pd.DataFrame:
        """Loss of new runs, such as ``predict(N, D)``: value, low and high of the law and of a
        single new run."""
        from scaling_utils.own.intervals import prediction

        return prediction(self, columns, level)

    def leave_one_size_out(self) -> pd.DataFrame:
        """How well each size is foretold by a fit without it."""
        from scaling_utils.own.validation import leave_one_size_out

        return leave_one_size_out(self)

    def roll_forward(self) -> pd.DataFrame:
        """How well larger budgets are foretold by fits to the smaller ones."""
        from scaling_utils.own.validation import roll_forward

        return roll_forward(self)

    def plan(self, C: float, **options: Any) -> Plan:
        """The best size and tokens for a budget of `C` FLOPs, and what being off costs.

        `options` are those of `scaling_utils.own.budget.plan`, such as ``extrapolate=True``.
        """
        from scaling_utils.own.budget import plan

        return plan(self, C, **options)

    def plot(self) -> Figure:
        """Four pictures: the fit, its residuals, contours of loss, the frontier."""
        from scaling_utils.own.drawing import draw

        return draw(self)

    def save(self, path: str | Path) -> None:
        """Write the fit as JSON, exactly; `load` reads it."""
        from scaling_utils.own.files import save

        save(self, path)

    def report(self, path: str | Path, *, C: ArrayLike | None = None, **options: Any) -> None:
        """Write one HTML file with all of it, and with a plan for each budget in `C`."""
        from scaling_utils.own.files import report

        report(self, path, None if C is None else np.ravel(C), **options)

    def __repr__(self) -> str:
        from scaling_utils.own.words import line

        return line(self)

    def __str__(self) -> str:
        from scaling_utils.own.words import text

        return text(self)

    def _repr_html_(self) -> str:
        from scaling_utils.own.words import html

        return html(self)
