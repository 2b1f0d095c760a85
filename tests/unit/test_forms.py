"""Every form of law: derivatives, known answers, and SciPy and lmfit as second opinions."""

from __future__ import annotations

from dataclasses import replace

import lmfit
import numpy as np
import pytest
from scipy.optimize import least_squares

from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.fit import fit_law
from scaling_utils.fitting.forms import FORMS, Constraints
from scaling_utils.fitting.jets import Jet, variables
from scaling_utils.fitting.resample import bootstrap
from scaling_utils.laws import (
    ChinchillaLaw,
    KaplanND,
    KaplanNS,
    PowerWithFloor,
    UnreachableLossError,
)
from scaling_utils.laws.repeated import RepeatedData

SIZES, LENGTHS = np.geomspace(5e7, 1.6e10, 7), np.geomspace(1e9, 3e11, 5)
N, D = np.repeat(SIZES, 5), np.tile(LENGTHS, 7)
S = np.tile(np.geomspace(5e3, 2e5, 5), 7)
UNIQUE = np.minimum(D, np.tile([1e9, 1e9, 3e9, 2e9, 1e10, 4e10, 3e11], 5))
LAWS = {
    "chinchilla": ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37),
    "kaplan-nd": KaplanND(6.4e13, 1.8e13, 0.076, 0.103),
    "kaplan-ns": KaplanNS(6.5e13, 2.1e3, 0.077, 0.76),
    "power": PowerWithFloor(1.7, 400.0, 0.3, "N"),
    "repeated": RepeatedData(ChinchillaLaw(1.87, 521.0, 1488.0, 0.35, 0.35), 15.4, 5.3),
}
COLUMNS = {
    "chinchilla": {"N": N, "D": D},
    "kaplan-nd": {"N": N, "D": D},
    "kaplan-ns": {"N": N, "S": S},
    "power": {"N": N},
    "repeated": {"N": N, "D": D, "unique": UNIQUE},
}
LOGARITHMS = {"A", "B", "N_c", "D_c", "S_c", "R_D_star", "R_N_star"}


def noisy(form: str, seed: int = 0, spread: float = 0.004) -> np.ndarray:
    exact = LAWS[form].loss(*COLUMNS[form].values())
    return exact * np.exp(np.random.default_rng(seed).normal(0, spread, N.size))


def fitted(form: str, loss: np.ndarray, **options):
    return fit_law(form, COLUMNS[form], loss, **options)


def law_of(form: str, constants: dict[str, float]):
    """A law of constants by name, made without the package's own table."""
    if form == "repeated":
        own = dict(constants)
        R = own.pop("R_D_star"), own.pop("R_N_star")
        return RepeatedData(ChinchillaLaw(**own), *R)
    return replace(LAWS[form], **constants)


def by_lmfit(form: str, loss: np.ndarray, start: dict[str, float], *, fix=(), tie=(), bounds=()):
    """Constants and half the sum of squares of lmfit, in logarithms of scales, from one start."""
    parameters = lmfit.Parameters()
    fix, tie, bounds = dict(fix), dict(tie), dict(bounds)
    for name, value in {**start, **fix}.items():
        log = name in LOGARITHMS
        low, high = bounds.get(name, (0.0, np.inf))
        inside = (lambda x: np.log(x) if x > 0 else -np.inf) if log else float
        parameters.add(
            name, inside(value), vary=name not in fix, min=inside(low), max=inside(high)
        )
    for name, other in tie.items():
        parameters[name].set(expr=other)

    def constants(p: lmfit.Parameters) -> dict[str, float]:
        found = p.valuesdict()
        return {k: float(np.exp(v)) if k in LOGARITHMS else float(v) for k, v in found.items()}

    def residual(p: lmfit.Parameters) -> np.ndarray:
        return np.log(law_of(form, constants(p)).loss(*COLUMNS[form].values()) / loss)

    end = lmfit.minimize(residual, parameters, xtol=1e-14, ftol=1e-14, max_nfev=4000)
    return constants(end.params), 0.5 * float(np.sum(np.square(end.residual)))


