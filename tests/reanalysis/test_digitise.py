"""The digitiser of Figure 4, on a drawing whose runs are known, and on damaged drawings."""

import csv
import math

import digitise_figure4 as digitiser
import figure4_svg as drawing
import numpy as np
import pytest
import snapping
import svg_axes
from hypothesis import given
from hypothesis import strategies as st

TABLE = [5e7, 1e8, 2.2e8, 4e8, 9e8, 2e9, 7e9, 1.6e10]


def known_runs(count=40):
    generator = np.random.default_rng(4)
    C = 10 ** generator.uniform(18.3, 23.5, count)
    N = generator.choice(TABLE, count)
    # The five highest have each its own colour, the last one beyond the bar's end.
    loss = np.append(np.linspace(1.9, 2.95, count - 5), [3.1, 3.5, 3.9, 4.3, 5.3])
    return list(zip(C.tolist(), N.tolist(), loss.tolist(), strict=True))


def write(path, pieces):
    path.write_text(drawing.svg(pieces), encoding="utf-8")
    return path


@pytest.fixture
def svg_file(tmp_path):
    return write(tmp_path / "figure.svg", drawing.parts(known_runs()))


def test_known_runs_are_read_back(svg_file):
    points, _ = digitiser.digitise(svg_file, TABLE)
    assert len(points) == 40
    for point, (C, N, loss) in zip(points, known_runs(), strict=True):
        assert pytest.approx(C, rel=1e-9) == point.C
        assert point.N_read == pytest.approx(N, rel=1e-9)
        assert point.N == N
        assert abs(point.snap_error) < 1e-9
        assert pytest.approx(C / (6 * N), rel=1e-9) == point.D
        assert point.loss_low is None or point.loss_low <= loss
        assert point.loss_high is None or loss < point.loss_high
        assert point.loss == pytest.approx(min(loss, 5.0), rel=math.log(5 / 1.8) / 10)


def test_interval_is_one_colour_step(svg_file):
    points, _ = digitiser.digitise(svg_file, TABLE)
    step = (5.0 / 1.8) ** (1 / len(drawing.COLOURS))
    closed = [point for point in points if point.loss_low and point.loss_high]
    for point in closed:
        assert point.loss_high / point.loss_low == pytest.approx(step, rel=1e-9)
        assert point.loss**2 == pytest.approx(point.loss_low * point.loss_high, rel=1e-9)
    assert len(closed) > 25


def test_end_colours_are_open(svg_file):
    points, _ = digitiser.digitise(svg_file, TABLE)
    assert points[0].loss_low is None  # 1.9 has the bar's first colour
    assert points[0].loss_high is not None
    assert points[-1].loss_high is None  # 5.3 lies beyond the bar
    assert points[-1].loss_low is not None


def test_wrong_calibration_fits_the_table_worse(svg_file):
    _, (own, later) = digitiser.digitise(svg_file, TABLE)
    assert own.max_snap_error < 1e-9
    assert later.median_snap_error > 0.005
    assert later.y_100B == pytest.approx(own.y_100B)
    assert later.y_100M == snapping.LATER_CORRECTION


@pytest.mark.parametrize(
    ("piece", "replacement", "message"),
    [
        ("points", "", "no element with the id 'left-points'"),
        ("bar", "", "no element with the id 'image_308'"),
        ("bar", drawing.picture(drawing.COLOURS[:1] * 4 + drawing.COLOURS[1:]), "stands at step"),
        ("bar", drawing.picture(drawing.COLOURS * 2), "stands twice"),
        ("outline", "", "0 outlines of the colour bar"),
        ("loss tick 3.0", "", "label 3.00 of the colour bar has no tick"),
        ("loss 3.0", drawing.label("3.50", 556, drawing.bar_y_of(3.0) - 6.25), "logarithmic"),
        ("loss 3.0", drawing.label("3.00", 556, drawing.bar_y_of(3.0) - 7), "different heights"),
        ("size 1B", drawing.label("1B", 30, drawing.y_of(1.2e9) - 6.25), "the mark .* stands at"),
        ("size 1B", drawing.label("1B", 30, drawing.y_of(1e9) - 6.25, 12), "1B is set in 12"),
        ("slice 1e+20", "", "budget 1e.20: 0 vertical lines"),
    ],
)
def test_damaged_drawings_are_refused(tmp_path, piece, replacement, message):
    pieces = {**drawing.parts(known_runs()), piece: replacement}
    svg_file = write(tmp_path / "figure.svg", pieces)
    with pytest.raises(svg_axes.CalibrationError, match=message):
        digitiser.digitise(svg_file, TABLE)


