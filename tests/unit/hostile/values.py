"""What is handed in at the doors: good values by name, and hostile ones of all kinds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from scaling_utils.laws import ChinchillaLaw, CriticalBatch, KaplanNS
from scaling_utils.transformer import Architecture

LAW = ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28)
LEARNING = KaplanNS(8.8e13, 2.1e3, 0.076, 0.76)
BATCH = CriticalBatch(2.1e8, 0.21)
SHAPE = Architecture.hoffmann(512, 8, 8, 64)

GOOD: dict[str, Any] = {
    "N": 1e9,
    "D": 2e10,
    "C": 1e21,
    "loss": 2.9,
    "M": 20.0,
    "x": 1e9,
    "S_min": 1e4,
    "B": 1e6,
    "ratio": 2.0,
    "size_ratio": 1.5,
    "excess": 0.05,
    "overfitting": 0.02,
    "times": 2.0,
    "extra_compute": 0.2,
    "f": 0.1,
    "f_other": 0.02,
    "reference": 20.0,
    "epochs": 4.0,
    "unique": 5e9,
    "inference_tokens": 1e12,
    "C_min": 1e19,
    "flops_per_parameter_token": 6.0,
    "E": 1.7,
    "A": 400.0,
    "alpha": 0.3,
    "beta": 0.3,
    "scale": 8.8e13,
    "exponent": 0.076,
    "a": 212.0,
    "b": 367.0,
    "eta": 0.136,
    "variable": "N",
    "source": "here",
    "N_c": 8.8e13,
    "D_c": 5.4e13,
    "S_c": 2.1e3,
    "alpha_N": 0.076,
    "alpha_D": 0.095,
    "alpha_S": 0.76,
    "B_star": 2.1e8,
    "alpha_B": 0.21,
    "R_D_star": 15.0,
    "R_N_star": 5.0,
    "N_e": 1.3e9,
    "p_N": 0.73,
    "B_e": 2e6,
    "p_B": 0.24,
    "S_e": 5.4e3,
    "p_S": 0.03,
    "D_e": 2e10,
    "p_D": 0.27,
    "budgets": [1e19, 1e20],
    "tolerance": 0.1,
    "curve": "parabola",
    "y": [1e9, 3e9],
    "level": 0.9,
    "axis": -1,
    "d_model": 512,
    "n_layers": 8,
    "n_heads": 8,
    "kv_size": 64,
    "d_ff": 2048,
    "vocab": 32000,
    "context": 2048,
    "value": 1.4e12,
    "spec": ".3g",
    "interval": (1.0, 2.0),
    "name": "kaplan2020/L(N,D)",
    "symbol": "alpha_N",
    "text": "2.7",
    "law": LAW,
    "critical_batch": BATCH,
    "shape": SHAPE,
    "vocabulary_terms": True,
    "training": True,
    "printed": "70e9",
    "laws": [LAW, LAW],
    "values": [1.0, 2.0, 3.0],
    "formula": float,
}
"""A value that is taken everywhere, by the name of the argument."""

KINDS = {"KaplanNS": LEARNING, "CriticalBatch": BATCH, "ChinchillaLaw": LAW}
"""A law of the kind that an argument asks for."""

_N, _D = np.repeat([1e8, 3e8, 1e9, 3e9], 4), np.tile([1e9, 4e9, 2e10, 9e10], 4)
_GRID = {"N": _N, "D": _D, "loss": np.asarray(LAW.loss(_N, _D)), "C": 6 * _N * _D}
COLUMNS = {
    "isoflop.isoflops": {**_GRID, "budgets": [1e19, 1e20], "tolerance": 0.8},
    "power_fit.fit_power": {"x": [1e18, 1e20, 1e22], "y": [1e8, 1e9, 1e10]},
}
"""What doors take that want a column of each."""

EXTREME = (0.0, -0.0, -1.0, 5e-324, -5e-324, 2.3e-308, 1e-160, 1e160, 1.7e308, -1.7e308, 1e-30)
EXTREME += (np.nan, np.inf, -np.inf, 1.0, 2.5, 1e12)

# Each is made anew, so that what a door does to one does not reach the next.
ODD: dict[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "a true": lambda: True,
    "a false of numpy": lambda: np.bool_(False),
    "an object": object,
    "a class": lambda: float,
    "a function": lambda: len,
    "a formula of a table": lambda: "=1+1",
    "an empty text": lambda: "",
    "a number as text": lambda: "70e9",
    "a zero byte": lambda: "\x00",
    "bytes": lambda: b"1e9",
    "a date": lambda: date(2022, 3, 29),
    "a time": lambda: datetime(2022, 3, 29),
    "a duration": lambda: timedelta(days=1),
    "no time": lambda: pd.NaT,
    "no value": lambda: pd.NA,
    "a date of numpy": lambda: np.datetime64("2022-03-29"),
    "a complex number": lambda: 1e9 + 1j,
    "a decimal": lambda: Decimal("1e9"),
    "a decimal that is none": lambda: Decimal("NaN"),
    "a huge decimal": lambda: Decimal("1e400"),
    "a fraction": lambda: Fraction(10**9, 3),
    "a huge number": lambda: 10**400,
    "a huge negative number": lambda: -(10**400),
    "a very large count": lambda: 10**12,
    "a list": list,
    "a list of a list": lambda: [[]],
    "a ragged list": lambda: [[1e9, 2e9], [3e9]],
    "a list of lists": lambda: [[1e9, 2e9], [3e9, 4e9]],
    "a mixed list": lambda: [1e9, "2e9", None],
    "a dictionary": lambda: {"N": 1e9},
    "an empty dictionary": dict,
    "a set": lambda: {1e9, 2e9},
    "an iterator": lambda: iter([1e9]),
    "a range": lambda: range(1, 4),
    "a masked number": lambda: np.ma.masked,
    "a masked array": lambda: np.ma.masked_array([1e9, 1e20, 2e9], mask=[0, 1, 0]),
    "objects": lambda: np.array([1e9, None, "x"], dtype=object),
    "records": lambda: np.array([(1.0, 2.0)], dtype=[("N", float), ("D", float)]),
    "no dimension": lambda: np.array(1e9),
    "no rows": lambda: np.empty((0, 3)),
    "three dimensions": lambda: np.full((2, 1, 3), 1e9),
    "not contiguous": lambda: np.geomspace(1e8, 1e10, 8)[::-3],
    "half precision": lambda: np.array([1e3, np.inf], dtype=np.float16),
    "single precision": lambda: np.array([1e9, 3e38], dtype=np.float32),
    "small whole numbers": lambda: np.array([255, 1], dtype=np.uint8),
    "large whole numbers": lambda: np.array([2**63 - 1, 1]),
    "wide numbers": lambda: np.array([1e9], dtype=np.longdouble),
    "a series": lambda: pd.Series([1e9, 2e9], index=[5, 3]),
    "a series of text": lambda: pd.Series(["a", "b"], dtype="string"),
    "a series with gaps": lambda: pd.Series([1, None], dtype="Int64"),
    "categories": lambda: pd.Categorical([1.0, 2.0]),
    "zones": lambda: pd.Series(pd.to_datetime(["2022-03-29"], utc=True)),
    "a table": lambda: pd.DataFrame({"N": [1e9, 2e9], "D": [1e10, 2e10]}),
    "an index": lambda: pd.Index([1e9, 2e9]),
    "a matrix": lambda: np.ones((200, 3)),
    "a law": lambda: LAW,
    "a law of many": lambda: ChinchillaLaw.stack([LAW, LAW, LAW]),
}


ODD_KINDS = sorted(ODD)
FACTORS = (1e-18, 1e-9, 1e-6, 1e-3, 0.5, 1.0, 2.0, 1e3, 1e6, 1e9, 1e18)
SHAPES: tuple[Callable[[float], Any], ...] = (
    float,
    np.float32,
    np.array,
    lambda x: [x, 2 * x],
    lambda x: np.array([[x], [2 * x], [3 * x]]),
    lambda x: np.array([x, x * 1.5, x * 2], dtype=np.float32),
    lambda x: pd.Series([x, 2 * x], index=[1, 0]),
    lambda x: np.broadcast_to(np.float64(x), (3,)),
    lambda x: Decimal(repr(float(x))),
)

ODD_VALUES = st.sampled_from(ODD_KINDS).map(lambda kind: ODD[kind]())
"""What is no number, or an unusual list of numbers."""

TEXTS = st.text(max_size=6)

_POSITIVE = st.floats(5e-324, 1.7e308)
_FEW = st.lists(_POSITIVE | st.sampled_from(EXTREME), min_size=1, max_size=4)
NUMBERS = (
    st.sampled_from(EXTREME)
    | st.floats()
    | st.integers(-(10**30), 10**30)
    | _POSITIVE
    | _FEW
    | _FEW.map(np.array)
    | _FEW.map(lambda x: np.array(x)[:, np.newaxis])
)
"""Numbers of any size, one or several of them in some shape."""


def off(value: float) -> st.SearchStrategy[Any]:
    """A good number in another unit, or as an array of another kind or shape."""
    both = st.tuples(st.sampled_from(SHAPES), st.sampled_from(FACTORS))
    return both.map(lambda drawn: drawn[0](value * drawn[1]))


def hostile(good: Any) -> st.SearchStrategy[Any]:
    """What an argument may be given in place of a good value."""
    if isinstance(good, str):
        return ODD_VALUES | TEXTS
    if callable(good):
        return st.just(good)
    near = [off(good)] if isinstance(good, int | float) else []
    return st.one_of(NUMBERS, ODD_VALUES, TEXTS, *near)


@st.composite
def arguments(draw: st.DrawFn, good: dict[str, Any]) -> dict[str, Any]:
    """Values for all arguments of a door, one or two of them hostile."""
    names = st.sampled_from([*good])
    return good | {name: draw(hostile(good[name])) for name in sorted({draw(names), draw(names)})}
