"""What rules and counts say of themselves, and how they refuse: whole sentences."""

import re

import numpy as np
import pytest

from reanalysis.counting import ALL, NON_EMBEDDING, Counting, SizeRelation, fit_relation, sweep
from reanalysis.rules import (
    KAPLAN,
    RatioLaw,
    allocation_table,
    deepseek_rule,
    equal_size_budget,
    kaplan_rule,
    llama_rule,
    porian_rule,
    recoded,
    sign_of,
    summary,
    table_rule,
)
from scaling_utils import datasets, published
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.units import PF_DAY

REFIT = published.law("besiroglu2024")
RULE = RatioLaw(20, 0.1)
PEARCE = SizeRelation(47491.0)
COUNT = Counting(PEARCE)


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (lambda: table_rule(1), "Hoffmann et al. 2022, Table 3, Approach 1"),
        (lambda: table_rule(2), "Hoffmann et al. 2022, Table A3, Approach 2"),
        (lambda: table_rule(3), "Hoffmann et al. 2022, Table A3, Approach 3"),
        (llama_rule, "Llama Team 2024, Fig. 3"),
        (lambda: llama_rule("Section 3.2.1"), "Llama Team 2024, Section 3.2.1"),
        (deepseek_rule, "DeepSeek-AI 2024, Eq. 4"),
        (kaplan_rule, published.law("kaplan2020/allocation").source),
        (
            lambda: porian_rule("RefinedWeb"),
            published.constant("porian2024/RefinedWeb tuned", "a").source,
        ),
        (lambda: RatioLaw.of_law(REFIT), REFIT.source),
        (lambda: RatioLaw.through(1e20, 1e9, 0.5), "user"),
        (lambda: RatioLaw.through(1e20, 1e9, 0.5, "a table"), "a table"),
    ],
)
def test_a_rule_says_where_it_comes_from(rule, source):
    assert rule().source == source


def test_a_rule_has_its_ratio_at_its_budget():
    through = RatioLaw.through(1e20, 1e9, 0.4)
    assert (through.C_at, through.exponent) == (1e20, pytest.approx(0.2))
    assert through.N_opt(1e20) == pytest.approx(1e9)
    assert through.N_opt(1e22) == pytest.approx(1e9 * 100**0.4)
    of_law = RatioLaw.of_law(REFIT)
    assert of_law.ratio == REFIT.tokens_per_parameter(1e21)
    assert (of_law.C_at, of_law.exponent) == (1e21, REFIT.b - REFIT.a)
    assert RULE.tokens_per_parameter(1e21) == pytest.approx(20.0)
    assert RULE.tokens_per_parameter(1e31) == pytest.approx(200.0)
    assert recoded(RULE, 1e21, 2.0) == pytest.approx(40.0 * 2.0**-0.1)


def test_kaplans_rule_is_table_6_at_twice_the_least_compute():
    # Table 6: 1.3 billion parameters and 20 billion tokens at one PF-day, exponents 0.73 and 0.27.
    assert kaplan_rule().tokens_per_parameter(2 * PF_DAY) == pytest.approx(2e10 / 1.3e9)
    assert kaplan_rule().tokens_per_parameter(20 * PF_DAY) == pytest.approx(
        2e10 / 1.3e9 * 10 ** (0.27 - 0.73)
    )


@pytest.mark.parametrize("approach", [1, 2, 3])
def test_a_rule_of_a_table_goes_through_its_rows(approach):
    table = datasets.load("hoffmann2022_table3_a3").query("approach == @approach")
    found = table_rule(approach)
    np.testing.assert_allclose(found.N_opt(table["flops"]), table["params"], rtol=0.05)


