"""Published constants by name: the exact value, the printed digits, the place.

A set belongs together: one table, equation or figure of one paper. The papers print several
values for one symbol: Kaplan's N_c is 8.8e13 in Table 5, 6.4e13 in Table 2, 6.5e13 in Table 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Literal, get_args, overload

from scaling_utils.check import one_of
from scaling_utils.constants import Constant as Constant
from scaling_utils.constants import constant as constant
from scaling_utils.constants import constants as constants
from scaling_utils.constants import sets as sets
from scaling_utils.laws import (
    Allocation,
    ChinchillaLaw,
    CriticalBatch,
    KaplanND,
    KaplanNS,
    Law,
    PowerLaw,
    PowerWithFloor,
)
from scaling_utils.laws.repeated import RepeatedData
from scaling_utils.units import PF_DAY

PowerLawName = Literal[
    "kaplan2020/L(N)",
    "kaplan2020/L(D)",
    "kaplan2020/L(C)",
    "kaplan2020/L(C_min)",
    "kaplan2020/L(C) Fig. 13",
    "kaplan2020/L(C_min) Fig. 13",
]
KaplanNSName = Literal["kaplan2020/L(N,S)", "kaplan2020/L(N,S) Table 5"]
CriticalBatchName = Literal["kaplan2020/B_crit", "kaplan2020/B_crit Eq. 5.3"]
ChinchillaName = Literal[
    "hoffmann2022/printed",
    "hoffmann2022/tex",
    "besiroglu2024",
    "muennighoff2023",
    "sardana2023",
    "sardana2023/Table 1 up to 100",
    "sardana2023/Table 1 up to 250",
    "sardana2023/Table 1 up to 500",
    "sardana2023/Table 1 all",
    "devries2023",
    "gadre2024/C4",
    "gadre2024/RedPajama",
    "gadre2024/RefinedWeb",
]

_KINDS: dict[str, type[Law]] = {
    **dict.fromkeys(get_args(PowerLawName), PowerLaw),
    "kaplan2020/L(N,D)": KaplanND,
    **dict.fromkeys(get_args(KaplanNSName), KaplanNS),
    **dict.fromkeys(get_args(CriticalBatchName), CriticalBatch),
    "kaplan2020/allocation": Allocation,
    **dict.fromkeys(get_args(ChinchillaName), ChinchillaLaw),
}

# A power law calls its constants scale and exponent; the paper has a letter for each.
_POWER_SYMBOLS = {
    "N": ("N_c", "alpha_N"),
    "D": ("D_c", "alpha_D"),
    "C": ("C_c", "alpha_C"),
    "C_min": ("C_c_min", "alpha_C_min"),
}


@overload
def law(name: PowerLawName) -> PowerLaw: ...
@overload
def law(name: Literal["kaplan2020/L(N,D)"]) -> KaplanND: ...
@overload
def law(name: KaplanNSName) -> KaplanNS: ...
@overload
def law(name: CriticalBatchName) -> CriticalBatch: ...
@overload
def law(name: Literal["kaplan2020/allocation"]) -> Allocation: ...
@overload
def law(name: ChinchillaName) -> ChinchillaLaw: ...
@overload
def law(name: str) -> Law: ...
def law(name: str) -> Law:
    """Return a published law, one of `names()`, with all constants from one place.

    Its `source` names the paper and the table; compute printed in PF-days is converted.

    >>> law("kaplan2020/L(N,D)").source
    'Kaplan et al. 2020, Table 2'
    >>> f"{law('besiroglu2024').tokens_per_parameter(5.76e23):.1f}"
    '18.4'
    """
    kind: Callable[..., Law] = _KINDS[one_of("published law", name, _KINDS)]
    values: dict[str, Any] = {}
    if kind is PowerLaw:
        held = {c.symbol for c in constants(name)}
        values["variable"] = next(v for v, pair in _POWER_SYMBOLS.items() if held.issuperset(pair))
        symbols = dict(zip(("scale", "exponent"), _POWER_SYMBOLS[values["variable"]], strict=True))
    elif name.startswith("gadre2024/"):  # printed in compute and ratio
        kind, symbols = ChinchillaLaw.from_ratio_form, {s: s for s in ("E", "a", "b", "eta")}
    else:
        symbols = {f.name: f.name for f in fields(_KINDS[name]) if f.name != "source"}
    used = {field: constant(name, symbol) for field, symbol in symbols.items()}
    sources = {c.source for c in used.values()}
    if len(sources) > 1:
        raise ValueError(
            f"the constants of {name!r} stand in different places ({', '.join(sorted(sources))}); "
            "a law takes all of its constants from one"
        )
    values |= {field: _in_base_unit(c) for field, c in used.items()}
    return kind(**values | {"source": sources.pop()})


def repeated_data() -> RepeatedData:
    """Return the law of repeated data of Muennighoff et al. 2023, with its decay constants."""
    R_D, R_N = (constant("muennighoff2023", f"R_{x}_star") for x in "DN")
    return RepeatedData(law("muennighoff2023"), R_D.value, R_N.value, R_D.source)


def figure_20() -> tuple[PowerWithFloor, ...]:
    """Return the six fits of Kaplan et al. 2020, Figure 20, the smallest model first."""
    curves = [constants(name) for name in sets() if name.startswith("kaplan2020/Fig. 20 curve ")]
    held = [({c.symbol: c.value for c in curve}, curve[0].source) for curve in curves]
    laws = (PowerWithFloor(c["floor"], c["scale"], c["exponent"], "T", at) for c, at in held)
    return tuple(sorted(laws, key=lambda law: -law.E))


def names() -> list[str]:
    """Return the names of the published laws, sorted."""
    return sorted(_KINDS)


def _in_base_unit(c: Constant) -> float:
    return c.value * PF_DAY if c.unit == "PF-days" else c.value