def test_unknown_colour_is_refused(tmp_path):
    pieces = drawing.parts(known_runs())
    pieces["points"] = pieces["points"].replace(drawing.COLOURS[4], "#123456")
    svg_file = write(tmp_path / "figure.svg", pieces)
    with pytest.raises(svg_axes.CalibrationError, match="does not hold the colour '#123456'"):
        digitiser.digitise(svg_file, TABLE)


def test_label_of_a_result_is_no_tick(tmp_path):
    pieces = drawing.parts(known_runs())
    pieces["size 40B"] = drawing.label("40B", 30, drawing.y_of(2e10))
    points, _ = digitiser.digitise(write(tmp_path / "figure.svg", pieces), TABLE)
    assert max(abs(point.snap_error) for point in points) < 1e-9


def test_command_writes_the_same_tidy_files_twice(tmp_path, svg_file, capsys):
    contents = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        assert digitiser.main([str(svg_file), "--into", str(folder)]) == 0
        contents.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert contents[0] == contents[1]
    assert "40 points" in capsys.readouterr().out
    with (tmp_path / "first" / "hoffmann2022_figure4_points.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["point"] for row in rows] == [str(k) for k in range(1, 41)]
    rules = [row["outlier_rule"] for row in rows]
    assert rules == [""] * 35 + ["five highest losses"] * 5
    assert rows[-1]["loss_high"] == ""


@pytest.mark.parametrize(("content", "message"), [(None, "no SVG file"), ("<svg", "not an SVG")])
def test_command_says_what_is_wrong_with_its_file(tmp_path, capsys, content, message):
    path = tmp_path / "figure.svg"
    if content:
        path.write_text(content)
    assert digitiser.main([str(path), "--into", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


def test_highest_losses_refuse_a_tie():
    assert digitiser.highest_losses([3, 1, 2, 5, 4], count=2) == {3, 4}
    with pytest.raises(ValueError, match="2 highest losses are not unique"):
        digitiser.highest_losses([3, 1, 3, 5], count=2)
    with pytest.raises(ValueError, match="not unique"):
        digitiser.highest_losses([5, 5, 5], count=2)


@given(st.sampled_from(TABLE), st.floats(0.9, 1.1))
def test_snapping_is_to_the_nearest_ratio(size, factor):
    assert snapping.snap(size * factor, TABLE) == size


@given(st.floats(-50, 50), st.floats(0.01, 5), st.booleans(), st.floats(1e-3, 1e12))
def test_axis_is_inverted(low, step, falling, value):
    positions = [low, low + step, low + 2 * step][:: -1 if falling else 1]
    axis = svg_axes.LogAxis.fit(positions, [1.0, 10.0, 100.0], "axis")
    assert axis.value(axis.position(value)) == pytest.approx(value, rel=1e-9)


def test_axis_needs_two_marks():
    with pytest.raises(svg_axes.CalibrationError, match="found 1 marks"):
        svg_axes.LogAxis.fit([1.0], [10.0], "axis")


def test_nested_transformations_and_paths(tmp_path):
    path = tmp_path / "small.svg"
    path.write_text(
        '<svg><g transform="matrix(2,0,0,2,10,0)"><path transform="matrix(1,0,0,-1,0,50)" '
        'stroke="#111111" d="M1 2V3 4 5H6"/><path d="M0 0C1 1 2 2 3 3"/></g></svg>'
    )
    (box,) = svg_axes.boxes(svg_axes.read_svg(path))
    assert (box.left, box.right, box.top, box.bottom) == (12.0, 22.0, 90.0, 96.0)
    assert not box.horizontal
    assert not box.vertical


def test_other_transformations_are_refused(tmp_path):
    path = tmp_path / "small.svg"
    path.write_text('<svg><g transform="rotate(30)"/></svg>')
    with pytest.raises(svg_axes.CalibrationError, match="rotate"):
        svg_axes.read_svg(path)
