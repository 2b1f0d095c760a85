"""Formulas of the text are those of the package: each is computed as it stands, and compared."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from latex import evaluate
from typed import NOTEBOOKS, prose_of

from reanalysis.counting import Counting, SizeRelation
from reanalysis.data_growth import crossing
from reanalysis.refit import refit
from scaling_utils import published, transformer
from scaling_utils.laws.chinchilla import efficiency_of_size
from scaling_utils.laws.convergence import (
    EfficientTraining,
    compare_convergence,
    compute_ratio,
    steps_ratio,
)
from scaling_utils.laws.lifetime import total_flops
from scaling_utils.units import PF_DAY

Values = Mapping[str, float]
N, D, C, S, X, K, USE = 3e9, 5e10, 1e21, 7e4, 0.03, 1.7, 2e11

STATED = {
    ("01", r"(\frac{S}{S_{\min}}-1)(\frac{E}{E_{\min}}-1)"),  # it defines the critical batch
    ("02", r"\frac{\mathrm{d}\lna}{\mathrm{d}\lnN}"),  # steps of a proof
    ("02", r"\frac{\mathrm{d}\lnb}{\mathrm{d}\lnN}"),
    ("02", r"\frac{\mathrm{d}L}{\mathrm{d}N}"),
    ("02", r"\alpha_Sb"),
    ("03", "p_N+p_B+p_S"),
    ("03", "p_D"),
    ("04", "L'"),  # forms that are fitted
    ("04", "L(T)"),
    ("05", "N_{opt}(C),D_{opt}(C)"),  # what the others solve
    ("07", r"\delta"),
    ("11", r"ak_N^{-\alpha}+bk_D^{-\beta}"),
    ("11", r"\text{cost}"),
}
"""Equations that nothing in the package computes: definitions, and steps towards another."""


def equations(text: str) -> list[tuple[str, str]]:
    """The two sides of each displayed equation, left without blanks and right its last part."""
    found = []
    for block in re.findall(r"\$\$(.+?)\$\$", text, re.S):
        inside = re.sub(r"\\(begin|end)\{\w+\}", "", block)
        inside = re.sub(r"\\\\\s*&\s*(?=[-+])", " ", inside)  # the same equation goes on
        for part in re.split(r"\\\\(?:\[[^\]]*\])?|\\qquad|,\s*\\quad|\\quad", inside):
            left, equal, right = part.replace("{}", "").partition("=")
            key = re.sub(r"[\s&]|\\[,;!]|\\left|\\right", "", left).strip(",.")
            if equal:
                found.append((key, right.rpartition("=")[2].strip(" &,.\n")))
    return found


ALL = [
    (path.name[:2], left, right)
    for path in NOTEBOOKS
    for _, text in prose_of(path)
    for left, right in equations(text)
]


def constants(law: Any, **more: float) -> dict[str, float]:
    """A law's constants by their names in the text, with others."""
    names = {"B_star": "B_*", "R_D_star": "R_D*", "R_N_star": "R_N*"}
    held = vars(law).items()
    own = {names.get(name, name): value for name, value in held if isinstance(value, float)}
    return own | more


