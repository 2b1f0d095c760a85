"""The rule by which a recomputed value agrees with a printed one."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from claims.comparison import (
    agrees,
    parse_printed,
    show_printed,
    some_agree,
    typeset,
    write_value,
)
from scaling_utils.constants import PrintedNumber


@pytest.mark.parametrize(
    ("value", "printed", "compare", "expected"),
    [
        (2.7007, "2.7", "digits", True),
        (2.75, "2.7", "digits", True),  # both 2.7 and 2.8 may be printed for it
        (2.7501, "2.7", "digits", False),
        (2.6499, "2.7", "digits", False),
        (2.7007, "2.70", "digits", True),
        (2.7057, "2.70", "digits", False),
        (0.345, "0.34", "digits", True),
        (0.345, "0.35", "digits", True),
        (5499, "5e3", "digits", True),
        (5519, "5e3", "digits", False),
        (5519, "5.5e3", "digits", True),
        (5519, "5000", "digits", False),
        (-0.3512, "-0.35", "digits", True),
        (0.3512, "-0.35", "digits", False),
        (0.3512, "+0.35", "digits", True),
        (1e-5, "1e-5", "digits", True),
        (1.6e-5, "1e-5", "digits", False),
        (20.3, "20", "at most", True),
        (20.6, "20", "at most", False),
        (-1e9, "20", "at most", True),
        (19.6, "20", "at least", True),
        (19.4, "20", "at least", False),
        (1e9, "20", "at least", True),
        (0.5e6, "1e6..2e6", "range", True),
        (2.5e6, "1e6..2e6", "range", True),
        (2.6e6, "1e6..2e6", "range", False),
        (0.4e6, "1e6..2e6", "range", False),
        (0.50, "0.501..0.512", "range", False),
        (3.1e12, "1e12", "order of magnitude", True),
        (3.2e12, "1e12", "order of magnitude", False),
        (3.2e11, "1e12", "order of magnitude", True),
        (3.1e11, "1e12", "order of magnitude", False),
        (-1e12, "1e12", "order of magnitude", False),
        (0.0, "1e12", "order of magnitude", False),
        (0.3, "0.5", "order of magnitude", True),
        (1e13, "1e12", "within ten times", True),
        (1.01e13, "1e12", "within ten times", False),
        (1e11, "1e12", "within ten times", True),
        (0.99e11, "1e12", "within ten times", False),
        (50, "50", "exact", True),
        (50.0000001, "50", "exact", False),
        (49, "50", "exact", False),
    ],
)
def test_hand_made_cases(value, printed, compare, expected):
    assert agrees(value, printed, compare) is expected


digits = st.tuples(
    st.integers(1, 99999), st.integers(0, 4), st.integers(-12, 30), st.booleans()
).map(
    lambda t: (
        (f"{t[0]}" if t[1] == 0 else f"{t[0] / 10 ** t[1]:.{t[1]}f}")
        + (f"e{t[2]}" if t[3] else "")
    )
)


@given(digits, st.floats(-0.499, 0.499))
def test_what_rounds_to_the_digits_agrees(printed, offset):
    number = PrintedNumber.parse(printed)
    assert agrees(float(number.value) + offset * float(number.unit), printed)


@given(digits, st.floats(0.501, 1e6), st.sampled_from([-1, 1]))
def test_a_wrong_digit_is_caught(printed, offset, sign):
    number = PrintedNumber.parse(printed)
    assert not agrees(float(number.value) + sign * offset * float(number.unit), printed)


@given(st.floats(1e-6, 1e12), st.integers(1, 6), st.integers(1, 9))
def test_a_misprint_in_any_last_digit_is_caught(value, significant, shift):
    printed = f"{value:.{significant - 1}e}"
    assert agrees(value, printed)
    unit = PrintedNumber.parse(printed).unit
    for wrong in (float(printed) + shift * float(unit), float(printed) - shift * float(unit)):
        assume(wrong > 0)
        misprint = f"{wrong:.{significant - 1}e}"
        # One digit less before the power changes would be coarser, or finer: same unit only.
        assume(PrintedNumber.parse(misprint).unit == unit)
        exactly_between = math.isclose(abs(value - wrong), float(unit) / 2, rel_tol=1e-9)
        assert exactly_between or not agrees(value, misprint)


@given(st.floats(-1e9, 1e9), digits)
def test_bounds_and_digits_fit_together(value, printed):
    both = agrees(value, printed, "at most") and agrees(value, printed, "at least")
    assert both == agrees(value, printed)


@given(st.floats(-1e3, 1e3), st.floats(0, 1e3), st.sampled_from(["0.5", "40", "1e2"]))
def test_a_span_agrees_if_some_value_in_it_does(low, width, printed):
    span = (low, low + width)
    number = PrintedNumber.parse(printed)
    overlap = span[0] <= number.high and span[1] >= number.low
    assert some_agree(span, printed) == overlap


@pytest.mark.parametrize(
    ("span", "printed", "compare", "expected"),
    [
        ((25, 30), "20", "at most", False),
        ((15, 30), "20", "at most", True),
        ((10, 15), "20", "at least", False),
        ((10, 30), "20", "at least", True),
        ((3e6, 4e6), "1e6..2e6", "range", False),
        ((0.1e6, 0.8e6), "1e6..2e6", "range", True),
        ((2e11, 3e11), "1e12", "order of magnitude", False),
        ((2e11, 4e11), "1e12", "order of magnitude", True),
    ],
)
def test_a_span_is_compared_as_its_claim_says(span, printed, compare, expected):
    assert some_agree(span, printed, compare) is expected


@pytest.mark.parametrize(
    ("printed", "compare", "message"),
    [
        ("2,7", "digits", "'2,7' is not a printed number"),
        ("about 3", "digits", "is not a printed number"),
        ("", "digits", "is not a printed number"),
        ("nan", "digits", "is not a printed number"),
        ("2.", "digits", "is not a printed number"),
        ("1e6", "range", "needs two numbers"),
        ("1..2", "digits", "needs one number"),
        ("2..1", "range", "from high to low"),
        ("0", "order of magnitude", "needs a positive number"),
        ("2.7", "nearly", "expected one of digits, at most"),
        ("roughly constant", "words", "no number can be compared"),
    ],
)
def test_what_cannot_be_understood_is_refused(printed, compare, message):
    with pytest.raises(ValueError, match=message):
        parse_printed(printed, compare)
    with pytest.raises(ValueError, match=message):
        agrees(1.0, printed, compare)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("compare", ["digits", "at most", "at least", "exact"])
def test_values_that_are_no_numbers_are_refused(value, compare):
    with pytest.raises(ValueError, match="must be finite"):
        agrees(value, "2.7", compare)


@pytest.mark.parametrize(
    ("value", "printed", "compare", "shown_printed", "shown_value"),
    [
        (2.70072, "2.7", "digits", "2.7", "2.701"),
        (20.349, "20", "digits", "20", "20.35"),
        (10.0, "10", "digits", "10", "10"),
        (0.103, "0.095", "digits", "0.095", "0.103"),
        (0.8, "0.74", "digits", "0.74", "0.80"),
        (0.00001234, "0.03", "digits", "0.03", "1.2×10⁻⁵"),
        (-0.3512, "-0.35", "digits", "−0.35", "−0.3512"),
        (5519.3, "5e3", "digits", "5×10³", "5.52×10³"),
        (1.5e9, "2.5e5", "digits", "2.5×10⁵", "1.5×10⁹"),
        (22.24e9, "22e9", "digits", "22×10⁹", "22.24×10⁹"),
        (16.4474, "20", "at most", "≤ 20", "16.45"),
        (1.92e6, "1e6", "at least", "≥ 10⁶", "1.92×10⁶"),
        (3.925e6, "1e6..2e6", "range", "1×10⁶ to 2×10⁶", "3.92×10⁶"),
        (2.479e11, "1e12", "order of magnitude", "∼ 10¹²", "2.5×10¹¹"),
        (10.44e9, "10e9", "digits", "10×10⁹", "10.44×10⁹"),
        (0.00009, "0.03", "digits", "0.03", "9.0×10⁻⁵"),
        (0.0001, "0.03", "digits", "0.03", "0.0001"),
        (4.0, "3e0", "digits", "3", "4"),
        (768.0, "768", "exact", "768", "768"),
        (768.1234, "768", "exact", "768", "768.123"),
        (1234567.0, "768", "exact", "768", "1234567"),
        (0.0, "0.03", "digits", "0.03", "0.00"),
    ],
)
def test_numbers_for_readers(value, printed, compare, shown_printed, shown_value):
    assert show_printed(printed, compare) == shown_printed
    assert typeset(write_value(value, printed, compare)) == shown_value


def test_words_are_shown_as_they_are():
    assert show_printed("roughly constant", "words") == "roughly constant"
