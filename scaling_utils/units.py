"""Units of compute, and records whose numbers carry their units.

Everywhere in this package compute is in FLOPs, model size in parameters, data and batch in tokens,
and loss in nats per token. Kaplan et al. print compute in PF-days: times `PF_DAY` it is in FLOPs.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from typing import Any, ClassVar

import numpy as np

PF_DAY = 1e15 * 24 * 3600
"""FLOPs in one PF-day: 8.64e19 (Kaplan et al. 2020, Section 1.3)."""

FLOPS_PER_PARAMETER_TOKEN = 6.0
"""Training FLOPs per parameter and token: 2 forward, 4 backward (Kaplan Section 2.1)."""


def unit(text: str, lowest: str = "positive") -> dict[str, str]:
    """Metadata of a number's field: unit, and what it may be, positive, non-negative or any."""
    return {"unit": text, "lowest": lowest}


@dataclass(frozen=True)
class Record:
    """A frozen result whose numbers carry units, as a dictionary or as a table."""

    equation: ClassVar[str] = ""  # in LaTeX

    def units(self) -> dict[str, str]:
        """Return the unit of each number, by field name, in the order of the fields."""
        return {f.name: f.metadata["unit"] for f in fields(self) if "unit" in f.metadata}

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values, ready for `json.dumps`."""
        said: dict[str, Any] = {"kind": type(self).__name__}
        if self.equation:
            said["equation"] = self.equation
        return said | {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    def _repr_html_(self) -> str:
        units = self.units()
        heading = [f"<strong>{escape(type(self).__name__)}</strong>"]
        if self.equation:
            # By the class the book finds it and sets it; JupyterLab finds it anyway.
            heading.append(rf'<span class="math">\({escape(self.equation)}\)</span>')
        others = [f.name for f in fields(self) if f.name not in units]
        heading += [f"{name}: {escape(str(getattr(self, name)))}" for name in others]
        cells = ((name, _shown(getattr(self, name)), escape(units[name])) for name in units)
        rows = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
        return (
            f"<table><caption>{' · '.join(heading)}</caption>"
            "<thead><tr><th>symbol</th><th>value</th><th>unit</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    return value.tolist() if isinstance(value, np.ndarray) else value


def _shown(value: Any) -> str:
    array = np.ravel(value)
    said = ", ".join(f"{number:.6g}" for number in array[:6])
    return said if array.size <= 6 else f"{said}, … ({array.size} values)"
