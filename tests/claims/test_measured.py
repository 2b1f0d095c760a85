"""Claims that our own runs test: what an entry must say, and how the verdict comes about."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from made_up_claims import GOOD, claim, write

from claims import VERDICTS, ClaimError, Ledger, judge
from claims.entries import RECOMPUTED_VERDICTS, read_claims
from claims.measured import MEASURED_VERDICTS, SeenRange
from experiments.analysis.effect import Measured

SEEN, NOT_SEEN, UNDECIDED = MEASURED_VERDICTS
TESTED = {
    **GOOD,
    "printed": '"almost exclusively"',
    "compare": '"words"',
    "kind": '"measured"',
    "verdict": '"seen at our scale"',
    "effect": '"slope of one loss against the other"',
    "seen_if": '"0.9..1.1"',
}


def measured(value=1.0, low=0.95, high=1.05, runs=36, interval="95 % over seeds"):
    return Measured(value, low, high, runs, interval)


def effect_claim(seen_if="0.9..1.1", **changes):
    fields = {
        "printed": "almost exclusively",
        "compare": "words",
        "verdict": SEEN,
        "effect": "slope of one loss against the other",
    }
    return claim(seen_if=seen_if, **{**fields, **changes})


def test_an_entry_is_read_with_its_criterion(tmp_path):
    (read,) = read_claims(write(tmp_path, TESTED))
    assert read == effect_claim()
    assert (read.seen_range.low, read.seen_range.high) == (0.9, 1.1)
    assert claim().seen_range is None


@pytest.mark.parametrize("verdict", [NOT_SEEN, UNDECIDED])
def test_what_was_not_seen_needs_a_reason(tmp_path, verdict):
    entry = {**TESTED, "verdict": f'"{verdict}"'}
    with pytest.raises(ClaimError, match=f"field reason: is missing; the verdict '{verdict}'"):
        read_claims(write(tmp_path, entry))
    (read,) = read_claims(write(tmp_path, {**entry, "reason": '"Too few runs."'}))
    assert read.verdict == verdict


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"seen_if": None}, "seen_if", "is missing; the verdict 'seen at our scale' needs it"),
        ({"effect": None}, "effect", "is missing; the verdict 'seen at our scale' needs it"),
        ({"seen_if": '"1.1..0.9"'}, "seen_if", "from high to low"),
        ({"seen_if": '"1..1.0"'}, "seen_if", "has no width"),
        ({"seen_if": '"about 1"'}, "seen_if", "is no range; expected low..high, 'at least low'"),
        ({"seen_if": '"1"'}, "seen_if", "is no range"),
        ({"seen_if": '"at least 1..2"'}, "seen_if", "needs one number"),
        ({"seen_if": '"at most"'}, "seen_if", "is no range"),
        ({"seen_if": '"0.9..inf"'}, "seen_if", "'inf' is not a printed number"),
        ({"seen_if": "0.9"}, "seen_if", "must be a string"),
        ({"effect": '" slope"'}, "effect", "blanks at its ends"),
        ({"verdict": '"reproduced"'}, "verdict", "must be 'never published' or a measurement's"),
        (
            {"verdict": '"never published"', "reason": '"No runs."'},
            "seen_if",
            f"belongs to a measurement, whose verdict is one of {', '.join(MEASURED_VERDICTS)}$",
        ),
        (
            {"verdict": '"never published"', "reason": '"No runs."', "seen_if": None},
            "effect",
            "belongs to a measurement",
        ),
        ({"printed": '"one"', "compare": '"digits"'}, "printed", "'one' is not a printed number"),
    ],
)
def test_a_bad_entry_names_the_field(tmp_path, changes, field, why):
    entry = {key: value for key, value in {**TESTED, **changes}.items() if value is not None}
    with pytest.raises(ClaimError, match=rf"claim test-one: field {field}: .*{why}"):
        read_claims(write(tmp_path, entry))


@pytest.mark.parametrize(
    ("seen_if", "low", "high", "verdict"),
    [
        ("0.9..1.1", 0.95, 1.05, SEEN),
        ("0.9..1.1", 0.9, 1.1, SEEN),  # the ends belong to the range
        ("0.9..1.1", 0.8999, 1.05, UNDECIDED),
        ("0.9..1.1", 0.5, 1.5, UNDECIDED),
        ("0.9..1.1", 1.1, 1.2, UNDECIDED),
        ("0.9..1.1", 1.1001, 1.2, NOT_SEEN),
        ("0.9..1.1", -1.0, 0.8999, NOT_SEEN),
        ("at least 0", 0.0, 1e9, SEEN),
        ("at least 0", -0.1, 1.0, UNDECIDED),
        ("at least 0", -0.2, -0.1, NOT_SEEN),
        ("at most 3", -1e9, 3.0, SEEN),
        ("at most 3", 2.9, 3.1, UNDECIDED),
        ("at most 3", 3.1, 3.2, NOT_SEEN),
        ("-2..-1e-1", -1.5, -0.1, SEEN),
    ],
)
def test_the_whole_interval_decides(seen_if, low, high, verdict):
    result = judge(effect_claim(seen_if), lambda: measured((low + high) / 2, low, high))
    assert result.verdict == verdict
    assert result.value == (low + high) / 2


numbers = st.floats(-100, 100).map(lambda x: round(x, 3) + 0.0)
intervals = st.tuples(numbers, numbers, numbers).map(sorted)


@given(intervals, intervals)
def test_a_wider_interval_never_decides_more_nor_otherwise(found, ends):
    low, value, high = found
    assume(ends[0] < ends[2])
    seen = SeenRange.parse(f"{ends[0]}..{ends[2]}")
    inner = seen.verdict(measured(value, value, value))
    assert inner == (SEEN if value in seen else NOT_SEEN)
    assert seen.verdict(measured(value, low, high)) in (inner, UNDECIDED)


@given(intervals, numbers)
def test_the_two_bounds_are_mirror_images(found, bound):
    low, value, high = found
    at_least = SeenRange.parse(f"at least {bound}").verdict(measured(value, low, high))
    at_most = SeenRange.parse(f"at most {0.0 - bound}").verdict(measured(-value, -high, -low))
    assert at_least == at_most


@given(intervals)
def test_a_measurement_is_never_reproduced(found):
    low, value, high = found
    exact = effect_claim("-200..200", printed=f"{value}", compare="digits")
    result = judge(exact, lambda: measured(value, low, high))
    assert result.verdict == SEEN
    assert not {*MEASURED_VERDICTS} & {*RECOMPUTED_VERDICTS}
    assert VERDICTS == RECOMPUTED_VERDICTS + MEASURED_VERDICTS


def test_criterion_and_measurement_belong_together():
    with pytest.raises(ClaimError, match="test-one: a measured claim must say in seen_if"):
        judge(claim(), measured)
    for recipe in (None, lambda: 1.0):
        with pytest.raises(ClaimError, match="test-one: seen_if needs a recipe that gives"):
            judge(effect_claim(), recipe)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": math.nan}, "must be finite"),
        ({"low": -math.inf}, "must be finite"),
        ({"high": math.inf}, "must be finite"),
        ({"value": 0.9}, "value must lie in its interval, got 0.9 for 0.95 to 1.05"),
        ({"value": 1.1}, "value must lie in its interval"),
        ({"low": 1.05, "high": 0.95}, "value must lie in its interval"),
        ({"runs": 0}, "runs must be a whole number of at least 1, got 0"),
        ({"runs": 2.0}, "runs must be a whole number"),
        ({"runs": True}, "runs must be a whole number"),
        ({"interval": " "}, "interval is empty"),
    ],
)
def test_what_is_no_measurement_is_refused_and_named(changes, message):
    with pytest.raises(ValueError, match=message):
        measured(**changes)
    with pytest.raises(ClaimError, match=f"test-one could not be recomputed: .*{message}"):
        judge(effect_claim(), lambda: measured(**changes))


def test_arrays_of_numpy_leave_plain_numbers():
    result = judge(effect_claim(), lambda: measured(*np.float32([1.0, 0.5, 1.5])))
    assert result.measured == measured(1.0, 0.5, 1.5)
    assert {type(result.value), type(result.measured.low), type(result.measured.high)} == {float}


@pytest.mark.parametrize(
    ("value", "low", "high", "shown"),
    [
        (0.9317, 0.9012, 0.9622, "0.93 (0.90 to 0.96)"),
        (0.9317, 0.9255, 0.9383, "0.932 (0.925 to 0.938)"),
        (1.8, -0.2, 3.9, "1.8 (−0.2 to 3.9)"),
        (-0.004, -0.1, 0.1, "0.00 (−0.10 to 0.10)"),
        (12.3, 4.1, 31.0, "12 (4 to 31)"),
        (24576, 20000, 31234, "24576 (20000 to 31234)"),
        (1.94e6, 0.98e6, 3.21e6, "1.9×10⁶ (1.0×10⁶ to 3.2×10⁶)"),
        (3.14e-7, 2.5e-7, 3.9e-7, "3.1×10⁻⁷ (2.5×10⁻⁷ to 3.9×10⁻⁷)"),
        (0.5, 0.5, 0.5, "0.500 (0.500 to 0.500)"),
        (0.0, 0.0, 0.0, "0.0 (0.0 to 0.0)"),
    ],
)
def test_an_effect_for_readers(value, low, high, shown):
    anything = SeenRange.parse("at least -1e30")
    assert anything.show(measured(value, low, high)) == shown


@given(intervals, intervals)
def test_what_is_shown_leads_to_the_same_verdict(found, ends):
    low, value, high = found
    assume(ends[0] < ends[2])
    seen = SeenRange.parse(f"{ends[0]}..{ends[2]}")
    effect = measured(value, low, high)
    written = measured(*map(float, seen.write(effect)))
    assert seen.verdict(written) == seen.verdict(effect)


def test_a_range_is_shown_and_refuses_words():
    shown = {
        text: SeenRange.parse(text).shown for text in ("-0.1..1e-1", "at least 0", "at most 3")
    }
    assert list(shown.values()) == ["−0.1 to 1×10⁻¹", "≥ 0", "≤ 3"]
    with pytest.raises(ValueError, match="is no range"):
        SeenRange.parse("less than 3")


LEDGER = Ledger(
    (
        judge(claim(), lambda: 1.0),
        judge(effect_claim(id="test-words", unit="%"), measured),
        judge(
            effect_claim("at most 3", id="test-bound", printed="3", compare="at most", unit="%"),
            lambda: measured(3.5, 2.5, 4.5, runs=1),
        ),
    )
)


def test_a_result_says_what_was_measured():
    _, words, bound = LEDGER.results
    assert (words.shown_printed, words.shown_value) == (
        "almost exclusively",
        "1.00 (0.95 to 1.05)",
    )
    assert words.shown_measurement == (
        "slope of one loss against the other; seen if 0.9 to 1.1 %; "
        "in brackets: 95 % over seeds, 36 runs"
    )
    assert (bound.shown_printed, bound.verdict) == ("≤ 3 %", UNDECIDED)
    assert bound.shown_measurement.endswith("seen if ≤ 3 %; in brackets: 95 % over seeds, 1 run")
    assert not words.shown_from_rounded
    assert LEDGER.results[0].shown_measurement == ""


def test_the_ledger_counts_and_tabulates_measurements():
    counts = LEDGER.counts()
    assert tuple(counts) == VERDICTS
    assert (counts["reproduced"], counts[SEEN], counts[NOT_SEEN], counts[UNDECIDED]) == (
        1,
        1,
        0,
        1,
    )
    frame = LEDGER.to_frame().set_index("id")
    assert frame.loc["test-bound", ["value", "low", "high", "runs"]].tolist() == [3.5, 2.5, 4.5, 1]
    assert frame.loc["test-words", "interval"] == "95 % over seeds"
    assert frame.loc["test-one", ["low", "high", "runs", "interval"]].isna().all()


def test_html_shows_the_effect_its_criterion_and_its_interval():
    html = LEDGER._repr_html_().replace("\N{NO-BREAK SPACE}", "~")
    _, row = html.split('<tr id="claim-test-words"')
    row = row.partition("</tr>")[0]
    assert 'data-verdict="seen-at-our-scale"' in row
    assert '<small class="claim-effect">Measured: slope of one loss against the other; ' in row
    assert "seen if 0.9 to 1.1~%; in brackets: 95~% over seeds, 36 runs.</small>" in row
    assert '<td class="claim-value measured">1.00 (0.95 to 1.05)~%</td>' in row
    assert '<td class="verdict verdict-seen-at-our-scale">seen at our scale</td>' in row
    assert html.count("Measured: ") == html.count("claim-value measured") == 2
