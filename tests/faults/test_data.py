"""Faults in the data, with the checksums written anew, as who changes a number is told to do."""

from __future__ import annotations

import planting
import pytest
from planting import Fault, rehash

TYPED = "tests/unit/test_typed_twice.py::test_every_"
SEALED = "tests/unit/test_sealed.py::test_a_column_is_the_one_that_was_sealed"
TWICE = "tests/unit/test_data_twice.py::test_"
SAYS = "tests/unit/test_descriptions.py::test_"


def printed(
    table: str, what: str, old: str, new: str, says: str, kind: str = "a printed number"
) -> Fault:
    """A number of a printed table, copied wrongly."""
    check = f"{TYPED}cell_is_what_was_typed_a_second_time[{table}]"
    return Fault(kind, what, f"data/{table}.csv", old, new, check, says, rehash)


def constant(
    paper: str, what: str, old: str, new: str, says: str, kind: str = "a published constant"
) -> Fault:
    """A constant, copied wrongly: its value and its printed digits alike."""
    check = f"{TYPED}constant_is_what_was_typed_a_second_time"
    file = f"data/{paper}_constants.csv"
    return Fault(kind, what, file, old, new, check, says, rehash)


def measured(table: str, what: str, old: str, new: str, column: str) -> Fault:
    """A number that a study made, changed by hand."""
    kind = "a measured or released number"
    check = f"{SEALED}[{table}]"
    says = f"{table}.csv has changed in {column}"
    return Fault(kind, what, f"data/{table}.csv", old, new, check, says, rehash)


