"""What a result says of one claim: our value at its digits, whether it drifted, what is shown."""

from dataclasses import replace

import pytest
from made_up_claims import claim

from claims import ClaimError, judge
from claims.recompute import Recomputed, digits
from experiments.analysis.effect import Measured


def effect(value=1.0, low=0.95, high=1.05):
    return Measured(value, low, high, 36, "95 % over seeds")


def judged(recipe, **changes):
    return judge(claim(**changes), recipe)


def measured(found=None, **changes):
    said = {"effect": "slope", "seen_if": "0.9..1.1", "verdict": "seen at our scale"}
    return judged(lambda: effect() if found is None else found, **said | changes)


@pytest.mark.parametrize(
    ("result", "ours", "printed", "value"),
    [
        (lambda: judged(lambda: 1.0449), "1.045", "1.0", "1.045"),
        (
            lambda: judged(lambda: 2.04e5, printed="2e5", unit="tokens"),
            *("2.04e5", "2×10⁵ tokens", "2.04×10⁵"),
        ),
        (lambda: judged(lambda: -0.951, printed="-1.0"), "-0.951", "−1.0", "−0.951"),
        (lambda: judged(lambda: 19.0, printed="20", compare="at most"), "19", "≤ 20", "19"),
        (
            lambda: judged(lambda: 1.53e6, printed="1e6..2e6", compare="range"),
            *("1.53e6", "1×10⁶ to 2×10⁶", "1.53×10⁶"),
        ),
        (lambda: judged(None), "", "1.0", "–"),
        (
            lambda: judged(None, printed="slowly", compare="words", unit="tokens"),
            *("", "slowly", "–"),
        ),
        (measured, "1.00 (0.95 to 1.05)", "1.0", "1.00 (0.95 to 1.05)"),
        (
            lambda: measured(effect(-0.2, -0.25, -0.15), seen_if="at most -0.1"),
            *("-0.20 (-0.25 to -0.15)", "1.0", "−0.20 (−0.25 to −0.15)"),
        ),
    ],
)
def test_our_value_for_the_entry_and_for_a_reader(result, ours, printed, value):
    made = result()
    assert (made.ours, made.shown_printed, made.shown_value) == (ours, printed, value)
    assert made.id == "test-one"


@pytest.mark.parametrize(
    ("value", "stated", "drifted"),
    [
        (1.0449, "", False),
        (1.0449, "1.045", False),
        (1.0444, "1.045", True),
        (1.0445, "1.045", False),  # either is right at the edge of two digits
        (1.0445, "1.044", False),
        (1.0456, "1.045", True),
        (None, "1.045", True),
    ],
)
def test_a_value_drifts_when_its_digits_are_no_longer_those_of_the_entry(value, stated, drifted):
    recipe = None if value is None else lambda: value
    assert judged(recipe, ours=stated).drifted is drifted


@pytest.mark.parametrize(
    ("stated", "drifted"),
    [
        ("1.00 (0.95 to 1.05)", False),
        ("1.000 (0.950 to 1.050)", False),  # the same at more digits
        ("1.01 (0.95 to 1.05)", True),
        ("1.00 (0.94 to 1.05)", True),
        ("1.00 (0.95 to 1.06)", True),
        ("1.00 (0.95)", True),
        ("1.00", True),
        ("-1.00 (0.95 to 1.05)", True),
    ],
)
def test_an_effect_drifts_when_it_or_an_end_of_its_interval_does(stated, drifted):
    assert measured(ours=stated).drifted is drifted


def test_effects_with_a_power_of_ten_are_read_back():
    small = measured(effect(2e-6, 1e-6, 3e-6), seen_if="at most 1e-5")
    assert small.ours == "2.0e-6 (1.0e-6 to 3.0e-6)"
    assert not replace(small, claim=replace(small.claim, ours="2e-6 (1e-6 to 3e-6)")).drifted


@pytest.mark.parametrize(
    ("recipe", "shown"),
    [
        (lambda: Recomputed(1.2, from_rounded=1.21), "1.21"),
        (lambda: Recomputed(1.2, from_rounded=(1.11, 1.25)), "1.11 to 1.25"),
        (lambda: Recomputed(1.2, from_rounded=(-1.11, 1.25)), "−1.11 to 1.25"),
        (lambda: 1.0, ""),
    ],
)
def test_what_rounding_allows_is_shown_once_or_from_end_to_end(recipe, shown):
    assert judged(recipe).shown_from_rounded == shown


