"""Touchable figures: inputs, results and words around a chart of Vega, and laws as its formulas.

A `Formula` stands where a number would: ``law.N_opt(10**logC)`` runs the law's own code and gives
back the formula that it computed, so that none is typed again. The page draws the inputs
(`book/_static/touch.js`); JupyterLab, which has no page around the chart, shows Vega's own.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from scaling_utils.figures.style import DARK

_SAID = re.compile(r"\{(\w+)(?::(?:(?:sci|pct|count|short|times)\d|,?\.\d+f))?\}")  # as in `fmt`

_DIGIT = "slice('⁰¹²³⁴⁵⁶⁷⁸⁹', {0}, 1 + {0})"
_UP = "round(log(datum.value) / LN10)"
POWER = f"'10' + {_DIGIT.format(f'floor({_UP} / 10)')} + {_DIGIT.format(f'{_UP} % 10')}"
"""`labelExpr` of an axis of powers of ten from 10¹⁰ on."""
COUNT = "replace(format(datum.value, '~s'), 'G', 'B')"
"""`labelExpr` of an axis of counts: 1M, 70B, 1T."""


class Formula:
    """A formula of Vega; `start` is its value at first, which is all that checks can look at."""

    _schema: ClassVar = {"type": "string"}  # beside `to_dict`: Altair then takes it as a string

    def __init__(self, vega: str, start: Any) -> None:
        self.vega, self.start = vega, start

    def __str__(self) -> str:
        return self.vega

    def to_dict(self, *_: Any, **__: Any) -> str:
        return self.vega


def _method(form: str, compute: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
    def method(self: Formula, *other: Any) -> Any:
        if other and isinstance(other[0], np.ndarray):  # of many laws: one formula for each
            return NotImplemented if other[0].ndim else method(self, other[0].item())
        both = [self, *other][::order]
        value = compute(*(getattr(each, "start", each) for each in both))
        # A comparison answers for the start alone: it serves checks, and is no branch.
        return Formula(form.format(*map(_written, both)), value) if form else np.bool_(value)

    return method


def _written(value: Any) -> str:
    return str(value) if isinstance(value, Formula) else json.dumps(np.asarray(value).item())


for _name, _sign in {"add": " +", "sub": " -", "mul": " *", "truediv": " /", "pow": ","}.items():
    _form, _do = f"{'pow' * (_sign == ',')}({{}}{_sign} {{}})", getattr(operator, _name)
    setattr(Formula, f"__{_name}__", _method(_form, _do))
    setattr(Formula, f"__r{_name}__", _method(_form, _do, -1))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Formula, f"__{_name}__", _method("", getattr(operator, _name)))
for _name in ("exp", "log", "sqrt", "floor"):  # NumPy calls a method of this name
    setattr(Formula, _name, _method(_name + "({})", getattr(np, _name)))
setattr(Formula, "__neg__", _method("(-{})", operator.neg))  # noqa: B010
setattr(Formula, "__abs__", _method("abs({})", abs))  # noqa: B010


def when(test: str, yes: Any, no: Any) -> Formula:
    """One of two by a test in Vega's words, ``when("N < D", "few", "many")``."""
    return Formula(f"({test} ? {_written(yes)} : {_written(no)})", getattr(yes, "start", yes))


def pick(place: Formula, values: Sequence[Any]) -> Formula:
    """The value or formula that stands at a place of a list, counted from zero."""
    said = ", ".join(map(_written, values))
    return Formula(f"[{said}][{place}]", getattr(values[0], "start", values[0]))


class Input(Formula):
    """What a reader can set, and a formula of itself."""

    def __init__(self, name: str, start: float, **told: Any) -> None:
        super().__init__(name, start)
        self.told = {"name": name, "start": start, **told}


