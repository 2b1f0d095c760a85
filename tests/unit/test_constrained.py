"""Forms with constraints as coordinates: which there are, their ranges, laws there and back."""

from __future__ import annotations

import numpy as np
import pytest
from test_forms import COLUMNS, LAWS, N

from scaling_utils.fitting import constrained as module
from scaling_utils.fitting.constrained import Constrained
from scaling_utils.fitting.forms import FORMS, Constraints
from scaling_utils.fitting.points import Batch, Points
from scaling_utils.fitting.starts import PAIRS, projected

INF = np.inf


def model(form: str = "chinchilla", **limits) -> Constrained:
    first, *rest = COLUMNS[form].values()
    second, *more = rest or [np.ones(N.size)]
    points = Points.from_runs(first, second, LAWS[form].loss(*COLUMNS[form].values()), *more)
    return Constrained(FORMS[form], points, Constraints(**limits))


def batch_of(own: Constrained, form: str = "chinchilla", delta: float = INF) -> Batch:
    noise = np.exp(np.random.default_rng(0).normal(0, 0.004, N.size))
    loss = LAWS[form].loss(*COLUMNS[form].values()) * noise / own.points.unit
    return Batch(own.points, np.linspace(0.5, 2.0, N.size), loss, delta)


def constants(form: str) -> np.ndarray:
    return np.array([FORMS[form].values(LAWS[form])], dtype=float)


@pytest.mark.parametrize(
    ("form", "limits", "names", "kinds"),
    [
        ("chinchilla", {}, "A B E alpha beta", "level level floor exponent exponent"),
        ("chinchilla", {"fixed": {"E": 1.7, "B": 9.0}}, "A alpha beta", "level exponent exponent"),
        ("chinchilla", {"tied": {"alpha": "beta"}}, "A B E beta", "level level floor exponent"),
        ("chinchilla", {"tied": {"A": "B"}}, "B E alpha beta", "scale floor exponent exponent"),
        (
            "chinchilla",
            {"bounds": {"A": (1.0, 9.0), "beta": (0.1, 0.2)}},
            "A B E alpha beta",
            "scale level floor exponent exponent",
        ),
        ("kaplan-ns", {}, "N_c S_c alpha_N alpha_S", "level level exponent exponent"),
        ("power", {}, "A E alpha", "level floor exponent"),
        (
            "repeated",
            {},
            "A B E alpha beta R_D_star R_N_star",
            "level level floor exponent exponent decay decay",
        ),
    ],
)
def test_free_constants_and_their_kinds(form: str, limits, names: str, kinds: str) -> None:
    own = model(form, **limits)
    assert own.names == tuple(names.split())
    assert own.kinds == tuple(kinds.split())
    for kind in ("level", "scale", "floor", "exponent", "decay"):
        assert [own.kinds[k] for k in own.places(kind)] == [k for k in own.kinds if k == kind]


def test_only_the_free_chinchilla_law_is_plain() -> None:
    assert model().plain
    assert not model(fixed={"E": 1.7}).plain
    assert not model("power").plain


def test_ranges_steps_and_what_goes_together_of_the_free_law() -> None:
    by = model().coordinates
    low, high = (own[:, 0].tolist() for own in by.box)
    assert low == [-18.0, -18.0, 0.0, 1e-3, 1e-3]
    assert high == [25.0, 25.0, 100.0, 5.0, 5.0]
    low, high = (own[:, 0].tolist() for own in by.bounds)
    assert low == [-25.0, -25.0, 0.0, 0.2, 0.2]
    assert high == [25.0, 25.0, 100.0, 1e3, 1e3]
    assert by.longest[:, 0].tolist() == [1.5, 1.5, 0.5, 0.0, 0.0]
    assert by.share[:, 0].tolist() == [0.0, 0.0, 0.0, 0.5, 0.5]
    assert by.straight == (((0,), 3), ((1,), 4))
    assert by.floor == [2]


def test_ranges_that_were_given_are_in_the_coordinates_of_the_constant() -> None:
    bounds = {"A": (10.0, 1e4), "E": (1.0, INF), "alpha": (0.0, 0.5), "beta": (0.2, INF)}
    own = model(bounds=bounds)
    by, unit = own.coordinates, own.points.unit
    low, high = (ends[:, 0] for ends in by.box)
    assert low == pytest.approx([np.log(10.0), -18.0, 1.0 / unit, 1e-3, 0.2])
    assert high == pytest.approx([np.log(1e4), 25.0, 100.0, 0.5, 5.0])
    assert by.bounds[:, 3:, 0] == pytest.approx(np.array([[2.0, 0.2], [1e3, 5.0]]))
    assert by.bounds[:, 0, 0] == pytest.approx([np.log(10.0), np.log(1e4)])
    assert by.longest[0, 0] == 10.0
    assert by.straight == (((), 3), ((1,), 4))
    decay = model("repeated", bounds={"R_D_star": (2.0, INF)}).coordinates
    assert decay.box[:, 5:, 0] == pytest.approx(np.array([[np.log(2.0), -5.0], [10.0, 10.0]]))
    assert decay.longest[5:, 0].tolist() == [1.5, 1.5]
    tied = model(tied={"alpha": "beta"}).coordinates
    assert tied.straight == (((0, 1), 3),)
    assert model(fixed={"E": 1.7}).coordinates.floor == []
    said = "^the bounds of alpha lie outside what is searched for an exponent$"
    with pytest.raises(ValueError, match=said):
        _ = model(bounds={"alpha": (6.0, INF)}).coordinates
    with pytest.raises(ValueError, match="outside what is searched"):
        _ = model(bounds={"alpha": (5.0, INF)}).coordinates


