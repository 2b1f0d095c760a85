"""Touchable figures: inputs, results and words beside a chart of Vega, and laws as its formulas.

A `Formula` stands where a number would: ``law.N_opt(10**logC)`` runs the law's own code and gives
back the formula that it computed, so that none is ever typed again.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scaling_utils.figures.style import DARK, GRID, INK, MUTED, PALETTE

_SPEC = re.compile(r"\{(\w+)(?::((?:sci|pct|count|short|times)\d|,?\.\d+f))?\}")  # as in `fmt`
_AXIS = {"labelColor": INK, "titleColor": INK, "domainColor": MUTED, "tickColor": MUTED}
_AXIS |= {"gridColor": GRID, "labelFontSize": 13, "titleFontSize": 13, "titleFontWeight": 400}
_AXIS |= {"labelFlush": False, "titlePadding": 8, "tickSize": 4, "labelPadding": 5}
_UPRIGHT = {"domain": False, "ticks": False, "titleAngle": 0, "titleAlign": "left"}
_UPRIGHT |= {"titleAnchor": "end", "titleX": 0, "titleY": -10, "titleBaseline": "bottom"}
CONFIG: dict[str, Any] = {
    "background": None,
    "aria": False,  # the figure's own text and words say it
    "padding": {"left": 2, "right": 8, "top": 6, "bottom": 2},
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisY": _UPRIGHT,
    "line": {"strokeWidth": 2.5, "clip": True},
    "point": {"filled": True, "size": 70, "opacity": 1},
    "text": {"fontSize": 13, "color": INK},
    "legend": {"orient": "top", "title": None, "labelFontSize": 13, "labelColor": INK},
    "range": {"category": list(PALETTE.values())},
}


class Formula:
    """A formula of Vega, with the number that it has at the start for checks to look at."""

    def __init__(self, vega: str, start: float) -> None:
        self.vega, self.start = vega, start

    def __str__(self) -> str:
        return self.vega

    def to_dict(self, *_: Any, **__: Any) -> str:
        return self.vega  # Altair takes a formula wherever it takes an expression


def _method(form: str, compute: Callable[..., Any], swap: bool = False) -> Callable[..., Formula]:
    def method(self: Formula, *others: Any) -> Formula:
        both = [self, *others][:: -1 if swap else 1]
        written = (str(x) if isinstance(x, Formula) else repr(float(x)) for x in both)
        return Formula(
            form.format(*written), float(compute(*(getattr(x, "start", x) for x in both)))
        )

    return method


_INFIX = {"add": "({} + {})", "sub": "({} - {})", "mul": "({} * {})", "truediv": "({} / {})"}
for _name, _form in (_INFIX | {"pow": "pow({}, {})"}).items():
    setattr(Formula, f"__{_name}__", _method(_form, getattr(operator, _name)))
    setattr(Formula, f"__r{_name}__", _method(_form, getattr(operator, _name), swap=True))
for _name in ("exp", "log", "sqrt", "floor"):  # NumPy calls these
    setattr(Formula, _name, _method(_name + "({})", getattr(np, _name)))
Formula.log10 = _method("(log({}) / LN10)", np.log10)  # type: ignore[attr-defined]
Formula.__abs__ = _method("abs({})", abs)  # type: ignore[attr-defined]
Formula.__neg__ = _method("(-{})", operator.neg)  # type: ignore[attr-defined]
for _name in ("lt", "le", "gt", "ge"):  # looks at the start alone: for checks, not for branches

    def _compare(self: Formula, other: Any, do: Any = getattr(operator, _name)) -> np.bool_:
        return np.bool_(do(self.start, getattr(other, "start", other)))

    setattr(Formula, f"__{_name}__", _compare)


def datum(column: str, start: float = 1.0) -> Formula:
    """A column of the chart's own rows, as a formula; `start` is a value that it may have."""
    return Formula(f"datum.{column}", start)


def when(test: str, yes: Any, no: Any) -> Formula:
    """One of two, by a test in Vega's words: ``when("N < D", "few", "many")``."""
    written = [str(x) if isinstance(x, Formula) else json.dumps(x) for x in (yes, no)]
    return Formula(f"({test} ? {written[0]} : {written[1]})", getattr(yes, "start", 1.0))


