"""A form of law on runs, with its constraints, in the coordinates of the solver.

A scale that is free is one coordinate with the level of its term at the middle of the runs; one
that is bounded or tied has its own logarithm. Tied constants share a coordinate, fixed ones have
none: the rest, theta, is free.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.coordinates import Coordinates, Values
from scaling_utils.fitting.forms import FORMS, Constraints, Form, sum_of_terms
from scaling_utils.fitting.jets import Jet, variables
from scaling_utils.fitting.points import PROJECTED_EXPONENTS, Batch, Points, projected
from scaling_utils.fitting.solver import BLOCK, CHINCHILLA, evaluate

NO_TERM = -800.0
"""Level of a term that a form does not have."""

FIRST_DECAYS = (2.0, 15.0, 100.0)

RANGES = {
    "level": (-18.0, 25.0),
    "scale": (-600.0, 600.0),
    "floor": (0.0, 100.0),
    "exponent": (1e-3, 5.0),
    "decay": (-5.0, 10.0),
}
"""What is searched of each kind of coordinate; levels, scales and decays are logarithms."""

LONGEST = {"level": 1.5, "scale": 10.0, "floor": 0.5, "exponent": 0.0, "decay": 1.5}


@dataclass(frozen=True, eq=False)
class Constrained:
    """A form, its constraints, and the points that it is fitted to."""

    form: Form
    constraints: Constraints
    points: Points

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Symbols of the free constants, in the order of theta."""
        scales, exponents = zip(*self.form.terms, strict=True)
        held = {*self.constraints.fixed, *self.constraints.tied}
        every = (*scales, *self.form.floor, *exponents, *self.form.decays)
        return tuple(name for name in every if name not in held)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What each entry of theta is: a key of `RANGES`."""
        shared = {*self.constraints.bounds, *self.constraints.tied.values()}
        return tuple(
            "level" if kind == "scale" and name not in shared else kind
            for name, kind in ((name, self.form.kind(name)) for name in self.names)
        )

    @property
    def plain(self) -> bool:
        """Whether it is the Chinchilla law with all constants free."""
        return self.form is FORMS["chinchilla"] and self.constraints == Constraints()

    def places(self, kind: str) -> list[int]:
        """Where theta has entries of a kind."""
        return [place for place, own in enumerate(self.kinds) if own == kind]

    @cached_property
    def coordinates(self) -> Coordinates:
        """Bounds, steps and derivatives of theta."""
        if self.plain:
            return CHINCHILLA
        box = np.array([self._range(*each) for each in zip(self.names, self.kinds, strict=True)]).T
        bounds = box.copy()
        inverse, levels = self.places("exponent"), self.places("level")
        bounds[:, inverse] = 1.0 / box[::-1, inverse]
        bounds[0, levels] = -RANGES["level"][1]
        longest, share = np.array(
            [[LONGEST[kind] for kind in self.kinds], np.zeros(len(self.names))]
        )
        share[inverse] = 0.5
        floor = self.places("floor")
        return Coordinates(
            self.values,
            box[..., np.newaxis],
            bounds[..., np.newaxis],
            longest[:, np.newaxis],
            share[:, np.newaxis],
            tuple((self._levels_with(self.names[j]), j) for j in inverse),
            floor[0] if floor else None,
        )

    def values(self, batch: Batch, theta: FloatArray, zone: FloatArray) -> Values:
        """Objective, gradient and Hessian by theta."""
        if not self._sums:
            return self._by_jets(batch, theta, zone)
        full = self.full(variables(theta))
        at = np.stack([np.broadcast_to(_value(each), theta.shape[1]) for each in full])
        value, g, h = evaluate(batch, at, zone)
        m, count = theta.shape
        first, second = np.zeros((5, m, count)), np.zeros((m, m, count))
        for k, each in enumerate(full):
            if isinstance(each, Jet):
                first[k] = each.first
                second += g[k] * each.second
        inner = np.einsum("klp,ljp->kjp", h, first)
        hessian = np.einsum("kip,kjp->ijp", first, inner) + second
        return value, np.einsum("kp,kip->ip", g, first), hessian

    def _by_jets(self, batch: Batch, theta: FloatArray, zone: FloatArray) -> Values:
        """`values` of a formula that is no sum of terms, in blocks of problems."""
        m, count = theta.shape
        value, g, h = np.empty(count), np.empty((m, count)), np.empty((m, m, count))
        rows = max(1, BLOCK // (m * self.points.x.size))
        for start in range(0, count, rows):
            part = slice(start, start + rows)
            own, width = batch.take(part), zone[part, np.newaxis]
            r = self.residuals(own, theta[:, part])
            bounded = np.clip(r.value, -width, width)
            slope, curved = own.weights * bounded, own.weights * (bounded == r.value)
            value[part] = np.vecdot(slope, r.value) - 0.5 * np.vecdot(slope, bounded)
            g[:, part] = np.einsum("ipn,pn->ip", r.first, slope)
            h[:, :, part] = np.einsum("ipn,jpn->ijp", r.first * curved, r.first)
            h[:, :, part] += np.einsum("ijpn,pn->ijp", r.second, slope)
        return value, g, h

    def residuals(self, batch: Batch, theta: FloatArray) -> Jet:
        """Residuals of log loss, fitted less observed, and their slopes by theta; (P, n)."""
        full = self.full(variables(theta[:, :, np.newaxis]))
        if self.form.formula is None:
            fitted = sum_of_terms(self.points.x, self.points.y, *full)
        else:
            fitted = self.form.formula(self.points, *full)
        found: Any = np.log(fitted / batch.loss)
        return Jet(found.value, found.first, found.second)

    def full(self, theta: Any) -> list[Any]:
        """Levels, floor, exponents and log decays; theta holds arrays, or jets, or is `fixed`."""
        levels, slopes = [NO_TERM, NO_TERM], [1.0, 1.0]
        for k, (scale, exponent) in enumerate(self.form.terms):
            slopes[k], levels[k] = self._entry(theta, exponent), self._entry(theta, scale)
            if not self._is_level(scale):
                levels[k] = self._level(k, levels[k], slopes[k])
        floor = [self._entry(theta, name) for name in self.form.floor] or [0.0]
        return [*levels, *floor, *slopes, *(self._entry(theta, d) for d in self.form.decays)]

    def reduced(self, full: FloatArray) -> FloatArray:
        """Theta of levels, floor, exponents and log decays, shape (5 or 7, P), in its box."""
        theta = []
        for name, kind in zip(self.names, self.kinds, strict=True):
            k = self._row(name)
            own = full[k] if kind != "scale" else self._log_scale(k, full[k], full[3 + k])
            theta.append(own)
        return np.asarray(np.clip(np.stack(theta), *self.coordinates.box))

    def to_laws(self, theta: FloatArray) -> FloatArray:
        """Rows of constants, in the order of the form, of columns theta."""
        full, count = self.full(theta), theta.shape[1]
        given: dict[str, Any] = {}
        for name in self.form.constants:
            k, kind = self._row(name), self.form.kind(name)
            if kind == "scale":
                log = self._log_scale(k, full[k], full[3 + k])
                given[name] = np.exp(np.clip(log, -700.0, 700.0))
            else:
                given[name] = {"floor": full[k] * self.points.unit, "exponent": full[k]}.get(
                    kind, np.exp(full[k])
                )
        given |= self.constraints.fixed
        return np.stack([np.broadcast_to(given[name], count) for name in given], axis=1)

    def to_theta(self, laws: FloatArray) -> FloatArray:
        """Columns theta of rows of constants."""
        given = dict(zip(self.form.constants, np.asarray(laws, dtype=np.float64).T, strict=True))
        full = np.zeros((5 + len(self.form.decays), len(laws)))
        for name, value in given.items():
            full[self._row(name)] = self._inside(self.form.kind(name), value)
        for k in range(len(self.form.terms)):
            full[k] = self._level(k, full[k], full[3 + k])
        return self.reduced(full)

    def starts(
        self, loss: FloatArray, weights: FloatArray, pairs: FloatArray | None = None
    ) -> FloatArray:
        """Starts (m, P): the best scales and floor for pairs of exponents, as far as free."""
        if pairs is None:
            pairs = np.array(list(product(PROJECTED_EXPONENTS, PROJECTED_EXPONENTS)))
        pairs = self._allowed(pairs)
        known = np.full((len(pairs), 3), np.nan)
        known[:, 2:] = np.nan if self.form.floor else 0.0
        known[:, len(self.form.terms) : 2] = 0.0
        for name, value in self.constraints.fixed.items():
            k, kind = self._row(name), self.form.kind(name)
            if kind == "scale":
                known[:, k] = np.exp(self._level(k, np.log(value), pairs[:, k]))
            elif kind == "floor":
                known[:, k] = value / self.points.unit
        if not self.form.decays:
            return self.reduced(projected(self.points, loss, weights, pairs, known))
        every = []
        for decay in FIRST_DECAYS:
            R = [self.constraints.fixed.get(name, decay) for name in self.form.decays]
            read = self.points.y + np.log(1.0 - R[0] * np.expm1(-self.points.repeats / R[0]))
            found = projected(replace(self.points, y=read), loss, weights, pairs, known)
            every.append(np.vstack([found, np.log(R)[:, np.newaxis] + 0.0 * found[:2]]))
        return self.reduced(np.hstack(every))

    def _allowed(self, pairs: FloatArray) -> FloatArray:
        """Pairs of exponents within what is fixed, tied and bounded, each once."""
        moved = pairs.copy()
        for k, (_, exponent) in enumerate(self.form.terms):
            own = self.constraints.tied.get(exponent, exponent)
            if own in self.constraints.fixed:
                moved[:, k] = self.constraints.fixed[own]
                continue
            column = [name for _, name in self.form.terms].index(own)
            moved[:, k] = np.clip(pairs[:, column], *self._range(own, "exponent"))
        moved[:, len(self.form.terms) :] = 1.0
        _, first = np.unique(moved, axis=0, return_index=True)
        return moved[np.sort(first)]

    @property
    def _sums(self) -> bool:
        return self.form.formula is None

    def _row(self, name: str) -> int:
        """Row of a constant in full theta; a scale has that of its level."""
        scales, exponents = zip(*self.form.terms, strict=True)
        kind = self.form.kind(name)
        own = {"scale": scales, "floor": self.form.floor, "exponent": exponents}
        return {"scale": 0, "floor": 2, "exponent": 3, "decay": 5}[kind] + own.get(
            kind, self.form.decays
        ).index(name)

    def _entry(self, theta: Any, name: str) -> Any:
        """A constant as theta has it, or its fixed value in the same units."""
        if name in self.constraints.fixed:
            return self._inside(self.form.kind(name), self.constraints.fixed[name])
        return theta[self.names.index(self.constraints.tied.get(name, name))]

    def _is_level(self, scale: str) -> bool:
        return scale in self.names and self.kinds[self.names.index(scale)] == "level"

    def _levels_with(self, exponent: str) -> tuple[int, ...]:
        """Places of the levels of terms with an exponent."""
        tied = self.constraints.tied
        return tuple(
            self.names.index(scale)
            for scale, own in self.form.terms
            if tied.get(own, own) == exponent and self._is_level(scale)
        )

    def _level(self, k: int, log_scale: Any, slope: Any) -> Any:
        if self.form.reference:
            return slope * (log_scale - self.points.centre[k]) - self.points.log_unit
        return log_scale - slope * self.points.centre[k] - self.points.log_unit

    def _log_scale(self, k: int, level: Any, slope: Any) -> Any:
        if self.form.reference:
            return (level + self.points.log_unit) / slope + self.points.centre[k]
        return level + slope * self.points.centre[k] + self.points.log_unit

    def _inside(self, kind: str, value: Any) -> Any:
        if kind in ("scale", "decay"):
            return np.log(value)
        return value / self.points.unit if kind == "floor" else value

    def _range(self, name: str, kind: str) -> tuple[float, float]:
        """Range of an entry of theta: the bounds given, or what is searched."""
        low, high = self.constraints.bounds.get(name, (0.0, np.inf))
        own = self.form.kind(name)
        least, most = RANGES[kind]
        if low > 0.0:
            least = float(self._inside(own, low))
        if high < np.inf:
            most = float(self._inside(own, high))
        return least, most


def _value(entry: Any) -> Any:
    return entry.value if isinstance(entry, Jet) else entry
