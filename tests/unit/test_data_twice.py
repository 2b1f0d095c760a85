"""Numbers that stand twice in the data, or follow from others there, agree.

A checksum is renewed with one command after a change; these tests say whether the change fits.
"""

import numpy as np
import pytest

from scaling_utils.datasets import load
from scaling_utils.published import constant

CHINCHILLA = 5.88e23  # FLOPs, to which Porian et al. extrapolate


@pytest.mark.parametrize("study", ["one_minute", "transformer"])
def test_a_run_ends_where_its_curve_ends(study):
    runs, curves = load(f"{study}_runs"), load(f"{study}_curves")
    assert set(runs["run"]) == set(curves["run"])
    for column in ("step", "bytes_seen"):
        assert (curves.groupby("run")[column].diff().dropna() > 0).all()
    last = curves.drop_duplicates("run", keep="last").set_index("run").loc[runs["run"]]
    assert last["step"].tolist() == runs["steps"].tolist()
    assert last["bytes_seen"].tolist() == runs["bytes_seen"].tolist()
    if study == "one_minute":
        assert last["loss"].tolist() == runs["loss"].tolist()
        return
    for column in (name for name in curves if name.startswith("loss")):
        away = (last[column].to_numpy() / runs[column] - 1).to_numpy()
        # Other windows of the same text: each kind has its own offset, common to all runs.
        assert np.abs(away - np.median(away)).max() < 0.03, column
        assert abs(np.median(away)) < 0.03, column


def test_a_curve_has_no_step_aside():
    """Averaged weights give smooth curves: no loss leaves the line between its neighbours."""
    for study, most in (("one_minute", 0.05), ("transformer", 0.07)):
        curves = load(f"{study}_curves")
        log = np.log(curves["loss"])
        beside = [log.groupby(curves["run"]).shift(k) for k in (-1, 1)]
        assert (log - sum(beside) / 2).abs().max() < most, study


def test_sizes_and_cost_of_the_small_transformers_follow_from_their_shape():
    runs = load("transformer_runs")
    width, layers, context = (runs[name] for name in ("width", "layers", "context"))
    assert (runs["N_body"] == 12 * layers * width**2).all()
    assert (runs["N_head"] == 256 * width).all()
    assert (runs["N_embedding"] == 256 * width).all()
    forward = 2 * (runs["N_body"] + runs["N_head"]) + 2 * layers * context * width
    assert (runs["flops_per_byte"] == 3 * forward).all()
    step = runs["batch"] * context
    assert (runs["bytes_seen"] == runs["steps"] * step).all()
    assert ((runs["bytes_planned"] - runs["bytes_seen"]).abs() <= step / 2).all()
    speed = runs["flops_per_byte"] * runs["bytes_per_second"]
    np.testing.assert_allclose(runs["flops_per_second"], speed, rtol=1e-5)


def test_sizes_and_cost_of_the_one_minute_models_follow_from_their_width():
    runs = load("one_minute_runs")
    symbols, read, table = 86, 8, 8  # characters, bytes of context, numbers for each character
    width = runs["width"]
    assert (runs["N_embedding"] == symbols * table).all()
    assert (runs["N_body"] == (read * table + 1) * width).all()
    assert (runs["N_head"] == symbols * (width + 1)).all()
    assert (runs["flops_per_byte"] == 6 * (read * table + symbols) * width).all()
    assert (
        runs["run"] == [f"h{w:04d}-s{s}" for w, s in zip(width, runs["seed"], strict=True)]
    ).all()
    assert (runs["bytes_seen"] == runs["bytes_planned"]).all()


def test_the_loss_of_a_text_is_shared_out_between_its_bytes():
    texts = load("text_distances")
    elsewhere = texts["trigram_loss"] * (1 - texts["loss_from_rare_pairs"])
    np.testing.assert_allclose(
        texts["loss_elsewhere"], elsewhere / (1 - texts["rare_pairs"]), rtol=1e-5
    )


def test_the_exponent_of_a_frontier_is_that_of_its_ends():
    lines = load("hoffmann2022_figure4_frontiers")
    rise = np.log(lines["N_right"] / lines["N_left"]) / np.log(lines["C_right"] / lines["C_left"])
    np.testing.assert_allclose(lines["exponent"], rise, atol=1e-6)


def test_a_start_that_ends_without_a_term_ends_far_off():
    starts = load("hoffmann2022_figure4_starts")
    for kind in ("mean", "sum", "thousand"):
        dead = starts[f"{kind}_dead"] == 1
        assert starts.loc[dead, f"{kind}_excess"].min() > 0.05


def test_porians_ladder_follows_from_its_best_sizes():
    sizes = load("porian2024_best_sizes")
    for row in load("porian2024_ladder").itertuples():
        own = sizes[(sizes["dataset"] == row.dataset) & (sizes["step"] == row.step)]
        x, y = np.log(own["C"]), np.log(own["N"])
        line = np.polyfit(x, y, 1, w=1 / own["log_error"])
        left = ((y - np.polyval(line, x)) ** 2).sum() / ((y - y.mean()) ** 2).sum()
        far = np.exp(np.polyval(line, np.log(CHINCHILLA)))
        assert round(line[0], 3) == row.a
        assert round(1 - left, 3) == row.r2
        assert far == pytest.approx(row.params_at_chinchilla, rel=0.01)
        assert row.a_low < row.a < row.a_high
        assert row.ratio_low < row.ratio_high


def test_ranges_that_are_printed_and_released_agree():
    ladder = load("porian2024_ladder").set_index(["dataset", "change"])
    for dataset in ("RefinedWeb", "OpenWebText2"):
        row = ladder.loc[(dataset, "tuning")]
        for name in ("a_low", "a_high", "ratio_low", "ratio_high"):
            assert constant(f"porian2024/{dataset} tuned", name).value == row[name], name
    budgets = load("porian2024_best_sizes")["C"]
    grid = load("llama2024_isoflop_grid")["C"]
    for source, C, digits in (("porian2024/range", budgets, 0.15), ("llama3/range", grid, 1e-9)):
        ends = [constant(source, name).value for name in ("C_low", "C_high")]
        assert ends == pytest.approx([C.min(), C.max()], rel=digits)
    shapes = load("kaplan2020_shapes")
    least = float(shapes["printed"].replace("", "nan").astype(float).min())
    assert constant("kaplan2020/runs", "N_low").value == least


def test_the_refits_errors_and_intervals_belong_together():
    def value(name):
        return constant("besiroglu2024", name).value

    for symbol in ("E", "A", "B", "alpha", "beta"):
        half = (value(f"ci95_high_{symbol}") - value(f"ci95_low_{symbol}")) / 2
        assert half == pytest.approx(1.96 * value(f"se_{symbol}_notebook"), rel=0.15), symbol
        assert value(f"se_{symbol}") == pytest.approx(value(f"se_{symbol}_notebook"), rel=0.31)


def test_heads_times_their_size_is_the_width():
    shape = load("hoffmann2022_table4")
    assert (shape["n_heads"] * shape["kv_size"] == shape["d_model"]).all()
    assert (shape["d_ff"] == 4 * shape["d_model"]).all()
    assert (shape["batch_tokens_end"] == 2 * shape["batch_tokens_start"]).all()


def test_a_multiplication_costs_two_flops_for_each_parameter_in_kaplans_table_1():
    rows = load("kaplan2020_table1")
    rows = rows[(rows["parameters"] != "") & (rows["counted"] == "yes")]
    assert len(rows) > 2
    assert (rows["flops_per_token"] == "2 * " + rows["parameters"]).all()