def test_a_row_has_the_entry_and_what_was_computed():
    row = judged(lambda: Recomputed(1.2, from_rounded=(1.11, 1.25))).to_row()
    entry = vars(claim()) | {"verdict": "differs"}
    numbers = {"value": 1.2, "from_rounded_low": 1.11, "from_rounded_high": 1.25}
    assert row == entry | numbers
    row = measured().to_row()
    assert (row["from_rounded_low"], row["from_rounded_high"]) == (None, None)
    assert (row["value"], row["low"], row["high"], row["runs"]) == (1.0, 0.95, 1.05, 36)


def test_a_measurement_keeps_its_effect_and_no_rounding():
    result = measured()
    assert (result.value, result.from_rounded, result.measured) == (1.0, None, effect())
    assert judged(lambda: 1.0).measured is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: judged(effect), "test-one: a measured claim must say in seen_if what counts"),
        (lambda: measured(1.0), "test-one: seen_if needs a recipe that gives Measured"),
        (
            lambda: judged(lambda: 2.0),
            "test-one: 2.0 differs from '1.0', but no input is known to be rounded; read the "
            "printed ones with constant, law or digits, or say in exact_inputs why rounding "
            "cannot explain it",
        ),
    ],
)
def test_a_claim_that_cannot_be_judged_says_why(call, message):
    with pytest.raises(ClaimError) as caught:
        call()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("ends", "verdict"),
    [
        ((0.5, 0.66), "rounding"),
        ((0.5, 0.65), "differs"),
        ((0.80, 0.9), "rounding"),
        ((0.81, 0.9), "differs"),
        ((0.5, 0.9), "rounding"),
    ],
)
def test_a_span_may_hold_where_it_touches_the_range(ends, verdict):
    recipe = Recomputed(0.5, from_rounded=ends)
    assert judged(lambda: recipe, printed="0.73", holds_if="0.66..0.80").verdict == verdict


def test_the_ends_are_compared_as_the_claim_says():
    recipe = Recomputed(4.0, from_rounded=(2.2, 4.0))
    assert judged(lambda: recipe, printed="1..2", compare="range").verdict == "rounding"
    assert judged(lambda: recipe, printed="3", compare="at most").verdict == "rounding"


def test_a_result_keeps_claim_value_and_ends_whatever_its_verdict():
    told = judged(lambda: Recomputed(1.2, from_rounded=(1.0, 1.2)))
    assert (told.verdict, told.value, told.from_rounded) == ("rounding", 1.2, (1.0, 1.2))
    moved = judged(lambda: digits("1.12") - 0.068)
    assert (moved.verdict, moved.value) == ("rounding", pytest.approx(1.052))
    assert moved.from_rounded == pytest.approx((1.047, 1.057), abs=1e-6)
    read = judged(lambda: 1.4, on_our_reading=True)
    assert (read.verdict, read.value, read.from_rounded) == ("on our reading", 1.4, None)
    differs = judged(lambda: 1.4, exact_inputs="Counts.")
    assert (differs.verdict, differs.value, differs.from_rounded) == ("differs", 1.4, None)
    for result in (told, moved, read, differs):
        assert result.id == "test-one"


def test_what_a_recipe_says_of_rounding_stands_unless_its_inputs_move():
    told = judged(lambda: Recomputed(1.2, from_rounded=1.3))
    assert (told.verdict, told.from_rounded) == ("differs", (1.3, 1.3))
    moved = judged(lambda: Recomputed(digits("1.2"), from_rounded=1.3))
    assert moved.from_rounded == pytest.approx((1.15, 1.25), abs=1e-6)
    kept = judged(lambda: Recomputed(digits("1.0"), from_rounded=(1.1, 1.2)))
    assert (kept.verdict, kept.from_rounded) == ("reproduced", (1.1, 1.2))
    read = judged(lambda: Recomputed(digits("1.4"), from_rounded=1.3), on_our_reading=True)
    assert (read.verdict, read.value) == ("on our reading", 1.4)
    assert read.from_rounded == pytest.approx((1.35, 1.45), abs=1e-6)