@cache
def known() -> dict[str, list[tuple[Values, float]]]:
    """What stands left of an equation -> the values to put in at its right, and what comes out.

    Several laws may have the same left side.
    """
    ours = refit().law
    nd, ns = (published.law(f"kaplan2020/L({name})") for name in ("N,D", "N,S"))
    batch = published.law("kaplan2020/B_crit")
    training, allocation = EfficientTraining(ns, batch), published.law("kaplan2020/allocation")
    powers = {symbol: published.law(f"kaplan2020/L({symbol})") for symbol in ("N", "D", "C")}
    compute, data = (published.law(f"kaplan2020/L({symbol})") for symbol in ("C_min", "D"))
    both = compare_convergence(ns, f_other=X, f=0.2)
    ends = {"f": 0.2, "f'": X, "N": both.size_ratio, "N'": 1, "S": both.steps_ratio, "S'": 1}
    exponents = {"alpha_N": ns.alpha_N, "alpha_B": batch.alpha_B, "alpha_S": ns.alpha_S}
    exponents |= {"alpha_C": training.alpha_C}
    repeated = published.repeated_data()
    fits = repeated.law.optimal_parameters_for(D)
    best, counted = ours.optimal(C), Counting(SizeRelation(200.0))
    s = counted.relation.share(N)
    tau, slope = 1 - 2 * s / 3, 4 * s * (1 - s) / 9
    shape = transformer.Architecture.kaplan(7, 96)
    theirs, E = constants(ours, a=ours.a, b=ours.b, G=ours.G), ours.E
    pair = {"N_Ch": N, "D_Ch": 3 * D, "D": D}
    crossed = crossing(compute, data, allocation)
    at = SimpleNamespace(L=best.loss, size=ours.terms(best.N, best.D)[1:])
    found = {
        f"L({x})": [({f"{x}_c": p.scale, f"alpha_{x}": p.exponent, x: N}, p.loss(N))]
        for x, p in powers.items()
    }
    return found | {
        "L(N,D)": [
            (constants(nd, N=N, D=D), nd.loss(N, D)),
            (constants(ours, N=N, D=D), ours.loss(N, D)),
        ],
        "L": [
            (constants(ns, N=N, S=S), ns.loss(N, S)),
            (constants(ours, N=N, D=D), ours.loss(N, D)),
            (constants(ns, a=ns.converged_loss(N)), ns.converged_loss(N) * (1 + training.excess)),
        ],
        r"B_{\mathrm{crit}}(L)": [(constants(batch, L=2.5), batch.size(2.5))],
        r"\frac{N}{N'}": [(constants(ns) | ends, both.size_ratio)],
        r"\frac{S}{S'}": [(constants(ns) | ends, both.steps_ratio)],
        r"\frac{C}{C'}": [(ends, both.compute_ratio)],
        r"\frac{S(r)}{S(1)}": [(constants(ns, r=K), steps_ratio(ns, K))],
        r"\frac{C(r)}{C(1)}": [({"r": K, "T": steps_ratio(ns, K)}, compute_ratio(ns, K))],
        "C": [({"N": N, "D": D}, best.C / best.N / best.D * N * D)],
        r"\deltaL": [(constants(nd, N=N, D=D), nd.overfitting(N, D))],
        "p_N": [(exponents, training.exponents.N)],
        "p_B": [(exponents, training.exponents.B)],
        "p_S": [(exponents, training.exponents.S)],
        r"\frac{1}{\alpha_C}": [(exponents, 1 / training.alpha_C)],
        r"\lnC^*": [
            (
                {
                    "alpha_C": compute.exponent,
                    "C_c": compute.scale / PF_DAY,
                    "alpha_D": data.exponent,
                }
                | {"D_c": data.scale, "D_e": allocation.D_e, "p_D": allocation.p_D},
                math.log(crossed.C_min / PF_DAY),
            )
        ],
        "k": [({"x": X, "alpha": powers["N"].exponent}, powers["N"].worth(X))],
        "N": [({"n_layer": 7, "d_model": 96}, transformer.kaplan_parameters(shape))],
        "a": [(theirs, ours.a)],
        "u": [(theirs | {"k": K}, efficiency_of_size(ours, K))],
        r"\frac{D_{opt}}{N_{opt}}": [(theirs | {"C": C}, ours.tokens_per_parameter(C))],
        "G": [(theirs, ours.G)],
        "N_T": [({"omega": 200.0, "N": N}, counted.relation.total(N))],
        "g": [(constants(ours, tau=tau) | {"tau'": slope}, counted.exponent(ours, N))],
        r"\tau": [({"s": s}, tau)],
        r"\tau'": [({"s": s}, slope)],
        r"L(\infty,D)": [(constants(ours, D=D), ours.loss_infinite_model(D))],
        r"L_{\text{Ch}}-L(\infty,D)": [
            (theirs | pair, ours.loss(N, 3 * D) - ours.loss_infinite_model(D))
        ],
        "D'": [
            (constants(repeated, U_D=D, R_D=K - 1), repeated.effective_data(K * D, D)),
        ],
        "N'": [
            (constants(repeated, U_N=fits, R_N=K - 1), repeated.effective_parameters(K * fits, D)),
        ],
        r"\frac{A}{N_0^{\alpha}}": [({"a": ours.a, "L": at.L, "E": E}, at.size[0])],
        r"\frac{B}{D_0^{\beta}}": [({"b": ours.b, "L": at.L, "E": E}, at.size[1])],
        r"\text{bill}": [({"N": N, "D": D, "I": USE}, total_flops(N, D, USE))],
    }


def gives(left: str, right: str) -> list[tuple[float, float] | ValueError]:
    """What the right side gives with each law's constants, and what the package says."""
    found: list[tuple[float, float] | ValueError] = []
    for values, expected in known()[left]:
        try:
            found.append((evaluate(right.replace(r"\frac{S(r)}{S(1)}", "T"), values), expected))
        except ValueError as error:  # another law's: it has other constants
            found.append(error)
    return found


def holds(left: str, right: str) -> bool:
    pairs = [pair for pair in gives(left, right) if isinstance(pair, tuple)]
    return any(got == pytest.approx(expected) for got, expected in pairs)


COMPUTED = [each for each in ALL if each[:2] not in STATED]


@pytest.mark.parametrize(("chapter", "left", "right"), COMPUTED, ids=lambda part: part[:40])
def test_a_formula_gives_what_the_package_gives(chapter, left, right):
    """A new kind of formula gets its line in `known`, or in `STATED` if nothing computes it."""
    assert holds(left, right), (
        f"chapter {chapter}: {left} = {right} is not what the package computes: "
        f"{gives(left, right)}"
    )


def test_equations_that_are_only_stated_are_there():
    assert {(chapter, left) for chapter, left, _ in ALL} >= STATED


def test_a_formula_upside_down_or_with_another_sign_is_found():
    tried = 0
    for _, left, right in COMPUTED:
        turned = re.sub(r"\\frac(\{[^{}]*\})(\{[^{}]*\})", r"\\frac\2\1", right, count=1)
        for wrong in (turned, right.replace("+", "-"), right.replace("^{-", "^{")):
            if wrong != right:
                tried += 1
                assert not holds(left, wrong), f"{left} = {wrong} passes for {right}"
    assert tried > 30