FAULTS = [
    printed(
        "llm_params_tokens",
        "LaMDA's tokens are those of another list",
        "137000000000,,168000000000",
        "137000000000,,768000000000",
        "row 11, tokens: '768000000000', but the paper was read as '168B'",
    ),
    printed(
        "hoffmann2022_table_a5",
        "two digits of a bit per byte are exchanged",
        "pile_cc,0.667",
        "pile_cc,0.676",
        "row 1, chinchilla: '0.676', but the paper was read as '.667'",
    ),
    printed(
        "hoffmann2022_table4",
        "Chinchilla's learning rate is Gopher's",
        "8192,32768,1e-4",
        "8192,32768,4e-5",
        "max_learning_rate: '4e-5', but the paper was read as '1e-4'",
    ),
    printed(
        "hoffmann2022_table_a1",
        "documents of C4 lose a digit",
        "361000000",
        "36100000",
        "documents: '36100000', but the paper was read as '361M'",
    ),
    printed(
        "porian2024_ladder",
        "the upper end of an interval of ratios",
        "0.997,14,16",
        "0.997,14,61",
        "ratio_high: '61', but the paper was read as '16'",
    ),
    printed(
        "kaplan2020_shapes",
        "a size in millions is read as one in thousands",
        "8,512,fits,25e6",
        "8,512,fits,25e3",
        "printed: '25e3', but the paper was read as '25M'",
    ),
    printed(
        "kaplan2020_table1",
        "a symbol is mended that the paper misprints",
        "2 n_layer d_attn d_embd",
        "2 n_layer d_attn d_model",
        "but the paper was read as '2 n_layer d_attn d_embd'",
    ),
    printed(
        "kaplan2020_table4",
        "a word of a condition",
        "N_opt,D_opt,C_min,far below",
        "N_opt,D_opt,C_min,far above",
        "batch: 'far above B_crit'",
    ),
    printed(
        "hoffmann2022_table_a6",
        "the columns of two models are exchanged in a row",
        "anatomy,70.4,56.3",
        "anatomy,56.3,70.4",
        "row 2, chinchilla: '56.3', but the paper was read as '70.4'",
        "values under the wrong column",
    ),
    printed(
        "hoffmann2022_table_a7",
        "the names of two tasks are exchanged",
        "hyperbaton,54.2,51.7\nmovie_dialog_same_or_diff,54.5,50.7",
        "movie_dialog_same_or_diff,54.2,51.7\nhyperbaton,54.5,50.7",
        "row 1, task: 'movie_dialog_same_or_diff'",
        "names of two rows exchanged",
    ),
    Fault(
        "a printed number",
        "a perplexity has its digits exchanged",
        "data/hoffmann2022_results.csv",
        "perplexity,1,Gopher,7.75",
        "perplexity,1,Gopher,7.57",
        f"{TYPED}result_is_what_was_typed_a_second_time",
        "Gopher: 7.57, but the paper was read as 7.75",
        rehash,
    ),
    constant(
        "kaplan2020",
        "the noise of a run",
        "noise,runs,0.05,0.05",
        "noise,runs,0.04,0.04",
        "kaplan2020/noise runs: 0.04 in Fig. 22",
    ),
    constant(
        "followups",
        "digits of the bytes of a token are exchanged",
        "bytes_per_token,4.57,4.57",
        "bytes_per_token,4.75,4.75",
        "limisiewicz2026 bytes_per_token: 4.75",
    ),
    constant(
        "hoffmann2022",
        "the share of a subsample",
        "share,80,80",
        "share,90,90",
        "hoffmann2022/Table 2 share: 90",
    ),
    constant(
        "followups",
        "a law has a constant of the table beside it",
        "sardana2023/Table 1 up to 250,B,39.54,39.54",
        "sardana2023/Table 1 up to 250,B,35.80,35.80",
        "sardana2023/Table 1 up to 250 B: 35.80",
    ),
    constant(
        "kaplan2020",
        "a constant is said to stand in another table",
        "kaplan2020/L(N),N_c,8.8e13,8.8e13,parameters,Table 5",
        "kaplan2020/L(N),N_c,8.8e13,8.8e13,parameters,Table 2",
        "kaplan2020/L(N) N_c: 8.8e13 in Table 2",
        "the place of a constant",
    ),
    Fault(
        "the unit of a constant",
        "a constant of data is counted in parameters",
        "data/kaplan2020_constants.csv",
        "kaplan2020/L(D),D_c,5.4e13,5.4e13,tokens",
        "kaplan2020/L(D),D_c,5.4e13,5.4e13,parameters",
        f"{SAYS}a_constant_has_the_unit_of_its_symbol",
        "kaplan2020/L(D) D_c is in 'parameters', not in 'tokens'",
        rehash,
    ),
    measured(
        "gadre2024_runs",
        "a loss of a released run",
        "52846560,5.974924",
        "52846560,5.947924",
        "loss",
    ),
    measured(
        "porian2024_best_sizes",
        "the error of a best size",
        "12535565,0.114091",
        "12535565,0.141091",
        "log_error",
    ),
    measured(
        "transformer_curves",
        "a loss on another text along training",
        "2.42374,2.4385,2.50611",
        "2.42374,2.4385,2.50116",
        "loss_scripture",
    ),
    measured(
        "hoffmann2022_figure4_starts",
        "a start that fails is said to succeed",
        "\n7,1.95e+01,1,1,3",
        "\n7,1.95e+01,1,0,3",
        "mean_success",
    ),
    measured(
        "ratio_studies",
        "the end of the budgets of a rule",
        "9.6e16,1.44e21",
        "9.6e16,1.44e20",
        "C_high",
    ),
    Fault(
        "two files that disagree",
        "a run ends with another loss than its curve",
        "data/one_minute_runs.csv",
        "6569,finished,1.88203",
        "6569,finished,1.88023",
        f"{TWICE}a_run_ends_where_its_curve_ends[one_minute]",
        "1.88023",
        rehash,
    ),
    Fault(
        "two files that disagree",
        "a grid has another least size than its points",
        "data/llama2024_isoflop_grid.csv",
        "1e20,18,240652000",
        "1e20,18,204652000",
        "tests/claims/test_others_data.py::test_llamas_points_are_those_of_its_grid",
        "204652",
        rehash,
    ),
    Fault(
        "a number that follows from others",
        "the slope of a drawn line is not that of its ends",
        "data/hoffmann2022_figure4_frontiers.csv",
        "5.091315e+10,0.455711",
        "5.091315e+10,0.457511",
        f"{TWICE}the_exponent_of_a_frontier_is_that_of_its_ends",
        "Not equal to tolerance",
        rehash,
    ),
    Fault(
        "a number that follows from others",
        "the loss of a text is not the sum of its parts",
        "data/text_distances.csv",
        "2.12457,0.022867,2.09048",
        "2.12457,0.022867,2.09840",
        f"{TWICE}the_loss_of_a_text_is_shared_out_between_its_bytes",
        "Not equal to tolerance",
        rehash,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_in_the_data_is_caught(fault, tmp_path):
    planting.assert_caught(fault, tmp_path / "copy")
