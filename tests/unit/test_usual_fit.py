"""Where the 4,500 starts of Hoffmann's grid end."""

from __future__ import annotations

import numpy as np
import pytest

from scaling_utils import datasets
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.usual_fit import (
    ENDS,
    audit_repaired,
    audit_usual,
    hoffmann_grid,
    objective_at,
)

N = np.repeat(np.geomspace(5e7, 1.6e10, 8), 5)
D = np.tile(np.geomspace(1e9, 3e11, 5), 8)
TRUTH = ChinchillaLaw(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
LOSS = TRUTH.loss(N, D) * np.exp(np.random.default_rng(0).laplace(0, 0.004, N.size))


def test_the_grid_has_4500_different_starts_and_keeps_its_last_values() -> None:
    grid = hoffmann_grid()
    assert grid.shape == (5, 4500)
    assert np.unique(grid, axis=1).shape == (5, 4500)
    assert grid.max(axis=1).tolist() == [25.0, 25.0, 1.0, 2.0, 2.0]


@pytest.mark.parametrize(
    "law",
    [
        TRUTH,
        ChinchillaLaw(1.69, 406.4, 410.7, 0.34, 0.28),
        ChinchillaLaw(1.9, 500, 1500, 0.35, 0.35),
    ],
)
def test_every_repaired_start_recovers_a_known_law(law: ChinchillaLaw) -> None:
    noise = np.exp(np.random.default_rng(1).normal(0, 1e-7, N.size))
    audit = audit_repaired(N, D, law.loss(N, D) * noise)
    assert audit.counts()["optimum"] == 4500


def test_every_repaired_start_ends_at_the_best_objective() -> None:
    audit = audit_repaired(N, D, LOSS)
    assert audit.excess.shape == (4500,)
    assert audit.excess.max() <= 1e-9
    assert set(audit.ends) == {"optimum"}
    some = audit_repaired(N, D, LOSS, starts=hoffmann_grid().T[::100])
    assert (some.ends == "optimum").all()


def test_most_starts_die_if_they_are_left_as_they_are() -> None:
    """SciPy calls nearly all of them a success; with the mean of the objective none arrives."""
    kept = datasets.load("hoffmann2022_figure4_starts")
    audits = {scale: audit_usual(kept, scale) for scale in ("mean", "sum", "thousand")}
    for audit in audits.values():
        assert sum(audit.counts().values()) == 4500
        assert audit.counts()["dead"] > 3000
        assert "called a success" in audit._repr_html_()
        assert set(audit.ends) <= set(ENDS)
    arrived = [audits[scale].counts()["optimum"] for scale in ("mean", "sum", "thousand")]
    assert arrived[0] == 0 < arrived[1] < arrived[2] < 0.3 * 4500


def test_the_objective_is_huber_of_log_residuals() -> None:
    law = TRUTH.with_values(alpha=0.35)
    r = np.abs(np.log(law.loss(N, D) / LOSS))
    exact = np.where(r < 1e-3, 0.5 * r**2, 1e-3 * (r - 5e-4)).sum()
    found = objective_at(N, D, LOSS, list(law.constants().values()))
    assert found == pytest.approx(exact, rel=1e-10)


def test_bad_starts_are_refused() -> None:
    with pytest.raises(ValueError, match="five columns"):
        audit_repaired(N, D, LOSS, starts=np.zeros((3, 4)))