def test_a_summary_has_each_rule_at_the_ends_of_its_own_budgets():
    table = summary().set_index("study")
    rules = {
        "Kaplan 2020, Table 6": kaplan_rule(),
        "Hoffmann 2022, Approach 1": table_rule(1),
        "Hoffmann 2022, Approach 2": table_rule(2),
        "Hoffmann 2022, Approach 3": RatioLaw.of_law(published.law("hoffmann2022/tex")),
        "Besiroglu 2024": RatioLaw.of_law(REFIT),
        "Muennighoff 2023": RatioLaw.of_law(published.law("muennighoff2023")),
        "DeepSeek 2024": deepseek_rule(),
        "Porian 2024, RefinedWeb": porian_rule("RefinedWeb"),
        "Porian 2024, OpenWebText2": porian_rule("OpenWebText2"),
        "Llama 3 2024": llama_rule(),
    }
    for study, rule in rules.items():
        row = table.loc[study]
        at = rule.tokens_per_parameter([row["C_low"], row["C_high"], 1e20])
        assert row[["at_C_low", "at_C_high", "at_common"]].tolist() == at.tolist()
        assert row["exponent"] == rule.exponent
    assert list(table.columns[-4:]) == ["at_C_low", "at_C_high", "at_common", "sign"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.1, -0.1, 0.2), "sign unknown"),
        ((0.1, 0.0, 0.2), "sign unknown"),
        ((-0.1, -0.2, 0.0), "sign unknown"),
        ((0.1, 0.01, 0.2), "rises"),
        ((-0.1, -0.2, -0.01), "falls"),
        ((0.0,), "held at zero"),
        ((0.0, 0.01, 0.02), "rises"),
        ((0.1,), "rises, no interval"),
        ((-0.1,), "falls, no interval"),
    ],
)
def test_what_an_exponent_says_of_the_trend(values, said):
    assert sign_of(*values) == said


