"""What a fit returns: its problem, its certificate, and why constants are not determined."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scaling_utils.fitting.fit import fit_chinchilla, fit_law
from scaling_utils.fitting.forms import Constraints
from scaling_utils.fitting.result import (
    Certificate,
    FitError,
    LawFit,
    Problem,
    certify,
    separable,
    undetermined,
)
from scaling_utils.fitting.solver import evaluate
from scaling_utils.laws import ChinchillaLaw

TRUTH = ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37)
N = np.repeat(np.geomspace(5e7, 1.6e10, 5), 4)
D = np.tile(np.geomspace(1e9, 3e11, 4), 5)
LOSS = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).normal(0, 0.004, N.size))
WEIGHTS = np.random.default_rng(1).uniform(0.5, 2.0, N.size)


def problem(objective: str = "log squares", **limits) -> Problem:
    asked = Constraints(**limits)
    return Problem({"N": N, "D": D}, LOSS, WEIGHTS, None, objective, 2e-3, "chinchilla", asked)


@pytest.fixture(scope="module")
def fit() -> LawFit:
    return fit_chinchilla(N, D, LOSS, weights=WEIGHTS, objective="log squares")


def minimum(fit: LawFit) -> np.ndarray:
    return fit.problem.model.to_theta(np.array([list(fit.constants().values())]))[:, 0]


def test_a_problem_is_what_the_solver_takes() -> None:
    whole = problem()
    points, batch = whole.model.points, whole.batch()
    assert points.x == pytest.approx(np.log(N) - np.log(N).mean())
    assert points.y == pytest.approx(np.log(D) - np.log(D).mean())
    assert points.unit == pytest.approx(np.exp(np.log(LOSS).mean()))
    assert batch.loss == pytest.approx(LOSS / points.unit)
    assert batch.weights is WEIGHTS
    assert (whole.N is N, whole.D is D) == (True, True)
    assert batch.delta == np.inf
    assert problem("huber").batch().delta == 2e-3
    assert problem("absolute").batch().delta == 1e-9


def test_one_column_and_three_are_taken_too() -> None:
    alone = Problem({"C": N}, LOSS, WEIGHTS, None, "huber", 1e-3, "power").model.points
    assert alone.x == pytest.approx(np.log(N) - np.log(N).mean())
    assert (alone.y == 0.0).all()
    columns = {"N": N, "D": D, "unique": np.minimum(D, 1e10)}
    stock = Problem(columns, LOSS, WEIGHTS, None, "huber", 1e-3, "repeated").model.points
    assert stock.repeats == pytest.approx(np.maximum(D / 1e10, 1.0) - 1.0)


def test_absolute_deviations_are_reported_as_such() -> None:
    value = np.array([3e-9])
    for objective, reported in (("absolute", 3.0), ("huber", 3e-9), ("log squares", 3e-9)):
        own = problem(objective)
        assert own.reported(value, own.batch()) == pytest.approx(reported)


def test_laws_are_made_and_read_by_name() -> None:
    law = problem().law([1.8, 480.0, 2000.0, 0.35, 0.37], "here")
    assert law == ChinchillaLaw(1.8, 480.0, 2000.0, 0.35, 0.37, "here")
    assert problem().named(law) == {"E": 1.8, "A": 480.0, "B": 2000.0, "alpha": 0.35, "beta": 0.37}
    power = Problem({"C": N}, LOSS, WEIGHTS, None, "huber", 1e-3, "power")
    assert power.law([1.0, 2.0, 0.3], "there").variable == "C"
    assert power.law([1.0, 2.0, 0.3], "there").source == "there"


def test_a_minimum_is_certified_by_its_own_slopes(fit: LawFit) -> None:
    """Gradient, decrement and condition, worked out once more where E counts by its logarithm."""
    batch, model, theta = fit.problem.batch(), fit.problem.model, minimum(fit)
    moved = theta * np.array([1.001, 0.999, 1.002, 1.001, 0.998])
    proof = certify(batch, moved, model)
    value, g, h = (part[..., 0] for part in evaluate(batch, moved[:, None]))
    by_log = np.diag([1.0, 1.0, moved[2], 1.0, 1.0])
    slope, bend = by_log @ g, by_log @ h @ by_log
    bend[2, 2] += slope[2]
    r, jacobian = model.slopes(batch, moved)
    parts = np.abs(by_log @ jacobian * (WEIGHTS * r)).sum(axis=1)
    assert proof.gradient == pytest.approx((np.abs(slope) / parts).max())
    assert proof.decrement == pytest.approx(0.5 * slope @ np.linalg.solve(bend, slope) / value)
    spectrum = np.linalg.eigvalsh(bend)
    assert proof.condition == pytest.approx(spectrum[-1] / spectrum[0])
    assert (proof.at_bound, proof.asleep, proof.holds) == ((), (), False)
    there = certify(batch, theta, model)
    assert there.holds
    assert there.gradient < 1e-7
    assert there.decrement < 1e-12


def test_huber_counts_a_residual_beyond_delta_as_delta() -> None:
    own = problem("huber")
    batch, model = own.batch(), own.model
    theta = model.to_theta(np.array([[1.81, 470.0, 2010.0, 0.35, 0.37]]))[:, 0]
    r, jacobian = model.slopes(batch, theta)
    pull = WEIGHTS * np.clip(r, -2e-3, 2e-3)
    scaled = np.diag([1.0, 1.0, theta[2], 1.0, 1.0]) @ jacobian
    expected = np.abs(scaled @ pull) / (np.abs(scaled) @ np.abs(pull))
    assert certify(batch, theta, model).gradient == pytest.approx(expected.max())


def test_a_constant_that_presses_on_a_bound_does_not_count(fit: LawFit) -> None:
    """At a bound only the slopes of the others must vanish."""
    held = fit_chinchilla(N, D, LOSS, objective="log squares", bounds={"alpha": (0.1, 0.3)})
    proof = held.certificate
    assert (proof.at_bound, proof.holds, held.status) == (("alpha",), True, "at a bound")
    lower = fit_chinchilla(N, D, LOSS, objective="log squares", bounds={"alpha": (0.4, 0.9)})
    assert (lower.certificate.at_bound, lower.certificate.holds) == (("alpha",), True)
    theta = lower.problem.model.to_theta(np.array([list(lower.constants().values())]))[:, 0]
    place = lower.problem.model.names.index("alpha")
    near = theta.copy()
    near[place] += 1e-6
    apart = certify(lower.problem.batch(), near, lower.problem.model)
    assert (apart.at_bound, apart.holds) == ((), False)


def test_exact_losses_leave_nothing_but_rounding_errors() -> None:
    exact = Problem({"N": N, "D": D}, TRUTH.loss(N, D), np.ones(20), None, "log squares", 1e-3)
    theta = exact.model.to_theta(np.array([list(TRUTH.constants().values())]))[:, 0]
    proof = certify(exact.batch(), theta, exact.model)
    assert (proof.gradient, proof.decrement, proof.holds) == (0.0, 0.0, True)
    assert 1.0 < proof.condition < 1e6


def test_constants_are_told_apart_by_the_angles_of_their_slopes() -> None:
    slopes = np.array([[1.0, 5.0], [0.0, 5.0]])
    condition, errors = separable(slopes, np.ones(2), np.array([1.0, -1.0]))
    root = np.sqrt(0.5)
    assert condition == pytest.approx(np.sqrt((1 + root) / (1 - root)))
    spread = 1.4826 * np.sqrt(2.0)  # two runs and two constants count as one run too many
    inverse = np.linalg.inv(slopes.T @ slopes)
    assert errors == pytest.approx(spread * np.sqrt(np.diag(inverse)))
    assert separable(slopes, np.array([2.0, 2.0]), np.ones(2))[1] == pytest.approx(errors)


def certificate(**changes) -> Certificate:
    return replace(Certificate(0.0, 0.0, 10.0, (), (), True), **changes)


def test_what_determines_the_constants_has_no_complaint(fit: LawFit) -> None:
    batch, model = fit.problem.batch(), fit.problem.model
    assert undetermined(batch, minimum(fit), fit.certificate, model) == ""


def test_a_constant_that_no_run_depends_on_is_named(fit: LawFit) -> None:
    model, batch = fit.problem.model, fit.problem.batch()
    theta = minimum(fit)
    theta[:2] = -800.0
    assert undetermined(batch, theta, certificate(), model) == (
        "no run depends on A or B or alpha or beta (fix what is known)"
    )


def test_a_term_at_its_end_determines_no_exponent_unless_the_end_was_given(fit: LawFit) -> None:
    model, batch, theta = fit.problem.model, fit.problem.batch(), minimum(fit)
    said = undetermined(batch, theta, certificate(at_bound=("B",)), model)
    assert said == (
        "the runs do not determine beta: the best law has no term with B, or one at the end of "
        "the range that is searched"
    )
    bounded = problem(bounds={"B": (2.0, 1e5)}).model
    at = bounded.to_theta(np.array([list(fit.constants().values())]))[:, 0]
    assert undetermined(batch, at, certificate(at_bound=("B",)), bounded) == ""


def test_a_rough_error_of_half_an_exponent_determines_none() -> None:
    """Noise is raised until the rough standard error passes half of the exponent."""
    model, theta = problem().model, None
    for spread, enough in ((0.004, True), (0.4, False)):
        noise = np.random.default_rng(3).normal(0, spread, N.size)
        own = Problem(
            {"N": N, "D": D}, TRUTH.loss(N, D) * np.exp(noise), WEIGHTS, None, "log squares", 1e-3
        )
        model, batch = own.model, own.batch()
        theta = model.to_theta(np.array([list(TRUTH.constants().values())]))[:, 0]
        said = undetermined(batch, theta, certificate(), model)
        r, jacobian = model.slopes(batch, theta)
        errors = separable(jacobian.T, WEIGHTS, r)[1]
        assert (errors[3:] < 0.5 * theta[3:]).all() == enough
        first = "alpha" if errors[3] > 0.5 * theta[3] else "beta"
        value, rough = (0.35, errors[3]) if first == "alpha" else (0.37, errors[4])
        assert said == (
            ""
            if enough
            else f"the runs do not determine {first}: {value:.3g}, with a rough standard error of "
            f"{rough:.2g}"
        )


def test_exchangeable_constants_are_told_by_their_condition() -> None:
    ratio = Problem({"N": N, "D": 20 * N}, LOSS, WEIGHTS, None, "log squares", 1e-3)
    theta = ratio.model.to_theta(np.array([[1.8, 400.0, 1000.0, 0.35, 0.35]]))[:, 0]
    said = undetermined(ratio.batch(), theta, certificate(), ratio.model)
    assert said == (
        "the runs cannot tell the constants apart: different laws fit them equally well "
        "(condition number inf)"
    )


def test_a_fit_without_a_law_says_why_and_shows_no_constants(fit: LawFit) -> None:
    bad = LawFit("not identified", "too <few> runs", fit.problem, fit.residuals, ("a note",))
    with pytest.raises(FitError, match=r"^the fit is not identified: too <few> runs$"):
        _ = bad.law
    with pytest.raises(FitError, match=r"^the fit is not converged: "):
        _ = replace(fit, status="not converged").law
    assert bad.rows() == [("runs", "20"), ("objective", "half the sum of squared log-loss "
                                           "residuals")]  # fmt: skip
    html = bad._repr_html_()
    assert html.startswith(
        "<table><caption><strong>Chinchilla fit: not identified</strong></caption><tbody>"
        "<tr><th scope='row'>runs</th><td>20</td></tr><tr><th scope='row'>objective</th>"
    )
    assert html.endswith("</tbody></table><p>Too &lt;few&gt; runs.</p> <p>A note.</p>")


def test_a_fit_shows_its_constants_and_its_evidence(fit: LawFit) -> None:
    law, proof = fit.law, fit.certificate
    assert fit.rows() == [
        *((name, f"{getattr(law, name):.6g}") for name in ("E", "A", "B", "alpha", "beta")),
        ("a = beta / (alpha + beta)", f"{law.beta / (law.alpha + law.beta):.4f}"),
        ("runs", "20"),
        ("objective", "half the sum of squared log-loss residuals"),
        ("value", f"{fit.value:.8g}"),
        ("scaled gradient", f"{proof.gradient:.1e}"),
        ("Newton decrement", f"{proof.decrement:.1e}"),
        ("starts that agree", f"{fit.starts_agreed} of {fit.starts}"),
    ]
    assert repr(fit).startswith(f"<chinchilla fit, converged: E: {law.E:.6g}; A: {law.A:.6g}; B:")
    power = fit_law("power", {"N": N}, 2.0 + 400.0 * N**-0.3)
    assert [name for name, _ in power.rows()][:4] == ["E", "A", "alpha", "runs"]
    huber = replace(fit, problem=problem("huber"))
    assert huber.rows()[7][1] == (
        "sum of Huber(0.002) of the log-loss residuals (Hoffmann et al. 2022, Eq. 3)"
    )


def test_what_is_free_fixed_and_tied_is_in_the_order_of_the_form(fit: LawFit) -> None:
    own = replace(fit, problem=problem(fixed={"E": 1.8}, tied={"beta": "alpha"}))
    assert own.free == ("A", "B", "alpha")
    assert (own.fixed, own.tied, own.form) == ({"E": 1.8}, {"beta": "alpha"}, "chinchilla")
    assert fit.free == ("E", "A", "B", "alpha", "beta")
