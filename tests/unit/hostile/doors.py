"""Every door that a borrower meets, found in the modules: a new one is tried at once."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from values import BATCH, COLUMNS, GOOD, KINDS, LAW, LEARNING

import scaling_utils
from scaling_utils.laws import Allocation, KaplanND, PowerLaw, PowerWithFloor
from scaling_utils.laws.convergence import EfficientTraining
from scaling_utils.laws.repeated import RepeatedData
from scaling_utils.power_fit import PowerFit

INNER = {
    "scaling_utils.check": "what the doors themselves check with",
    "scaling_utils.fitting.constrained": "coordinates of the solver",
    "scaling_utils.fitting.coordinates": "coordinates of the solver",
    "scaling_utils.fitting.draws": "reached through bootstrap",
    "scaling_utils.fitting.forms": "reached through fit_law",
    "scaling_utils.fitting.jets": "derivatives of the solver",
    "scaling_utils.fitting.points": "coordinates of the solver",
    "scaling_utils.fitting.solver": "the solver",
    "scaling_utils.fitting.starts": "the solver",
    "scaling_utils.fitting.steps": "the solver",
    "scaling_utils.own.drawing": "reached through Fit.plot",
    "scaling_utils.own.words": "reached through printing a fit",
}
"""Modules that nobody calls from outside, and what they are."""

ELSEWHERE = {
    "scaling_utils.datasets": "test_damaged_data",
    "scaling_utils.figures.registry": "test_figures_refuse",
    "scaling_utils.figures.style": "test_figures_refuse",
    "scaling_utils.figures.touch": "test_figures_refuse",
    "scaling_utils.fitting.fit": "test_fits_refuse",
    "scaling_utils.fitting.resample": "test_fits_refuse",
    "scaling_utils.fitting.result": "test_fits_refuse",
    "scaling_utils.own.budget": "test_fit_answers",
    "scaling_utils.own.command": "test_commands_refuse",
    "scaling_utils.own.files": "test_damaged_fits",
    "scaling_utils.own.fits": "test_fits_refuse",
    "scaling_utils.own.intervals": "test_fit_answers",
    "scaling_utils.own.likelihood": "test_fit_answers",
    "scaling_utils.own.runs": "test_damaged_runs",
    "scaling_utils.own.validation": "test_fit_answers",
}
"""Modules whose doors need more than numbers, and which test tries them."""

HELPERS = {
    "laws.base.expect_law": "checks for the doors",
    "laws.base.from_log": "checks for the doors",
    "laws.base.reachable": "checks for the doors",
    "laws.base.root": "the root finder of the doors",
    "laws.chinchilla.ChinchillaLaw.arguments": "checks for the doors",
    "laws.chinchilla.ChinchillaLaw.exp": "checks for the doors",
    "laws.chinchilla.ChinchillaLaw.fill": "checks for the doors",
    "laws.chinchilla.ChinchillaLaw.reach": "checks for the doors",
    "power_fit.Lines": "lines of many draws at once",
    "power_fit.straight": "lines of many draws at once",
    "power_fit.parabola": "curves of many draws at once",
    "power_fit.interval_around": "takes draws that the doors made",
    "power_fit.Frontier": "what two results have in common",
    "isoflop.lowest_point": "takes one profile of isoflops",
    "isoflop.IsoFlops": "a result: its methods are tried in test_fit_answers",
    "constants.Reading": "what the ledger notes of what is read",
    "constants.read": "what the ledger notes of what is read",
    "constants.Constant": "a result",
    "power_fit.PowerFit": "made by fit_power",
    "constants.PrintedNumber": "made by PrintedNumber.parse",
    "units.unit": "metadata of a field",
    "units.Record": "what results have in common",
    "laws.base.Law": "what laws have in common",
}
"""Public names that are no doors, and why."""

RESULTS = ("Optimum", "ComputeExponents", "ConvergenceComparison", "SizeInterval")
RESULTS += ("InferenceOptimum", "RepeatedOptimum", "Shares", "Interval", "UnreachableLossError")
"""What doors give back: nobody makes one."""

INSTANCES: dict[str, Any] = {
    "ChinchillaLaw": LAW,
    "PowerLaw": PowerLaw(8.8e13, 0.076, "N"),
    "PowerWithFloor": PowerWithFloor(1.7, 400, 0.3, "N"),
    "Allocation": Allocation(1.3e9, 0.73, 2e6, 0.24, 5.4e3, 0.03, 2e10, 0.27),
    "KaplanND": KaplanND(6.4e13, 1.8e13, 0.076, 0.103),
    "KaplanNS": LEARNING,
    "CriticalBatch": BATCH,
    "EfficientTraining": EfficientTraining(LEARNING, BATCH),
    "RepeatedData": RepeatedData(LAW, 15.4, 5.3),
    "PowerFit": PowerFit(2.0, 0.5),
    "PrintedNumber": None,
    "Architecture": None,
}
"""One of each class with methods, to ask."""

INFINITE = {
    "laws.chinchilla.compute_worth": "infinity where no compute makes up for it",
    "laws.convergence.cost_of_stopping_at": "infinity where no model can",
    "power_fit.interval": "infinite draws count, too",
}
"""Doors whose answer may be infinite, as their text says."""


@dataclass(frozen=True)
class Door:
    """A function or a method of a law, the names of what it takes, and values that it takes."""

    call: Callable[..., Any]
    good: dict[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.good)


def modules() -> list[str]:
    """Every module of the package but the one that runs the command."""
    found = pkgutil.walk_packages(scaling_utils.__path__, "scaling_utils.")
    return sorted(each.name for each in found if not each.name.endswith("__main__"))


def own(module: str) -> Iterator[tuple[str, Any]]:
    """Public names that a module itself defines."""
    for name, held in vars(importlib.import_module(module)).items():
        here = callable(held) and getattr(held, "__module__", None) == module
        if here and not name.startswith("_"):
            yield name, held


def _good(name: str, call: Callable[..., Any]) -> dict[str, Any]:
    """A value that each argument takes: by the door, by the kind of law asked for, or by name."""
    told = inspect.signature(call).parameters.values()
    named = [each for each in told if each.kind is not inspect.Parameter.VAR_KEYWORD]
    own = {each.name: KINDS.get(str(each.annotation), GOOD.get(each.name)) for each in named}
    if unknown := [each for each, value in own.items() if value is None]:
        raise ValueError(f"{name} takes {', '.join(unknown)}: give a good value in values.GOOD")
    return own | COLUMNS.get(name, {})


def _named(call: Callable[..., Any]) -> Callable[..., Any]:
    """A door that takes everything by name, also one argument of many."""
    told = inspect.signature(call).parameters.values()
    if any(each.kind is inspect.Parameter.VAR_POSITIONAL for each in told):
        return lambda **given: call(*given.values())
    return call


def _methods(held: type, name: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for method, made in inspect.getmembers(held):
        if method.startswith("_") or not callable(made):
            continue
        static = inspect.ismethod(made)
        if static or INSTANCES.get(name) is not None:
            yield method, made if static else getattr(INSTANCES[name], method)


def doors() -> dict[str, Door]:
    """The doors that take numbers and words, by module and name."""
    found = {}
    for module in modules():
        if module in INNER or module in ELSEWHERE:
            continue
        short = module.removeprefix("scaling_utils.")
        for name, held in own(module):
            if name in RESULTS or f"{short}.{name}" in HELPERS:
                continue
            found[f"{short}.{name}"] = held
            if inspect.isclass(held):
                found |= {f"{short}.{name}.{x}": made for x, made in _methods(held, name)}
    asked = {x: call for x, call in found.items() if x not in HELPERS and not _common(x)}
    told = {name: Door(_named(call), _good(name, call)) for name, call in asked.items()}
    return {name: door for name, door in told.items() if door.names}


def _common(name: str) -> bool:
    """Whether a method is that of all laws, which is tried once for all."""
    return name.rpartition(".")[2] in ("from_dict", "with_values")
