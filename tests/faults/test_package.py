"""Faults in the formulas, the fits, the intervals and the words for numbers."""

from __future__ import annotations

import planting
import pytest
from planting import Fault

LAWS = "tests/unit/test_laws_chinchilla.py::test_"
CONVENTIONS = "tests/reanalysis/test_conventions.py::test_"
TAKES = f"{CONVENTIONS}a_function_takes_the_books_level_seed_and_delta_unless_it_is_told"
CHINCHILLA = "scaling_utils/laws/chinchilla.py"
FAULTS = [
    Fault(
        "a unit of a formula",
        "a petaflop-day has 1.7 % too many seconds",
        "scaling_utils/units.py",
        "PF_DAY = 1e15 * 24 * 3600",
        "PF_DAY = 1e15 * 24.4 * 3600",
        "tests/unit/test_published.py::test_units_of_compute_are_the_printed_ones",
        "== 8.64e+19",
    ),
    Fault(
        "a unit of a formula",
        "a parameter and a token cost two FLOPs, as forward alone",
        "scaling_utils/units.py",
        "FLOPS_PER_PARAMETER_TOKEN = 6.0",
        "FLOPS_PER_PARAMETER_TOKEN = 2.0",
        "tests/unit/test_published.py::test_units_of_compute_are_the_printed_ones",
        "2.0 == 6",
    ),
    Fault(
        "a sign",
        "loss rises with the data",
        CHINCHILLA,
        "unwrap(self.A / n**self.alpha), unwrap(self.B / d**self.beta)",
        "unwrap(self.A / n**self.alpha), unwrap(self.B / d**-self.beta)",
        f"{LAWS}losses_of_gopher_and_chinchilla",
        "1.993 ±",
    ),
    Fault(
        "symbols exchanged",
        "the exponent of the best size is that of the data",
        CHINCHILLA,
        "return self.beta / (self.alpha + self.beta)",
        "return self.alpha / (self.alpha + self.beta)",
        f"{LAWS}optimum_at_the_budget_of_gopher",
        "0.4516 ±",
    ),
    Fault(
        "symbols exchanged",
        "best size and best data are exchanged",
        CHINCHILLA,
        "N, D, ratio = self.N_opt(spent), self.D_opt(spent)",
        "N, D, ratio = self.D_opt(spent), self.N_opt(spent)",
        f"{LAWS}optimum_at_the_budget_of_gopher",
        "32200000000.0 ±",
    ),
    Fault(
        "an inverse for the thing itself",
        "the prefactor of the allocation is turned over",
        CHINCHILLA,
        "log = np.log(self.alpha * self.A / (self.beta * self.B)) / (self.alpha + self.beta)",
        "log = np.log(self.beta * self.B / (self.alpha * self.A)) / (self.alpha + self.beta)",
        f"{LAWS}the_closed_form_is_the_numerical_minimum",
        "comparison failed",
    ),
    Fault(
        "a law with another table's constants",
        "Hoffmann's third approach is drawn with the rounded digits",
        "reanalysis/gopher.py",
        'TEX: law("hoffmann2022/tex")',
        'TEX: law("hoffmann2022/printed")',
        "tests/reanalysis/test_labels.py::test_a_published_law_is_called_by_its_own_name",
        "'Hoffmann, unrounded' is hoffmann2022/printed",
    ),
    Fault(
        "a law with another table's constants",
        "a published law is looked up under another one's symbols",
        "scaling_utils/published.py",
        '"C": ("C_c", "alpha_C"),',
        '"C": ("C_c", "alpha_C_min"),',
        "tests/unit/test_published.py::test_every_law_can_be_built_with_its_source",
        "kaplan2020/L(C)",
    ),
    Fault(
        "an interval of another level",
        "percentiles leave ten per cent outside",
        "scaling_utils/power_fit.py",
        "values: ArrayLike, level: float = 0.95, axis",
        "values: ArrayLike, level: float = 0.90, axis",
        TAKES,
        "scaling_utils/power_fit.py: interval takes level 0.9, not 0.95",
    ),
    Fault(
        "an interval of another level",
        "a caller asks for an interval of a level of its own",
        "claims/besiroglu2024.py",
        'interval("a", 0.8)',
        'interval("a", 0.9)',
        f"{CONVENTIONS}no_caller_asks_for_another_level_seed_or_share",
        "claims/besiroglu2024.py, line 62: level=0.9",
    ),
    Fault(
        "an interval that leans",
        "the lower end is the upper one's mirror image no more",
        "scaling_utils/power_fit.py",
        "np.round([0.5 - share / 2, 0.5 + share / 2], 12)",
        "np.round([0.5 - share / 2, 0.5 + share / 4], 12)",
        "tests/unit/test_interval_ends.py",
        "== (25, 975)",
    ),
    Fault(
        "a seed",
        "the resamples of the refit are others",
        "reanalysis/refit.py",
        'kind="clusters", clusters=groups, seed=0)',
        'kind="clusters", clusters=groups, seed=7)',
        f"{CONVENTIONS}no_caller_asks_for_another_level_seed_or_share",
        "seed=7",
    ),
    Fault(
        "another thing drawn again",
        "the refit draws runs where the book says budgets",
        "reanalysis/refit.py",
        'bootstrap(refit(), resamples=RESAMPLES, kind="clusters", clusters=groups, seed=0)',
        'bootstrap(refit(), resamples=RESAMPLES, kind="runs", seed=0)',
        "tests/reanalysis/test_refit.py::"
        "test_a_budget_is_one_of_the_nine_and_every_other_run_stands_alone",
        "'runs' == 'clusters'",
    ),
    Fault(
        "a default that a paper prints",
        "Huber's threshold is ten times Hoffmann's",
        "scaling_utils/fitting/fit.py",
        "    delta: float = 1e-3,",
        "    delta: float = 1e-2,",
        TAKES,
        "scaling_utils/fitting/fit.py: fit_law takes delta 0.01, not 0.001",
    ),
    Fault(
        "input that is let in",
        "cells that are masked come back as numbers",
        "scaling_utils/check.py",
        "if isinstance(value, np.ma.MaskedArray) and (hidden",
        "if isinstance(value, np.ma.MaskedArray) and not (hidden",
        "tests/unit/test_hostile_input.py::test_what_is_no_list_of_numbers_is_refused",
        "DID NOT RAISE",
    ),
    Fault(
        "input that is let in",
        "zero parameters are a size",
        "scaling_utils/check.py",
        '_all(array > 0, name, array, f"be positive',
        '_all(array >= 0, name, array, f"be positive',
        f"{LAWS}bad_input_is_named",
        "C must be positive, got 0",
    ),
    Fault(
        "a number written otherwise",
        "a share is written as it is, with a sign for per cent",
        "scaling_utils/numbers.py",
        'said = f"{100 * size:.{digits}f} %"',
        'said = f"{size:.{digits}f} %"',
        "tests/unit/test_book.py::test_fmt",
        "'10 %'",
    ),
    Fault(
        "a number written otherwise",
        "a million is called a billion",
        "scaling_utils/numbers.py",
        '(1e6, "million"))',
        '(1e6, "billion"))',
        "tests/unit/test_book.py::test_fmt",
        "'22 million'",
    ),
    Fault(
        "a term left out",
        "a Transformer's output matrix counts among its parameters no more",
        "scaling_utils/transformer.py",
        '"embedding": shape.vocab * d,',
        '"embedding": 0 * d,',
        "tests/unit/test_transformer_hoffmann.py::test_table_4_shapes",
        "AssertionError",
    ),
    Fault(
        "runs that are left out",
        "no outlier of the figure is left out",
        "reanalysis/figure4.py",
        'table["outlier_rule"] == ""',
        'table["outlier_rule"] != "none"',
        "tests/reanalysis/test_figure4.py::test_outliers_are_left_out_unless_asked_for",
        "245",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_the_package_is_caught(fault, tmp_path):
    planting.assert_caught(fault, tmp_path / "copy")