class Slider(Formula):
    """A number to move, and a formula of itself; `show` says it in words, as in ``{C:sci1}``.

    `drag` lets a pointer on the chart move it along a scale: "x", "y", or "log x" of a slider
    that holds the logarithm to base ten.
    """

    def __init__(
        self, name: str, low: float, high: float, step: float, start: float, label: str,
        show: str, drag: str = "",
    ) -> None:  # fmt: skip
        super().__init__(name, start)
        self.steps = low + step * np.arange(round((high - low) / step) + 1)
        self.told = {"kind": "slider", "name": name, "low": low, "high": high, "step": step}
        self.told |= {"start": start, "label": label, "show": show, "drag": drag}

    def look_up(self, values: Any) -> Formula:
        """What has no formula: one value computed at each of `steps`, as for an interval."""
        place = f"round(({self} - {self.told['low']!r}) / {self.told['step']!r})"
        return _pick(place, np.asarray(values, dtype=float).tolist(), len(self.steps))


class Choice(Formula):
    """One of several words, counted from zero, or a box to tick (no `options`): zero or one."""

    def __init__(self, name: str, options: Sequence[str], start: int, label: str) -> None:
        super().__init__(name, start)
        self.told = {"kind": "choice", "name": name, "options": list(options), "start": start}
        self.told |= {"label": label}

    def pick(self, values: Sequence[Any]) -> Formula:
        """The value or formula that belongs to the choice; every option has one."""
        return _pick(str(self), values, len(self.told["options"]) or 2)


def _pick(place: str, values: Sequence[Any], expected: int) -> Formula:
    if len(values) != expected:
        raise ValueError(f"expected {expected} values, one for each step, got {len(values)}")
    written = (str(x) if isinstance(x, Formula) else json.dumps(x) for x in values)
    return Formula(f"[{', '.join(written)}][{place}]", getattr(values[0], "start", values[0]))


class Button:
    """Sets inputs at a press, to numbers or formulas: ``Button("twice", logN=logN + 0.3)``."""

    def __init__(self, label: str, **sets: Any) -> None:
        self.sets = {name: str(to) for name, to in sets.items()}
        self.told: dict[str, Any] = {"kind": "button", "label": label}


@dataclass(frozen=True)
class Touch:
    """A chart of Altair that answers: its inputs, its results by name, and both in words.

    The chart may name inputs and results in its expressions. `say` is a sentence such as
    ``"**{N:count2} parameters**, {more:pct0} more"``, with the formats of `fmt`.
    """

    chart: Any
    inputs: Sequence[Slider | Choice | Button]
    results: Mapping[str, Formula]
    say: str
    hint: str = field(default="")

    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite: house style, and a signal for each input and result."""
        spec: dict[str, Any] = self.chart.to_dict()
        params: list[dict[str, Any]] = []
        for each in self.inputs:
            if isinstance(each, Formula):
                params.append({"name": str(each), "value": each.start, "bind": _bind(each.told)})
        params += [{"name": name, "expr": str(to)} for name, to in self.results.items()]
        for name, to in self._presses().items():
            params.append({"name": name, "expr": to})
        spec["params"] = params + spec.get("params", [])
        spec["config"] = CONFIG
        return spec

    def card(self) -> dict[str, Any]:
        """All that the page needs, as plain values."""
        names = {str(i) for i in self.inputs if isinstance(i, Formula)} | set(self.results)
        said = [self.say, *(i.told.get("show", "") for i in self.inputs)]
        for text in said:
            left = _SPEC.sub(lambda m: "" if m[1] in names else m[0], text)
            if "{" in left or "}" in left:
                raise ValueError(f"no such result or format: {left!r}; results are {names}")
        spec = self.spec()
        for param in spec["params"]:
            param.pop("bind", None) if param["name"] in names else None
        inputs = [dict(each.told) for each in self.inputs]
        for k, each in enumerate(self.inputs):
            if isinstance(each, Button):
                inputs[k]["sets"] = {name: f"press_{k}_{name}" for name in each.sets}
        text = json.dumps(spec)
        dark = {light: to for light, to in DARK.items() if light in text}
        return {
            "spec": spec, "inputs": inputs, "results": list(self.results), "say": self.say,
            "hint": self.hint, "dark": dark,
        }  # fmt: skip

    def _presses(self) -> dict[str, str]:
        buttons = [(k, each) for k, each in enumerate(self.inputs) if isinstance(each, Button)]
        return {f"press_{k}_{name}": to for k, b in buttons for name, to in b.sets.items()}


def _bind(told: dict[str, Any]) -> dict[str, Any]:
    """The input as Vega draws it itself, where there is no page around the chart."""
    label = {"name": told["label"] + " "}
    if told["kind"] == "slider":
        return {"input": "range", "min": told["low"], "max": told["high"], **label} | {
            "step": told["step"]
        }
    if not told["options"]:
        return {"input": "checkbox", **label}
    options = list(range(len(told["options"])))
    return {"input": "select", "options": options, "labels": told["options"], **label}
