"""A claim differs only if no numbers with the same printed digits reach what is printed."""

import math

import pytest
from made_up_claims import claim

from claims import ClaimError, Ledger, judge
from claims.recompute import Recomputed, allowing_for_rounding, digits, within_digits
from scaling_utils.constants import Reading, read, span
from scaling_utils.published import constant, constants, law


def test_a_reading_notes_and_replaces_and_ends():
    with Reading({"x": 3.0}) as reading:
        assert (read("x", 1.0, "1"), read("y", 2.0, "2")) == (3.0, 2.0)
        with Reading() as inner:
            assert read("x", 1.0, "1") == 1.0
        assert inner.seen == {"x": "1"}
    assert reading.seen == {"x": "1", "y": "2"}
    assert read("x", 1.0, "1") == 1.0


def test_a_reading_ends_when_something_fails():
    with pytest.raises(ValueError, match="stop"), Reading({"x": 3.0}):
        raise ValueError("stop")
    assert read("x", 1.0, "1") == 1.0


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [
        (lambda: constant("hoffmann2022/Chinchilla", "N").value, 69.5e9, 70.5e9),
        (lambda: constants("kaplan2020/Eq. 6.8")[0].value, 0.5e4, 1.5e4),
        (lambda: law("kaplan2020/L(N)").exponent, 0.0755, 0.0765),
        (lambda: -digits("2.0e1"), -20.5, -19.5),
        (lambda: digits("1.4") - digits("1.4"), 0.0, 0.0),  # one number, read twice
        (lambda: digits("1.4", of="a") - digits("1.4", of="b"), -0.1, 0.1),
        (lambda: abs(digits("0.0")), 0.05, 0.05),
        # Seven inputs: too many for every combination, but each acts in one direction.
        (lambda: sum(digits(f"{k}.0") for k in range(1, 8)) - 2 * digits("3.0"), 21.65, 22.35),
    ],
)
def test_every_rounded_input_is_moved_within_its_digits(function, low, high):
    found = allowing_for_rounding("test-one", function)
    assert found == pytest.approx((low, high), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(
    "function",
    [
        lambda: 2.0,
        lambda: constant("kaplan2020/training", "context").value,  # a count
        lambda: constant("kaplan2020/training", "batch_sequences").value,
        lambda: law("muennighoff2023").alpha,  # known with more digits than are printed
    ],
)
def test_what_is_exact_is_not_moved(function):
    assert allowing_for_rounding("test-one", function) is None


def test_inputs_without_a_value_are_left_out():
    found = allowing_for_rounding("test-one", lambda: math.sqrt(digits("0.0") + 0.01))
    assert found == pytest.approx((0.06**0.5, 0.06**0.5), rel=1e-5)
    with Reading({" 0.0": 0.04}):
        nowhere = allowing_for_rounding("test-one", lambda: math.sqrt(-abs(digits("0.0"))))
    assert nowhere is None


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        (lambda: digits("1.0"), "reproduced"),
        (lambda: digits("1.1"), "differs"),  # 1.05 would print as 1.0 or 1.1: no proof
        (lambda: digits("1.12") - 0.068, "rounding"),
        (lambda: digits("1.2"), "differs"),
        (lambda: Recomputed(digits("1.2"), from_rounded=1.0), "rounding"),
        (lambda: Recomputed(digits("1.12") - 0.068, from_rounded=1.2), "rounding"),
    ],
)
def test_nothing_differs_before_its_inputs_were_moved(function, verdict):
    assert judge(claim(), function).verdict == verdict


def test_a_difference_of_exact_inputs_needs_its_reason():
    with pytest.raises(ClaimError, match=r"test-one: 2\.0 differs .* say in exact_inputs"):
        judge(claim(), lambda: 2.0)
    result = judge(claim(exact_inputs="A count.", verdict="differs"), lambda: 2.0)
    assert (result.verdict, result.shown_from_rounded) == ("differs", "")
    assert "A count." in Ledger((result,))._repr_html_()
    assert judge(claim(on_our_reading=True), lambda: 2.0).verdict == "on our reading"


def test_the_span_that_was_tried_is_shown():
    result = judge(claim(), lambda: digits("1.2"))
    assert result.shown_from_rounded == "1.15 to 1.25"


def test_our_own_reading_never_differs():
    on_ours = claim(on_our_reading=True)
    assert judge(on_ours, lambda: 1.04).verdict == "reproduced"
    assert judge(on_ours, lambda: 1.4).verdict == "on our reading"
    assert judge(on_ours, lambda: Recomputed(1.4, from_rounded=1.0)).verdict == "rounding"


@pytest.mark.parametrize(
    ("value", "verdict"), [(0.66, "reproduced"), (0.8, "reproduced"), (0.81, "differs")]
)
def test_a_match_that_is_only_said_to_be_close_has_a_range(value, verdict):
    close = claim(printed="0.73", holds_if="0.66..0.80", exact_inputs="Made up.")
    assert judge(close, lambda: value).verdict == verdict
    words = claim(printed="closely", compare="words", holds_if="0.66..0.80", exact_inputs="-")
    assert judge(words, lambda: value).verdict == verdict


def test_a_close_match_allows_for_rounding_too():
    close = claim(printed="0.73", holds_if="0.66..0.80")
    assert judge(close, lambda: digits("0.82") - 0.016).verdict == "rounding"


def test_span_covers_the_printed_digits():
    inputs = [constant("hoffmann2022/Chinchilla", symbol) for symbol in ("N", "D")]
    ends = span(lambda n, d: d / n, *(c.printed for c in inputs))
    assert ends == pytest.approx((1.35e12 / 70.5e9, 1.45e12 / 69.5e9))
    assert within_digits(lambda n, d: d / n, *inputs) == Recomputed(1.4e12 / 70e9, ends)
    assert span(lambda x: -x, "2.0e1") == pytest.approx((-20.5, -19.5))