@pytest.fixture(scope="module")
def problems():
    return {form: fitted(form, noisy(form)).problem for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
def test_exact_losses_give_the_constants_back(form: str) -> None:
    fit = fitted(form, noisy(form, spread=0.0))
    assert fit.status == "converged"
    assert fit.form == form
    assert fit.free == tuple(FORMS[form].kinds)
    found, truth = fit.constants(), FORMS[form].values(LAWS[form])
    assert list(found.values()) == pytest.approx(truth, rel=1e-6)
    assert fit.law.loss(*COLUMNS[form].values()) == pytest.approx(noisy(form, spread=0.0))


@pytest.mark.parametrize("form", FORMS)
def test_the_formula_is_the_law(problems, form: str) -> None:
    model = problems[form].model
    full = model.full(model.to_theta(np.array([FORMS[form].values(LAWS[form])]))[:, 0])
    loss = model.form.formula(model.points, *full) * model.points.unit
    assert loss == pytest.approx(LAWS[form].loss(*COLUMNS[form].values()), rel=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_theta_and_constants_are_inverse(problems, form: str) -> None:
    model = problems[form].model
    rows = np.array([FORMS[form].values(LAWS[form])] * 2)
    assert model.to_laws(model.to_theta(rows)) == pytest.approx(rows, rel=1e-9)


CONSTRAINTS = [
    ("chinchilla", Constraints({"E": 1.7})),
    ("chinchilla", Constraints({}, {"alpha": "beta"}, {"A": (10.0, 1e4)})),
    ("chinchilla", Constraints({"A": 400.0}, {}, {"beta": (0.2, 0.9)})),
    ("chinchilla", Constraints({"alpha": 0.3}, {"A": "B"}, {})),
    ("kaplan-ns", Constraints({"N_c": 6e13}, {}, {"S_c": (1e3, 1e4)})),
    ("kaplan-ns", Constraints({}, {"alpha_N": "alpha_S", "N_c": "S_c"}, {})),
    ("kaplan-nd", Constraints({}, {"alpha_N": "alpha_D"}, {"N_c": (1e12, 1e15)})),
    ("repeated", Constraints({"E": 1.8, "R_N_star": 5.3}, {}, {"R_D_star": (1.0, 100.0)})),
    *((form, Constraints()) for form in FORMS),
]


@pytest.mark.parametrize("delta", [1e-3, np.inf])
@pytest.mark.parametrize(("form", "limits"), CONSTRAINTS)
def test_derivatives_are_differences(problems, form, limits: Constraints, delta: float) -> None:
    """In the solver's own coordinates, where the objective is not at a kink."""
    problem = problems[form]
    batch = replace(problem.batch(), delta=delta)
    model = Constrained(FORMS[form], problem.model.points, limits)
    by, zone = model.coordinates, np.array([delta])
    rows = np.array([FORMS[form].values(LAWS[form])])
    place = by.place(model.to_theta(rows)) + 0.01
    _, g, h = by.values(batch, place, zone)
    for i in range(len(place)):
        step = np.zeros_like(place)
        step[i] = 1e-6 * max(1.0, abs(place[i, 0]))
        up, down = (by.values(batch, place + s, zone) for s in (step, -step))
        slope = (up[0] - down[0]) / (2 * step[i])
        assert g[i] == pytest.approx(slope, rel=1e-5, abs=1e-7 * np.abs(g).max() + 1e-9)
        bend = (up[1][:, 0] - down[1][:, 0]) / (2 * step[i])
        assert h[i, :, 0] == pytest.approx(bend, rel=1e-4, abs=1e-5 * np.abs(h[i]).max())


def test_the_fast_sums_are_the_jets(problems) -> None:
    problem = problems["chinchilla"]
    model = Constrained(FORMS["chinchilla"], problem.model.points, Constraints({"E": 1.7}))
    theta, zone = model.starts(problem.batch())[:, :9], np.full(9, 1e-3)
    for one, other in zip(
        model.values(problem.batch(), theta, zone),
        model._by_jets(problem.batch(), theta, zone),
        strict=True,
    ):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_the_optimum_is_that_of_lmfit(form: str) -> None:
    loss = noisy(form, seed=3)
    fit = fitted(form, loss, objective="log squares")
    start = dict(zip(FORMS[form].kinds, FORMS[form].values(LAWS[form]), strict=True))
    constants, value = by_lmfit(form, loss, start)
    assert fit.value == pytest.approx(value, rel=1e-6)
    assert fit.value <= value * (1 + 1e-10)
    for name, found in fit.constants().items():
        assert found == pytest.approx(constants[name], rel=2e-3), name


@pytest.mark.parametrize("form", FORMS)
def test_scipy_finds_nothing_lower(form: str) -> None:
    """From the optimum and from around it, by least squares on the same residuals."""
    loss = noisy(form, seed=4)
    fit = fitted(form, loss, objective="log squares")
    model, batch = fit.problem.model, fit.problem.batch()
    theta = model.to_theta(np.array([list(fit.constants().values())]))
    rng = np.random.default_rng(0)
    for _ in range(3):
        begin = (theta + rng.normal(0, 0.02, theta.shape))[:, 0]
        end = least_squares(
            lambda at: model.slopes(batch, at)[0],
            begin,
            lambda at: model.slopes(batch, at)[1].T,
            xtol=1e-14,
            ftol=1e-14,
            gtol=1e-14,
        )
        assert fit.value <= end.cost * (1 + 1e-9)


@pytest.mark.parametrize("form", FORMS)
def test_resamples_of_every_form_are_fits_of_drawn_runs(form: str) -> None:
    fit = fitted(form, noisy(form))
    found = bootstrap(fit, resamples=6, seed=1)
    assert found.laws.shape == (6, len(FORMS[form].kinds))
    counts = np.bincount(
        np.random.default_rng(np.random.SeedSequence(1).spawn(1)[0]).integers(0, 35, (6, 35))[0],
        minlength=35,
    )
    own = fitted(form, fit.problem.loss, weights=counts)
    assert found.values[0] == pytest.approx(own.value, rel=1e-6)
    symbol = fit.free[-1]
    assert found.interval(symbol).low < fit.constants()[symbol] < found.interval(symbol).high
    near = [column[:1] for column in COLUMNS[form].values()]
    together = found.values_of(lambda law: np.ravel(law.loss(*near)))
    assert together == pytest.approx(found.law.loss(*near))


def test_runs_that_were_never_repeated_say_nothing_of_the_decay_constants() -> None:
    loss = LAWS["chinchilla"].loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.004, 35))
    fit = fit_law("repeated", {"N": N, "D": D, "unique": D}, loss)
    assert fit.status == "not identified"
    assert fit.message.startswith("no run depends on R_D_star (fix what is known): ")
    fixed = fit_law(
        "repeated", {"N": N, "D": D, "unique": D}, loss, fix={"R_D_star": 15.4, "R_N_star": 1e4}
    )
    plain = fit_law("chinchilla", {"N": N, "D": D}, loss)
    assert fixed.law.law.alpha == pytest.approx(plain.law.alpha, rel=0.05)


