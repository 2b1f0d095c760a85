"""What may be asked of constants: taken as it was given, or refused in words."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils.fitting.forms import FORMS, Constraints, value_of
from scaling_utils.fitting.points import Points

INF = np.inf


def asked(fix=None, tie=None, bounds=None, form: str = "chinchilla") -> Constraints:
    return Constraints.checked(FORMS[form], fix, tie, bounds)


def test_what_is_asked_is_kept() -> None:
    own = asked({"E": 1, "A": 400.0}, {"alpha": "beta"}, {"B": (1.0, None), "beta": (-INF, 0.5)})
    assert own == Constraints({"E": 1.0, "A": 400.0}, {"alpha": "beta"}, {
        "B": (1.0, INF), "beta": (0.0, 0.5)
    })  # fmt: skip
    assert asked() == asked({}, {}, {}) == Constraints()
    assert asked(bounds={"A": (0, None), "B": (None, INF), "E": (0.0, INF)}) == Constraints()


def test_bounds_of_what_is_tied_are_bounds_of_what_it_is_tied_to() -> None:
    own = asked(tie={"alpha": "beta"}, bounds={"alpha": (0.1, 0.4), "beta": (0.2, 0.6)})
    assert own.bounds == {"beta": (0.2, 0.4)}
    for pair in ((0.4, 0.6), (0.5, 0.6)):
        with pytest.raises(ValueError, match=r"^beta is tied to beta, but their bounds leave no"):
            asked(tie={"alpha": "beta"}, bounds={"alpha": (0.1, 0.4), "beta": pair})


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"fix": "E"}, r"fix must be a dictionary of constants, got 'E'"),
        ({"tie": ["alpha"]}, r"tie must be a dictionary of constants, got \['alpha'\]"),
        ({"bounds": 3}, r"bounds must be a dictionary of constants, got 3"),
        ({"fix": {"gamma": 1.0}}, r"constant 'gamma' is not known; expected one of A, B, E"),
        ({"tie": {"gamma": "A"}}, r"constant 'gamma' is not known"),
        ({"bounds": {"gamma": (0, 1)}}, r"constant 'gamma' is not known"),
        (
            {"tie": {"alpha": "2*beta"}},
            r"a tie makes alpha equal to another constant, one of E, A, B, alpha, beta, and "
            r"nothing else; got '2\*beta'$",
        ),
        (
            {"fix": {"A": 1.0, "E": 1.7}, "bounds": {"E": (1, 2)}},
            r"E is both fixed and bounded: leave one of them out$",
        ),
        (
            {"fix": {"alpha": 0.3}, "tie": {"alpha": "beta"}},
            r"alpha is both fixed and tied: leave one of them out$",
        ),
        ({"fix": {"E": -0.5}}, r"E must be zero or positive, got -0\.5"),
        ({"fix": {"alpha": 0}}, r"alpha must be positive, got 0$"),
        ({"fix": {"A": -1}}, r"A must be positive, got -1$"),
        ({"fix": {"A": INF}}, r"A must"),
        (
            {"fix": dict.fromkeys(("E", "A", "B", "alpha", "beta"), 0.3)},
            r"every constant is fixed: leave at least one free$",
        ),
        ({"tie": {"alpha": "A", "A": "B", "B": "A"}}, r"alpha is tied to itself: tie it to a"),
        ({"tie": {"alpha": "A", "A": "E"}}, r"alpha cannot be tied to E: their kinds differ"),
        ({"bounds": {"alpha": (0.3, 0.3)}}, r"bounds of alpha must satisfy 0 <= low < high, got"),
        ({"bounds": {"alpha": (-0.1, 0.3)}}, r"bounds of alpha must satisfy 0 <= low < high, got"),
        ({"bounds": {"alpha": (INF, INF)}}, r"alpha must"),
        ({"bounds": {"alpha": (0.1, 0.2, 0.3)}}, r"bounds of alpha must be a pair \(low, high\)"),
    ],
)
def test_what_makes_no_sense_is_refused(what, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        asked(**what)


def test_a_tie_of_decays_is_kept_and_one_to_what_is_fixed_is_refused() -> None:
    own = asked(tie={"R_D_star": "R_N_star"}, form="repeated")
    assert own.tied == {"R_D_star": "R_N_star"}
    with pytest.raises(ValueError, match=r"^A is tied to E, which is fixed: fix A to its value"):
        asked(fix={"E": 1.0}, tie={"A": "E"})


def test_a_law_of_repeated_data_says_where_both_of_its_parts_come_from() -> None:
    law = FORMS["repeated"].law(1.8, 500.0, 1500.0, 0.35, 0.36, 15.0, 5.0, source="here")
    assert (law.source, law.law.source) == ("here", "here")
    values = FORMS["repeated"].values(law)
    assert values == [1.8, 500.0, 1500.0, 0.35, 0.36, 15.0, 5.0]
    assert (value_of(law, "R_D_star"), value_of(law, "alpha")) == (15.0, 0.35)
    assert FORMS["repeated"].names("exponent") == ["alpha", "beta"]


def test_the_formula_of_repeated_data_holds_where_nothing_is_repeated_and_where_much_is() -> None:
    law = FORMS["repeated"].law(1.8, 500.0, 1500.0, 0.35, 0.36, 15.0, 5.0, source="here")
    N, unique = np.array([1e7, 1e9, 1e12, 1e30]), np.full(4, 1e9)
    for epochs in (1.0, 4.0, 300.0):
        points = Points.from_runs(N, epochs * unique, np.ones(4), unique)
        (x, y), E = points.centre, 1.8
        own = np.log(500.0) - 0.35 * x, np.log(1500.0) - 0.36 * y
        said = FORMS["repeated"].formula(
            points, *own, E, np.float64(0.35), np.float64(0.36), np.log(15.0), np.log(5.0)
        )
        assert said == pytest.approx(law.loss(N, epochs * unique, unique), rel=1e-9)
