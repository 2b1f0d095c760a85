"""What a law says of Gopher against Chinchilla."""

import numpy as np
import pytest

from reanalysis import gopher
from reanalysis.gopher import CHINCHILLA, GOPHER
from reanalysis.refit import refit, resamples
from scaling_utils import published
from scaling_utils.laws.base import UnreachableLossError
from scaling_utils.transformer import Architecture, kaplan_parameters


def test_intervals_are_those_of_the_bootstrap():
    found = resamples().interval(lambda law: law.loss(*GOPHER) - law.loss(*CHINCHILLA))
    assert gopher.ends(gopher.gap) == pytest.approx((found.low, found.high), abs=1e-4)


def test_the_size_needed_may_be_no_size_at_all():
    assert gopher.in_words(gopher.parameters_needed, "count2").endswith("to no size at all)")
    assert np.isinf(gopher.ends(gopher.parameters_needed)[1])
    with pytest.raises(UnreachableLossError):  # by the printed constants none is enough
        gopher.parameters_needed(gopher.laws()[gopher.PRINTED])


def test_a_gain_is_the_fall_of_one_part_of_the_loss():
    law = refit().law
    by_size = gopher.gain("N", GOPHER)(law)
    assert by_size == pytest.approx(law.loss(*GOPHER) - law.loss(4 * GOPHER[0], GOPHER[1]))
    with pytest.raises(ValueError, match="positive"):
        gopher.gain("D", (70e9, -5))(law)


def test_kaplan_puts_gopher_ahead_in_both_laws():
    losses = gopher.kaplan_losses()
    law = published.law("kaplan2020/L(N,D)")
    size = kaplan_parameters(Architecture.hoffmann(16384, 80, 128, 128))
    assert losses.loc["Gopher", "N"] == size
    assert losses.loc["Gopher", "L(N, D)"] == law.loss(size, GOPHER[1])
    assert (losses.loc["Gopher"] < losses.loc["Chinchilla"])[["L(N, D)", "L(N, S)"]].all()


def test_loss_of_steps_solves_equation_1_6_with_the_steps_of_equation_5_4():
    by_steps, critical = (published.law(f"kaplan2020/{name}") for name in ("L(N,S)", "B_crit"))
    losses = gopher.kaplan_losses()
    loss, N = losses.loc["Chinchilla", "L(N, S)"], losses.loc["Chinchilla", "N"]
    halves = [(0.7e12 / batch, batch) for batch in (1.5e6, 3e6)]
    least = sum(steps / critical.steps(1.0, batch, loss) for steps, batch in halves)
    assert by_steps.loss(N, least) == pytest.approx(loss)
