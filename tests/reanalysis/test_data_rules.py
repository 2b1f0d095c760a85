"""The data rules side by side: each one against the formula that it stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reanalysis.data_growth import data_rules, one_pass_tokens
from scaling_utils.laws import training_flops
from scaling_utils.units import PF_DAY

# Growth of tokens with compute: printed, or from the printed exponents.
SLOPES = {
    "Table 6": 0.27,
    "Eq. 6.7": 0.26,
    "Appendix B": 0.316,
    "Eq. 4.4": 0.74 * 0.73,
    "L(D)": 0.050 / 0.095,
    "20 per parameter": 0.5,
}


@given(st.floats(1e17, 1e27))
def test_each_rule_grows_with_its_own_exponent(C):
    table = data_rules([C, 10 * C])
    assert list(table["rule"].unique()) == list(SLOPES)
    for rule, slope in SLOPES.items():
        low, high = table.loc[table["rule"] == rule, "D"]
        assert np.log10(high / low) == pytest.approx(slope, abs=5e-4)


def test_rules_that_spend_the_whole_budget_do():
    C = np.geomspace(1e18, 1e26, 5)
    table = data_rules(C)
    for rule, tolerance in {"20 per parameter": 1e-9, "Appendix B": 1e-9, "Table 6": 0.17}.items():
        rows = table[table["rule"] == rule]
        np.testing.assert_allclose(training_flops(rows["N"], rows["D"]), C, rtol=tolerance)


def test_tokens_at_one_pf_day_of_least_compute():
    at = data_rules(2 * PF_DAY).set_index("rule")
    assert at.loc["Table 6", "D"] == 2e10
    assert at.loc["Eq. 6.7", "D"] == 4e10
    assert at.loc["Eq. 4.4", "D"] == pytest.approx(5e3 * 1.3e9**0.74)
    assert at.loc["L(D)", "D"] == pytest.approx(5.4e13 / 2.658 ** (1 / 0.095), rel=2e-3)
    theory = at.loc["Appendix B"]
    assert theory["N"] == pytest.approx(6.0e8, rel=0.01)
    assert theory["D"] == pytest.approx(one_pass_tokens(PF_DAY, theory["N"]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data_rules(0.0), "C must be positive"),
        (lambda: data_rules([1e20, np.nan]), "C must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