def test_a_power_takes_one_column_of_any_name() -> None:
    C = np.geomspace(1e18, 1e24, 12)
    fit = fit_law("power", {"C": C}, 1.7 + 400 * C**-0.1)
    assert fit.law.variable == "C"
    assert fit.law.inverse(fit.law.loss(1e21)) == pytest.approx(1e21)
    with pytest.raises(ValueError, match="one column, got N, D"):
        fit_law("power", {"N": N, "D": D}, noisy("power"))
    with pytest.raises(UnreachableLossError, match=r"the floor is 1\.7"):
        LAWS["power"].inverse(1.6)


def test_a_floor_may_be_zero() -> None:
    x = np.geomspace(1e8, 1e11, 10)
    loss = 30 * x**-0.12
    fit = fit_law("power", {"N": x}, loss * np.exp(np.random.default_rng(0).normal(0, 1e-3, 10)))
    assert fit.law.E >= 0
    fit = fit_law("power", {"N": x}, loss, fix={"E": 0})
    assert (fit.status, fit.law.E) == ("converged", 0.0)
    assert (fit.law.A, fit.law.alpha) == pytest.approx((30, 0.12))


def test_missing_columns_and_unknown_forms_are_named() -> None:
    with pytest.raises(ValueError, match="'kaplan-ns' needs N, S, loss; there is no S"):
        fit_law("kaplan-ns", {"N": N, "D": D}, noisy("chinchilla"))
    with pytest.raises(ValueError, match="expected one of chinchilla, kaplan-nd"):
        fit_law("hoffmann", {"N": N, "D": D}, noisy("chinchilla"))
    with pytest.raises(ValueError, match="S has 7 of 35 cells masked"):
        fit_law("kaplan-ns", {"N": N, "S": np.ma.masked_less(S, 6e3)[:35]}, noisy("kaplan-ns"))


def test_the_kinds_of_resamples_need_their_columns() -> None:
    fit = fitted("kaplan-ns", noisy("kaplan-ns"))
    with pytest.raises(ValueError, match="needs N and D, but the form has N, S: give clusters"):
        bootstrap(fit, kind="budgets")


def test_jets_are_exact_and_refuse_what_they_do_not_know() -> None:
    at = np.array([0.7, 1.3])

    def formula(x, y):
        z = np.logaddexp(x * y, np.minimum(y, 5.0)) - np.expm1(-x / y)
        return np.log(np.exp(z) * y + 2.0) / (x - 3.0) + (-y)

    jet = formula(*variables(at))
    assert isinstance(jet, Jet)
    assert jet.value == pytest.approx(formula(*at))
    h = 1e-5
    for i in range(2):
        step = h * np.eye(2)[i]
        up, down = (formula(*variables(at + s)) for s in (step, -step))
        assert jet.first[i] == pytest.approx((up.value - down.value) / (2 * h), rel=1e-8)
        for j in range(i, 2):
            difference = (up.first[j] - down.first[j]) / (2 * h)
            assert jet.second[i, j] == pytest.approx(difference, rel=1e-8)
    with pytest.raises(TypeError):
        np.sin(jet)