class Slider(Input):
    """A number to move; `show` writes its value, as in ``"{C:sci1} FLOPs"``.

    `drag` says along which scale a pointer on the chart moves it: ``"x"`` or ``"y"``, and
    ``"log x"`` if it holds the logarithm to base ten of what the scale shows; `color` is a
    quantity's (compute, parameters, tokens, loss) or orange or ink.
    """

    def __init__(self, name: str, low: float, high: float, step: float, start: float, label: str,
                 show: str, drag: str = "", color: str = "") -> None:  # fmt: skip
        bind = {"input": "range", "min": low, "max": high, "step": step, "name": label + " "}
        looks = {"label": label, "show": show, "drag": drag, "color": color}
        super().__init__(name, start, kind="range", bind=bind, **looks)
        self.steps = low + step * np.arange(round((high - low) / step) + 1)

    def look_up(self, values: Any) -> Formula:
        """What has no formula, such as an interval: a value computed at each of `steps`."""
        if len(values) != len(self.steps):
            raise ValueError(f"{self} has {len(self.steps)} steps, got {len(values)} values")
        low, step = self.told["bind"]["min"], self.told["bind"]["step"]
        return pick(Formula(f"round(({self} - {low}) / {step})", 0), [float(v) for v in values])


class Choice(Input):
    """One of several words, as its place counted from zero; `pick` gives what belongs to it."""

    def __init__(self, name: str, options: Sequence[str], start: int, label: str) -> None:
        bind = {"input": "select", "options": [*range(len(options))], "labels": [*options]}
        super().__init__(name, start, kind="select", label=label, bind=bind | {"name": label})


class Tick(Input):
    """A box to tick: one or zero."""

    def __init__(self, name: str, start: int, label: str) -> None:
        bind = {"input": "checkbox", "name": label + " "}
        super().__init__(name, start, kind="checkbox", label=label, bind=bind)


class Button:
    """Sets inputs when it is pressed: ``Button("twice the size", logN=logN + np.log10(2))``."""

    def __init__(self, label: str, **sets: Any) -> None:
        self.sets = sets
        self.told: dict[str, Any] = {"kind": "button", "label": label, "sets": [*sets]}


@dataclass(frozen=True)
class Touch:
    """A chart that answers: an Altair chart, its inputs, its results by name, both in words.

    Expressions of the chart may name inputs and results. `say` is a sentence in the formats of
    `fmt`, bold between stars, and in a slider's colour: ``"**{C:sci1} FLOPs** buy
    **parameters|{N:count2} parameters**"``; `table` has rows of such texts, heads first. An input
    whose `told` has ``only=[name, place]`` shows while that choice stands at that place.
    """

    chart: Any
    inputs: Sequence[Input | Button]
    results: Mapping[str, Any]
    say: str
    table: Sequence[Sequence[str]] = ()

    def spec(self) -> dict[str, Any]:
        """The chart with a signal for each input and result, in Vega-Lite."""
        inputs = [each for each in self.inputs if isinstance(each, Input)]
        params = [{"name": i.vega, "value": i.start, "bind": i.told["bind"]} for i in inputs]
        formulas = dict(self.results)
        for k, each in enumerate(self.inputs):
            if isinstance(each, Button):
                formulas |= {f"press_{k}_{name}": to for name, to in each.sets.items()}
        params += [{"name": name, "expr": _written(to)} for name, to in formulas.items()]
        spec: dict[str, Any] = self.chart.to_dict()
        spec.pop("$schema", None)  # the page has the newest Vega-Lite, JupyterLab the one before
        return spec | {"params": params + spec.get("params", [])}

    def card(self) -> dict[str, Any]:
        """What the page needs, as plain values."""
        inputs: list[dict[str, Any]] = [each.told for each in self.inputs]
        known = {each["name"] for each in inputs if "name" in each} | set(self.results)
        cells = [cell for row in self.table for cell in row]
        for text in (self.say, *cells, *(each.get("show", "") for each in inputs)):
            rest = _SAID.sub(lambda said: "" if said[1] in known else said[0], text)
            if "{" in rest or "}" in rest:
                raise ValueError(f"no such name or format: {rest!r}; known are {sorted(known)}")
        about = {"inputs": inputs, "results": [*self.results], "say": self.say, "dark": DARK}
        about["table"] = [*map(list, self.table)]
        return {"spec": self.spec(), **about}
