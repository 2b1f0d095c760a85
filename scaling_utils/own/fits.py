"""Fit a law to your own runs, and ask the fit: one door to all that it can tell."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.resample import Bootstrap
from scaling_utils.fitting.result import LawFit
from scaling_utils.own import budget, files, intervals, likelihood, validation, words
from scaling_utils.own.runs import Runs

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

    Runs that do not determine the constants are no error: the fit's `status` says so.

    Parameters
    ----------
    runs : Runs, or a file or table with columns N, D, loss
    form : {"chinchilla", "kaplan-nd", "kaplan-ns", "power", "repeated"}
        L(N, D) of Hoffmann et al.; L(N, D) and L(N, S) of Kaplan et al.; E + A / x ** alpha;
        L(N, D, unique) of Muennighoff et al.
    x : the variable of a power, such as "N"; C unless you say
    fix, tie, bounds : dict, optional
        Constants that are known, {"E": 1.69}; that equal another, and nothing but equal,
        {"alpha": "beta"}; ends between which one lies, {"alpha": (0.1, 0.6)}.
    objective, delta : as in `scaling_utils.fitting.fit.fit_law`
    """
    if x is not None and form != "power":
        raise ValueError(f"x={x!r:.60} is for the form 'power': leave it out for {form!r:.60}")
    runs = runs if isinstance(runs, Runs) else Runs.read(runs)
    runs = runs if x is None else runs.only(x)
    asked: dict[str, Any] = {"fix": fix, "tie": tie, "bounds": bounds}
    asked = {name: {} if each is None else copy(each) for name, each in asked.items()}
    asked |= {"objective": objective, "delta": delta}
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

    If another version of the package wrote another law, the new one is kept, with a note.
    """
    found: Fit = files.read(path, fit)
    return found


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted law, with its runs: constants and intervals, a check, a plan, a picture."""

    runs: Runs
    found: LawFit
    asked: Mapping[str, Any]  # of `fit`: form, constraints and objective

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
        """What else to worry about, in the runs and in the fit, but for advice that was taken."""
        return (*(x for x in self.runs.notes if repr(self.found.form) not in x), *self.found.notes)

    @cached_property
    def resamples(self) -> Bootstrap:
        """Laws fitted to resamples of the runs, by the draw that `drawn` explains."""
        return intervals.resamples_of(self.found, self.choice)

    @cached_property
    def choice(self) -> intervals.Choice:
        """What the intervals draw again."""
        return intervals.choice(self.runs, self.found)

    @property
    def drawn(self) -> str:
        """In words, what the intervals draw again, and why."""
        return self.choice.why

    interval = intervals.interval_of
    constants = intervals.constants_of
    profile = likelihood.profile_of
    predict = intervals.prediction
    leave_one_size_out = validation.leave_one_size_out
    roll_forward = validation.roll_forward
    plan = budget.plan
    save = files.save
    report = files.report
    __repr__ = words.line
    __str__ = words.text
    _repr_html_ = words.html

    def plot(self) -> Figure:
        """Four pictures: the fit, its residuals, contours of loss, the frontier."""
        from scaling_utils.own.drawing import draw

        return draw(self)