def test_a_level_is_the_logarithm_of_its_term_at_the_middle_of_the_runs() -> None:
    own = model()
    points, (E, A, B, alpha, beta) = own.points, constants("chinchilla")[0]
    theta = own.to_theta(constants("chinchilla"))[:, 0]
    middle = np.exp(points.centre[0]), np.exp(points.centre[1])
    terms = [A / middle[0] ** alpha / points.unit, B / middle[1] ** beta / points.unit]
    assert theta == pytest.approx([*np.log(terms), E / points.unit, alpha, beta])
    own = model("kaplan-ns")
    points, (N_c, S_c, a, b) = own.points, constants("kaplan-ns")[0]
    middle = np.exp(points.centre[0]), np.exp(points.centre[1])
    terms = [(N_c / middle[0]) ** a / points.unit, (S_c / middle[1]) ** b / points.unit]
    assert own.to_theta(constants("kaplan-ns"))[:, 0] == pytest.approx([*np.log(terms), a, b])


@pytest.mark.parametrize(
    ("form", "limits"),
    [
        ("chinchilla", {"bounds": {"A": (10.0, 1e4), "E": (1.0, 2.0)}}),
        ("kaplan-nd", {"bounds": {"N_c": (1e13, 1e15)}}),
        ("repeated", {"bounds": {"R_N_star": (1.0, 9.0)}, "fixed": {"R_D_star": 15.4}}),
        ("power", {"fixed": {"A": 400.0}}),
        ("kaplan-ns", {"fixed": {"S_c": 2.1e3, "alpha_N": 0.077}}),
    ],
)
def test_constants_and_coordinates_are_inverse_under_constraints(form: str, limits) -> None:
    own, rows = model(form, **limits), constants(form)
    twice = np.vstack([rows, rows])
    theta = own.to_theta(twice)
    assert theta.shape == (len(own.names), 2)
    assert own.to_laws(theta) == pytest.approx(twice, rel=1e-9)
    order = list(FORMS[form].kinds)
    for name, value in limits.get("fixed", {}).items():
        assert (own.to_laws(theta)[:, order.index(name)] == value).all()
    full = np.stack([np.broadcast_to(each, 2) for each in own.full(theta)])
    assert own.reduced(full) == pytest.approx(theta)
    free = model(form)
    expected = np.stack([np.broadcast_to(e, 2) for e in free.full(free.to_theta(twice))])
    assert full == pytest.approx(expected)


def test_tied_constants_are_one() -> None:
    own = model(tied={"alpha": "beta"})
    laws = own.to_laws(np.array([[-1.0], [-1.0], [0.5], [0.3]]))
    assert laws[0, 3] == laws[0, 4] == 0.3
    scales = model(tied={"B": "A"}).to_laws(np.array([[6.0], [0.5], [0.3], [0.4]]))
    assert scales[0, 1] == scales[0, 2] == pytest.approx(np.exp(6.0))


def test_scales_beyond_what_numbers_hold_are_the_last_that_are_held() -> None:
    """A steep reference law has a size of reference beyond every number."""
    own = model("kaplan-ns")
    laws = own.to_laws(np.array([[20.0, -17.0], [0.0, 0.0], [0.002, 0.002], [0.1, 0.1]]))
    assert np.log(laws[:, 0]) == pytest.approx([700.0, -700.0])


def test_a_theta_outside_its_box_is_its_edge() -> None:
    own = model()
    far = np.array([[99.0], [-99.0], [-1.0], [0.0], [9.0]])
    assert own.reduced(far)[:, 0].tolist() == [25.0, -18.0, 0.0, 1e-3, 5.0]


def test_starts_are_the_best_terms_of_all_pairs_in_order() -> None:
    own = model()
    batch = batch_of(own)
    starts = own.starts(batch)
    value = own.coordinates.at(batch, starts)[0]
    assert (np.diff(value) >= 0).all()
    plain = projected(own.points, batch.loss, batch.weights, PAIRS)
    order = np.lexsort(plain)
    assert starts[:, np.lexsort(starts)] == pytest.approx(plain[:, order])


