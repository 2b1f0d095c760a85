"""What every result of the measured study has in common: how it was got, and its tables."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from scaling_utils._validate import FloatArray, between
from scaling_utils.bootstrap.result import Interval

OK = "ok"

MOST_LEFT_OUT = 0.1
"""No interval is given if a larger share of the draws has no value: it would hide the doubt."""


@dataclass(frozen=True, eq=False)
class Result:
    """How a result was obtained, and what a user of it should know.

    Attributes
    ----------
    status : str
        "ok", or a word for what is wrong.
    method : str
        How the numbers were found.
    points : int
        How many points were used.
    left_out : int
        Runs of the study that could not be used: they diverged, or hold no number.
    notes : tuple of str
        What else a user should know.
    """

    status: str
    method: str
    points: int
    left_out: int
    notes: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables of the result, by name."""
        return {}

    def numbers(self) -> dict[str, Interval]:
        """The numbers of the result with their intervals, by name."""
        return {}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, ready for `json.dumps`; what is not a number becomes None."""
        return {
            "kind": type(self).__name__,
            "status": self.status,
            "method": self.method,
            "points": self.points,
            "left_out": self.left_out,
            "notes": list(self.notes),
            "numbers": {k: _plain(vars(v)) for k, v in self.numbers().items()},
            "tables": {
                k: [_plain(r) for r in t.to_dict("records")] for k, t in self._plain_rows()
            },
        }

    def _plain_rows(self) -> list[tuple[str, pd.DataFrame]]:
        return list(self.tables().items())

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(str(found))}</td></tr>"
            for name, found in self.numbers().items()
        )
        numbers = f"<table><tbody>{rows}</tbody></table>" if rows else ""
        shown = "".join(
            t.to_html(index=False, float_format="{:.5g}".format) for t in self.tables().values()
        )
        said = [self.method, f"{self.points} points", *self.notes]
        if self.left_out:
            said.append(f"{self.left_out} runs are left out")
        notes = "".join(f"<p>{escape(s[0].upper() + s[1:])}.</p>" for s in said if s)
        heading = f"{type(self).__name__}: {self.status}"
        return f"<p><strong>{escape(heading)}</strong></p>{numbers}{shown}{notes}"


def quantile_interval(estimate: float, draws: FloatArray, level: float = 0.95) -> Interval:
    """An estimate with the quantiles of its draws.

    Draws that are NaN have no value. They are left out and counted; if they are more than a
    tenth, there is no interval: its ends are NaN.

    Examples
    --------
    >>> print(quantile_interval(0.5, np.linspace(0.4, 0.6, 101), 0.8))
    0.5 (0.42 to 0.58, 80 %)
    >>> print(quantile_interval(0.5, np.array([0.4, 0.5, 0.6, np.nan]), 0.8))
    0.5 (nan to nan, 80 %; 1 of 4 resamples left out)
    """
    share = float(between("level", level, 0.0, 1.0))
    good = draws[np.isfinite(draws)]
    left_out = int(draws.size - good.size)
    if not good.size or good.size < (1.0 - MOST_LEFT_OUT) * draws.size:
        return Interval(float(estimate), math.nan, math.nan, share, int(good.size), left_out)
    low, high = np.quantile(good, [0.5 - share / 2.0, 0.5 + share / 2.0])
    return Interval(float(estimate), float(low), float(high), share, int(good.size), left_out)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_plain(row) for row in table.to_dict("records")]


def _plain(values: dict[Any, Any]) -> dict[str, Any]:
    return {str(name): _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    item = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(item, float) and not math.isfinite(item) else item