def test_a_table_has_the_papers_rules_before_ones_own():
    table = allocation_table(1e21, {"mine": REFIT})
    papers = [f"Hoffmann, Approach {number}" for number in (1, 2, 3)]
    assert table["rule"].tolist() == [KAPLAN, *papers, "mine"]
    assert list(table.columns) == ["rule", "C", "N", "D", "ratio"]
    mine = table.set_index("rule").loc["mine"]
    assert (mine["N"], mine["C"]) == (REFIT.N_opt(1e21), 1e21)
    assert equal_size_budget() == equal_size_budget(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RULE.tokens_per_parameter(-1), "C must be positive, got -1"),
        (lambda: RULE.N_opt(-1), "C must be positive, got -1"),
        (lambda: RULE.D_opt(-1), "C must be positive, got -1"),
        (
            lambda: RatioLaw(20, 90.0).tokens_per_parameter(1e31),
            "tokens per parameter would be about 10^901, beyond double precision",
        ),
        (lambda: RatioLaw.of_law(RULE), "law must be a ChinchillaLaw"),
        (lambda: RatioLaw.through(-1, 1e9, 0.5), "C must be positive, got -1"),
        (lambda: RatioLaw.through(1e20, -1, 0.5), "N must be positive, got -1"),
        (lambda: RatioLaw.through(1e20, 1e9, np.nan), "exponent must be finite, got nan"),
        (lambda: recoded(RULE, 1e20, -1), "shrink must be positive, got -1"),
        (lambda: recoded(RULE, -1, 1.0), "C must be positive, got -1"),
        (lambda: table_rule(4), "approach '4' is not known; expected one of 1, 2, 3"),
        (lambda: llama_rule("4"), "place '4' is not known; expected one of Fig. 3, Section 3.2.1"),
        (lambda: porian_rule("C4"), "data 'C4' is not known; expected one of OpenWebText2, Ref"),
        (lambda: allocation_table(-1), "C must be positive, got -1"),
        (
            lambda: allocation_table(1e20, {KAPLAN: REFIT}),
            "laws must not reuse the name 'Kaplan, Table 6' of a paper's own rule",
        ),
        (lambda: SizeRelation(-1.0), "omega must be positive, got -1"),
        (lambda: SizeRelation(1.0, 1.0), "exponent must lie between 0 and 1, got 1"),
        (lambda: PEARCE.total(-1), "N must be positive, got -1"),
        (lambda: PEARCE.share(-1), "N must be positive, got -1"),
        (lambda: fit_relation([1e6, -1], [2e6, 2e6]), "N must be positive, got -1"),
        (lambda: fit_relation([1e6, 1e7], [2e6, -1]), "total must be positive, got -1"),
        (
            lambda: fit_relation([1e6, 1e7], [1e6, 2e7]),
            "total must be above N for every model: the rest is the embedding",
        ),
        (
            lambda: fit_relation([1e6, 1e6], [2e6, 2e6]),
            "a free exponent needs at least two models of different size",
        ),
        (
            lambda: fit_relation([1e6, 1e7], [2e6, 2e7], exponent=2),
            "exponent must lie between 0 and 1, got 2",
        ),
        (lambda: Counting(PEARCE, "some"), "size 'some' is not known; expected one of all, non-"),
        (
            lambda: Counting(PEARCE, ALL, "some"),
            "compute 'some' is not known; expected one of all",
        ),
        (lambda: COUNT.best(REFIT, -1), "N must be positive, got -1"),
        (lambda: COUNT.exponent(REFIT, -1), "N must be positive, got -1"),
        (lambda: COUNT.at(REFIT, -1), "C must be positive, got -1"),
        (lambda: COUNT.at(RULE, 1e20), "law must be a ChinchillaLaw"),
        (lambda: COUNT.exponent(RULE, 1e9), "law must be a ChinchillaLaw"),
        (lambda: COUNT.fitted_exponent(RULE, 1e6, 1e9), "law must be a ChinchillaLaw"),
        (lambda: COUNT.fitted_exponent(REFIT, -1, 1e9), "N_low must be positive, got -1"),
        (lambda: COUNT.fitted_exponent(REFIT, 1e6, -1), "N_high must be positive, got -1"),
        (
            lambda: COUNT.best(ChinchillaLaw(1.7, 20, 40, 0.05, 0.06), 1e9),
            "alpha = 0.05 and beta = 0.06 are too small for compute without embeddings: a budget "
            "would have two best sizes",
        ),
        (
            lambda: COUNT.best(ChinchillaLaw(1.7, 20, 4e300, 0.3, 0.3), 1e300),
            "D would be about 10^",
        ),
        (
            lambda: sweep(REFIT, Counting(PEARCE, NON_EMBEDDING, ALL), [1e6, 1e7]),
            "a sweep needs both alike, size and compute: the frontier's is 6 N D",
        ),
        (lambda: sweep(REFIT, COUNT, [1e6, -1.0]), "sizes must be positive, got -1"),
    ],
)
def test_what_is_refused_is_named_as_it_stands_in_the_call(call, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        call()


def test_a_law_is_refused_just_where_a_budget_gets_two_best_sizes():
    # With beta = 0.1 and p = 1/3 the bend begins at alpha = 1.2333... ** 2 * 3 / 4 - 1 = 0.1408.
    line = (4 / 3 - 0.1) ** 2 * 3 / 4 - 1
    steep, flat = (ChinchillaLaw(1.7, 20, 40, line + side, 0.1) for side in (1e-6, -1e-6))
    assert np.isfinite(COUNT.exponent(steep, 1e9))
    assert np.isfinite(Counting(PEARCE, ALL, ALL).exponent(flat, 1e9))
    with pytest.raises(ValueError, match=r"two best sizes$"):
        COUNT.exponent(flat, 1e9)


def test_a_budget_that_buys_no_model_is_refused(monkeypatch):
    monkeypatch.setattr(np, "clip", lambda values, low, high: np.full_like(values, 0.5))
    said = "^the best size could not be found for a budget; is it far too small\\?$"
    with pytest.raises(ValueError, match=said):
        COUNT.at(REFIT, 1e20)


def test_numbers_of_a_relation_become_floats():
    relation = SizeRelation(4, np.float64(0.5))
    assert (type(relation.omega), type(relation.exponent)) == (float, float)
    tiny = fit_relation([2.0, 20.0], [2.5, 21.5])
    assert tiny.total([2.0, 20.0]) == pytest.approx([2.5, 21.5])


def test_a_relation_adds_embeddings_to_the_rest():
    assert PEARCE.exponent == 1 / 3
    assert PEARCE.total(1e6) == pytest.approx(1e6 + 47491e2)
    assert PEARCE.share(1e6) == pytest.approx(4749100 / 5749100)
    np.testing.assert_allclose(PEARCE.total([1.0, 8.0]), [47492.0, 94990.0])
    assert (COUNT.size, COUNT.compute) == (NON_EMBEDDING, NON_EMBEDDING)
    held = fit_relation([1e6], [2e6], exponent=0.5)
    assert (held.omega, held.exponent) == (pytest.approx(1e3), 0.5)