def test_starts_keep_what_is_known() -> None:
    E = 1.7
    own = model(fixed={"E": E, "alpha": 0.33}, bounds={"beta": (0.3, 0.6)})
    batch, pairs = batch_of(own), np.array([[0.1, 0.1], [0.2, 0.5], [0.4, 0.5], [0.3, 0.9]])
    starts = own.starts_at(batch, pairs)
    assert starts[2].tolist() == [0.3, 0.5, 0.6]
    kept = np.array([[0.33, 0.3], [0.33, 0.5], [0.33, 0.6]])
    known = np.tile([np.nan, np.nan, E / own.points.unit], (3, 1))
    plain = projected(own.points, batch.loss, batch.weights, kept, known)
    assert starts[:2] == pytest.approx(plain[:2])
    tied = model(tied={"alpha": "beta"})
    assert tied.starts_at(batch, pairs)[3].tolist() == [0.1, 0.5, 0.9]
    lone = model(fixed={"A": 480.0})
    levels = np.log(480.0) - pairs[:, 0] * lone.points.centre[0] - lone.points.log_unit
    known = np.stack([np.exp(levels), np.full(4, np.nan), np.full(4, np.nan)], axis=1)
    plain = projected(lone.points, batch.loss, batch.weights, pairs, known)
    assert lone.starts_at(batch, pairs) == pytest.approx(plain[1:])
    scaled = model(fixed={"A": 480.0, "alpha": 0.35})
    full = scaled.full(scaled.starts_at(batch, pairs))
    level = np.log(480.0) - 0.35 * scaled.points.centre[0] - scaled.points.log_unit
    assert np.broadcast_to(full[0], 1)[0] == pytest.approx(level)


def test_repeated_data_start_from_three_decays_of_their_value() -> None:
    own = model("repeated")
    batch, pairs = batch_of(own, "repeated"), np.array([[0.3, 0.3], [0.5, 0.2]])
    starts = own.starts_at(batch, pairs)
    assert starts.shape == (7, 6)
    assert np.exp(starts[5]) == pytest.approx([2, 2, 15, 15, 100, 100])
    assert starts[6] == pytest.approx(starts[5])
    for k, R in enumerate((2.0, 15.0, 100.0)):
        tokens = 1 + R * (1 - np.exp(-own.points.repeats / R))
        read = Points(own.points.x, own.points.y + np.log(tokens), (0.0, 0.0), 1.0, tokens)
        plain = projected(read, batch.loss, batch.weights, pairs)
        assert starts[:5, 2 * k : 2 * k + 2] == pytest.approx(plain)
    known = model("repeated", fixed={"R_D_star": 7.0})
    assert np.exp(known.starts_at(batch, pairs)[5]) == pytest.approx([2, 2, 15, 15, 100, 100])
    starts = known.starts_at(batch, pairs)
    assert known.full(starts)[5] == pytest.approx(np.log(7.0))
    tokens = 1 + 7.0 * (1 - np.exp(-own.points.repeats / 7.0))
    read = Points(own.points.x, own.points.y + np.log(tokens), (0.0, 0.0), 1.0, tokens)
    plain = projected(read, batch.loss, batch.weights, pairs)
    assert starts[:5] == pytest.approx(np.tile(plain, 3))
    other = model("repeated", fixed={"R_N_star": 7.0})
    assert other.starts_at(batch, pairs)[:5] == pytest.approx(own.starts_at(batch, pairs)[:5])


@pytest.mark.parametrize(("form", "delta"), [("kaplan-nd", 2e-3), ("repeated", INF)])
def test_blocks_of_problems_are_summed_as_one(form: str, delta: float, monkeypatch) -> None:
    own = model(form)
    batch = batch_of(own, form, delta)
    theta = own.to_theta(constants(form)) + np.random.default_rng(1).normal(
        0, 0.01, (len(own.names), 5)
    )
    many = Batch(batch.points, np.random.default_rng(2).uniform(0, 2, (5, N.size)), batch.loss)
    zone = np.full(5, delta)
    whole = own.values(many, theta, zone)
    monkeypatch.setattr(module, "BLOCK", 2 * len(own.names) * N.size)
    for part, same in zip(own.values(many, theta, zone), whole, strict=True):
        assert part == pytest.approx(same, rel=1e-12)
    for p in range(5):
        r, slopes = own.slopes(batch, theta[:, p])
        inside = np.abs(r) <= delta
        pull = many.weights[p] * np.clip(r, -delta, delta)
        cut = min(delta, 9.0)
        rho = np.where(inside, r**2 / 2, cut * (np.abs(r) - cut / 2))
        assert whole[0][p] == pytest.approx(many.weights[p] @ rho)
        assert whole[1][:, p] == pytest.approx(slopes @ pull)
