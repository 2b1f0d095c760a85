"""What each paper recommends."""

import numpy as np
import pytest

from reanalysis.data_growth import data_rules
from reanalysis.rules import KAPLAN, allocation_table, equal_size_budget, table_rule
from scaling_utils import published

C = np.geomspace(1e14, 1e26, 7)


def test_every_row_spends_its_budget():
    table = allocation_table(C, {"refit": published.law("besiroglu2024")})
    np.testing.assert_allclose(6 * table["N"] * table["D"], table["C"])
    np.testing.assert_allclose(table["ratio"], table["D"] / table["N"])
    assert table["rule"].value_counts().to_dict() == dict.fromkeys(table["rule"].unique(), len(C))
    assert table["rule"].nunique() == 5


@pytest.mark.parametrize(
    ("rule", "exponent"),
    [
        (KAPLAN, 0.73),
        ("Hoffmann, Approach 1", 0.498),
        ("Hoffmann, Approach 2", 0.490),
        ("Hoffmann, Approach 3", 0.4565),
    ],
)
def test_sizes_grow_as_the_papers_say(rule, exponent):
    rows = allocation_table(C).query("rule == @rule")
    slope = np.polyfit(np.log(rows["C"]), np.log(rows["N"]), 1)[0]
    assert slope == pytest.approx(exponent, abs=5e-4)


def test_head_to_head_of_appendix_d4():
    sizes = allocation_table(1e21).set_index("rule")["N"]
    assert f"{sizes[KAPLAN]:.3g}" == "4.68e+09"
    assert f"{sizes['Hoffmann, Approach 1']:.3g}" == "2.86e+09"


def test_kaplan_is_the_rule_of_chapter_3():
    mine = allocation_table(C).query("rule == @KAPLAN")["N"]
    other = data_rules(C).query("rule == 'Table 6'")["N"]
    np.testing.assert_allclose(mine, other)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_equal_size_budget_parts_smaller_from_larger(number):
    at = equal_size_budget(number)
    table = allocation_table([at / 10, at, at * 10])
    kaplan = table.query("rule == @KAPLAN")["N"].to_numpy()
    ratio = kaplan / table_rule(number).N_opt(np.array([at / 10, at, at * 10]))
    assert ratio[1] == pytest.approx(1)
    assert ratio[0] < 0.7 < 1.4 < ratio[2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: allocation_table(-1.0), "C must be positive"),
        (
            lambda: allocation_table(1e20, {KAPLAN: published.law("besiroglu2024")}),
            "must not reuse the name",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
