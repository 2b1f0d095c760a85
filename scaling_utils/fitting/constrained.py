"""A form of law on runs, with its constraints, in the coordinates of the solver.

A scale that is free is one coordinate with the level of its term at the middle of the runs; one
that is bounded or tied has its own logarithm. Tied constants share a coordinate, fixed ones have
none: the rest, theta, is free.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from scaling_utils.check import FloatArray
from scaling_utils.fitting.coordinates import Coordinates, Values
from scaling_utils.fitting.forms import FORMS, Constraints, Form
from scaling_utils.fitting.jets import Jet, variables
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.solver import BLOCK, evaluate
from scaling_utils.fitting.starts import PAIRS, projected

ROWS = {"scale": 0, "floor": 2, "exponent": 3, "decay": 5}
"""Kinds of constants, and where they begin among levels, floor, exponents and decays."""

NO_TERM = -800.0
"""Level of a term that a form does not have."""

FIRST_DECAYS = (2.0, 15.0, 100.0)

RANGES = {
    "level": (-18.0, 25.0, 1.5),
    "scale": (-600.0, 600.0, 10.0),
    "floor": (0.0, 100.0, 0.5),
    "exponent": (1e-3, 5.0, 0.0),
    "decay": (-5.0, 10.0, 1.5),
}
"""What is searched of each kind of coordinate, and the longest step; levels, scales and decays are
logarithms. A term of exp(-18) of the loss is none."""


@dataclass(frozen=True, eq=False)
class Constrained:
    """A form, its constraints, and the points that it is fitted to."""

    form: Form
    points: Points
    constraints: Constraints = field(default_factory=Constraints)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Symbols of the free constants, in the order of theta."""
        held = {*self.constraints.fixed, *self.constraints.tied}
        return tuple(n for kind in ROWS for n in self.form.names(kind) if n not in held)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """What each entry of theta is: a key of `RANGES`."""
        shared = {*self.constraints.bounds, *self.constraints.tied.values()}
        kinds = {name: self.form.kinds[name] for name in self.names}
        lone = {name: "level" for name in self.form.names("scale") if name not in shared}
        return tuple(lone.get(name, kind) for name, kind in kinds.items())

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
        box = np.array([self._range(*each) for each in zip(self.names, self.kinds, strict=True)])
        bounds, inverse, tied = box.copy(), self.places("exponent"), self.constraints.tied
        bounds[inverse] = 1.0 / box[inverse][:, ::-1]
        bounds[self.places("level"), 0] = -25.0
        longest = np.array([RANGES[kind][2] for kind in self.kinds])[:, np.newaxis]
        share = np.array([[0.5 if kind == "exponent" else 0.0] for kind in self.kinds])
        terms = list(zip(*map(self.form.names, ("scale", "exponent")), strict=True))
        straight = []
        for place in inverse:
            own = [scale for scale, e in terms if tied.get(e, e) == self.names[place]]
            levels = tuple(self.names.index(scale) for scale in own if self._is_level(scale))
            straight.append((levels, place))
        ranges = box.T[..., np.newaxis], bounds.T[..., np.newaxis]
        values = evaluate if self.plain else self.values
        floor = self.places("floor")
        return Coordinates(values, *ranges, longest, share, tuple(straight), floor)

    def values(self, batch: Batch, theta: FloatArray, zone: FloatArray) -> Values:
        """Objective, gradient and Hessian by theta: of the fast sums, if the formula is theirs."""
        if self.form.formula is not FORMS["chinchilla"].formula:
            return self._by_jets(batch, theta, zone)
        none = Jet(np.zeros_like(zone), {}, {})
        full = [none + each for each in self.full(variables(theta))]
        value, g, h = evaluate(batch, np.stack([each.value for each in full]), zone)
        first = np.stack([each.gradient(len(theta)) for each in full])
        second = np.zeros((len(theta), *theta.shape))
        for slope, each in zip(g, full, strict=True):
            for (i, j), bend in each.second.items():
                second[i, j] += slope * bend
                second[j, i] = second[i, j]
        inner = np.einsum("klp,ljp->kjp", h, first)
        hessian = np.einsum("kip,kjp->ijp", first, inner) + second
        return value, np.einsum("kp,kip->ip", g, first), hessian

    def _by_jets(self, batch: Batch, theta: FloatArray, zone: FloatArray) -> Values:
        """`values` of any formula, in blocks of problems."""
        m, count = theta.shape
        value, g, h = np.empty(count), np.empty((m, count)), np.empty((m, m, count))
        rows = max(1, BLOCK // (m * self.points.x.size))
        for start in range(0, count, rows):
            part = slice(start, start + rows)
            own, width = batch.take(part), zone[part, np.newaxis]
            r = self._residuals(own, theta[:, part])
            bounded = np.clip(r.value, -width, width)
            slope, curved = own.weights * bounded, own.weights * (bounded == r.value)
            value[part] = np.vecdot(slope, r.value) - 0.5 * np.vecdot(slope, bounded)
            first = r.gradient(m)
            g[:, part] = np.vecdot(first, slope)
            h[:, :, part] = np.vecdot((first * curved)[:, np.newaxis], first)
            for i, j in r.second:
                h[i, j, part] += (r.second[i, j] * slope).sum(axis=1)
                h[j, i, part] = h[i, j, part]
        return value, g, h

    def slopes(self, batch: Batch, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Residuals (n,) of one point, and their slopes by theta, (m, n)."""
        r = self._residuals(batch, theta[:, np.newaxis])
        return r.value[0], r.gradient(len(theta))[:, 0]

    def _residuals(self, batch: Batch, theta: FloatArray) -> Any:
        """Residuals of log loss, fitted less observed, as jets (P, n)."""
        fitted = self.form.formula(self.points, *self.full(variables(theta[:, :, np.newaxis])))
        return np.log(fitted / batch.loss)

    def full(self, theta: Any) -> list[Any]:
        """Both levels, floor, both exponents and log decays; theta holds arrays or jets."""
        full = [NO_TERM, NO_TERM, 0.0, 1.0, 1.0, *(0.0 for _ in self.form.names("decay"))]
        for name in self.form.kinds:
            if name in self.constraints.fixed:
                full[self._row(name)] = self._inside(name, self.constraints.fixed[name])
            else:
                root = self.constraints.tied.get(name, name)
                full[self._row(name)] = theta[self.names.index(root)]
        for k, scale in enumerate(self.form.names("scale")):
            if not self._is_level(scale):
                full[k] = self._level(k, full[k], full[3 + k])
        return full

    def reduced(self, full: FloatArray) -> FloatArray:
        """Theta, in its box, of levels, floor, exponents and log decays: (5 or 7, P)."""
        theta = [
            self._log_scale(self._row(name), full) if kind == "scale" else full[self._row(name)]
            for name, kind in zip(self.names, self.kinds, strict=True)
        ]
        return np.asarray(np.clip(np.stack(theta), *self.coordinates.box))

    def to_laws(self, theta: FloatArray) -> FloatArray:
        """Rows of constants, in the order of the form, of columns theta."""
        full, laws = self.full(theta), []
        for name, kind in self.form.kinds.items():
            value = full[self._row(name)] * (self.points.unit if kind == "floor" else 1.0)
            if kind in ("scale", "decay"):
                log = self._log_scale(self._row(name), full) if kind == "scale" else value
                value = np.exp(np.clip(log, -700.0, 700.0))
            laws.append(np.broadcast_to(self.constraints.fixed.get(name, value), theta.shape[1:]))
        return np.stack(laws, axis=1)

    def to_theta(self, laws: FloatArray) -> FloatArray:
        """Columns theta of rows of constants."""
        full = np.zeros((5 + len(self.form.names("decay")), len(laws)))
        for name, value in zip(self.form.kinds, np.asarray(laws).T, strict=True):
            full[self._row(name)] = self._inside(name, value)
        for k in range(len(self.form.names("scale"))):
            full[k] = self._level(k, full[k], full[3 + k])
        return self.reduced(full)

    def starts(self, batch: Batch) -> FloatArray:
        """Starts (m, P) of one problem, the best first."""
        theta = self.starts_at(batch, PAIRS)
        return theta[:, np.argsort(self.coordinates.at(batch, theta)[0])]

    def starts_at(self, batch: Batch, pairs: FloatArray) -> FloatArray:
        """The best scales and floor for pairs of exponents, as far as free."""
        pairs = self._allowed(pairs)
        theta = np.full((len(self.names), len(pairs)), np.nan)
        own = [k for k, name in enumerate(self.form.names("exponent")) if name in self.names]
        theta[self.places("exponent")] = pairs.T[own]
        a, b, E, _, _, *others = (np.broadcast_to(each, len(pairs)) for each in self.full(theta))
        known, every = np.stack([*np.exp(np.minimum([a, b], 9.0)), E], axis=1), []
        for R in FIRST_DECAYS if others else (1.0,):
            decays = [np.where(np.isnan(own), np.log(R), own) for own in others]
            first = np.exp(decays[0][0]) if others else R
            y = self.points.y + np.log(1.0 - first * np.expm1(-self.points.repeats / first))
            read = replace(self.points, y=y)
            every.append([*projected(read, batch.loss, batch.weights, pairs, known), *decays])
        return self.reduced(np.hstack(every))

    def _allowed(self, pairs: FloatArray) -> FloatArray:
        """Pairs of exponents within what is fixed, tied and bounded, each once."""
        moved, exponents = np.ones_like(pairs), self.form.names("exponent")
        for k, name in enumerate(exponents):
            own = self.constraints.tied.get(name, name)
            value = self.constraints.fixed.get(own)
            low, high = self._range(own, "exponent") if value is None else (value, value)
            moved[:, k] = np.clip(pairs[:, exponents.index(own)], low, high)
        _, first = np.unique(moved, axis=0, return_index=True)
        return np.asarray(moved[np.sort(first)])

    def _row(self, name: str) -> int:
        """Row of a constant among those of `full`; a scale has that of its level."""
        kind = self.form.kinds[name]
        return ROWS[kind] + self.form.names(kind).index(name)

    def _is_level(self, scale: str) -> bool:
        return scale in self.names and self.kinds[self.names.index(scale)] == "level"

    def _level(self, k: int, log_scale: Any, slope: Any) -> Any:
        if self.form.reference:
            return slope * (log_scale - self.points.centre[k]) - self.points.log_unit
        return log_scale - slope * self.points.centre[k] - self.points.log_unit

    def _log_scale(self, k: int, full: Any) -> Any:
        level, slope, log_unit = full[k], full[3 + k], self.points.log_unit
        if self.form.reference:
            return (level + log_unit) / slope + self.points.centre[k]
        return level + slope * self.points.centre[k] + log_unit

    def _inside(self, name: str, value: Any) -> Any:
        """A constant as `full` has it: a logarithm, or in units of the loss."""
        kind = self.form.kinds[name]
        if kind in ("scale", "decay"):
            return np.log(value)
        return value / self.points.unit if kind == "floor" else value

    def _range(self, name: str, kind: str) -> tuple[float, float]:
        """Range of an entry of theta: the bounds given, or what is searched."""
        low, high = self.constraints.bounds.get(name, (0.0, np.inf))
        least, most, _ = RANGES[kind]
        lowest = float(self._inside(name, low)) if low > 0.0 else least
        highest = float(self._inside(name, high)) if high < np.inf else most
        if not lowest < highest:
            raise ValueError(f"the bounds of {name} lie outside what is searched for an {kind}")
        return lowest, highest
