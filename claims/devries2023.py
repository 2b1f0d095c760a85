"""Claims of de Vries 2023, *Go smol or go home*, a blog post about smaller models."""

import math

from claims.comparison import agrees
from claims.recompute import Recipe, Recomputed, digits
from scaling_utils.laws import ChinchillaLaw, training_flops
from scaling_utils.laws.chinchilla import data_ratio, size_overhead
from scaling_utils.published import constant, law

_TABLE = {
    "2.21e19": ("0.40", "9.22", "22.28", "63.20"),
    "1.62e20": ("0.99", "27.20", "65.70", "186.35"),
    "2.46e22": ("9.87", "415.53", "1003.77", "2847.27"),
    "1e23": ("18.73", "889.63", "2149.02", "6095.86"),
    "1.71e24": ("68.60", "4154.24", "10035.16", "28465.50"),
}
"""The table of models: FLOPs; billion parameters of the best model, billion tokens that it reads,
and that models of half and of 30 % of its size read for the same loss."""


def _llama() -> tuple[float, float]:
    return digits("6.9e9"), digits("1e12")


def _santacoder() -> tuple[float, float]:
    return digits("1.1e9"), digits("236e9")


def _law() -> ChinchillaLaw:
    return law("devries2023")


def _data(C: float, size_ratio: float) -> float:
    """Billion tokens with which a smaller model reaches the loss of the best one for C."""
    return float(_law().D_opt(C)) * float(data_ratio(_law(), size_ratio)) / 1e9


def _overhead(size_ratio: float) -> float:
    return 100 * float(size_overhead(_law(), size_ratio))


def _cut(value: float) -> Recomputed:
    """A number whose fraction may have been cut off."""
    return Recomputed(value, from_rounded=math.floor(value))


def _overhead_of(N: float, D: float) -> float:
    return 100 * (1 / float(_law().compute_efficiency(N, D)) - 1)


def _size_ratio(N: float, D: float) -> float:
    """Size over that of the best model of the same loss."""
    return N / float(_law().N_opt(float(_law().equivalent_compute(N, D))))


def _cells_of_the_table() -> float:
    agree = 0
    for flops, cells in _TABLE.items():
        C = float(flops)
        size = float(_law().N_opt(C)) / 1e9
        found = (size, *(_data(C, ratio) for ratio in (1.0, 0.5, 0.3)))
        agree += sum(agrees(value, cell) for value, cell in zip(found, cells, strict=True))
    return float(agree)


VALUES: dict[str, Recipe] = {
    "devries-table": _cells_of_the_table,
    "devries-overhead-three-quarters": lambda: _overhead(0.75),
    "devries-overhead-half": lambda: _cut(_overhead(0.5)),
    "devries-overhead-quarter": lambda: _cut(_overhead(0.25)),
    "devries-overhead-sixty": lambda: _overhead(0.6),
    "devries-overhead-forty": lambda: _overhead(0.4),
    "devries-critical-size-overhead": lambda: _overhead(
        constant("devries2023", "critical_size").value
    ),
    "devries-llama-compute": lambda: training_flops(*_llama()),
    "devries-llama-best-size": lambda: float(_law().N_opt(float(training_flops(*_llama())))) / 1e9,
    "devries-llama-best-data": lambda: _law().D_opt(float(training_flops(*_llama()))),
    "devries-llama-size-ratio": lambda: _size_ratio(*_llama()),
    "devries-llama-overhead": lambda: _overhead_of(*_llama()),
    "devries-santacoder-best-size": lambda: (
        float(_law().N_opt(float(training_flops(*_santacoder())))) / 1e9
    ),
    "devries-santacoder-best-data": lambda: (
        float(_law().D_opt(float(training_flops(*_santacoder())))) / 1e9
    ),
    "devries-santacoder-size-ratio": lambda: _size_ratio(*_santacoder()),
    "devries-santacoder-overhead": lambda: _overhead_of(*_santacoder()),
}
