"""The frontier lines of Figure 4: read back from a drawing whose lines are known."""

import figure4_frontiers as frontiers
import figure4_svg as drawing
import pytest

from scaling_utils import datasets

RUNS = [(1e19, 1e8, 3.0), (1e20, 1e9, 2.5)]
# Inside the drawing's panel, the last one the other way round.
LINES = [((1e18, 5e7), (1e24, 4e10)), ((1e23, 5e9), (1e19, 1e8))]


def blue(ends, opacity=""):
    (C0, N0), (C1, N1) = ends
    path = f"M{drawing.x_of(C0)} {drawing.y_of(N0)} {drawing.x_of(C1)} {drawing.y_of(N1)}"
    faint = f' stroke-opacity="{opacity}"' if opacity else ""
    return drawing.line(path, frontiers.BLUE).replace("/>", f"{faint}/>")


def written(tmp_path, lines):
    pieces = {**drawing.parts(RUNS), "lines": "".join(lines)}
    path = tmp_path / "figure.svg"
    path.write_text(drawing.svg(pieces), encoding="utf-8")
    return path


def test_known_lines_are_read_back(tmp_path):
    # A falling blue line, a flat one and one of another colour are no frontiers.
    others = [
        blue(((1e18, 1e10), (1e24, 1e8))),
        blue(((1e18, 1e9), (1e24, 1e9))),
        drawing.line("M100 100 300 300", "#123456"),
    ]
    path = written(tmp_path, [blue(LINES[0], ".01"), blue(LINES[1]), *others])
    found = frontiers.frontiers(frontiers.read_svg(path))
    assert [line.opacity for line in found] == [0.01, 1.0]
    for line, ends in zip(found, LINES, strict=True):
        (C0, N0), (C1, N1) = sorted(ends)
        assert pytest.approx((C0, C1), rel=1e-6) == line.C
        assert pytest.approx((N0, N1), rel=1e-6) == line.N
    assert found[1].exponent == pytest.approx(0.4247, abs=1e-4)


def test_a_drawing_without_the_line_is_refused(tmp_path, capsys):
    path = written(tmp_path, [])
    assert frontiers.main([str(path), "--into", str(tmp_path)]) == 1
    assert "no rising line" in capsys.readouterr().err


def test_written_file_has_a_row_for_each_line(tmp_path):
    path = written(tmp_path, [blue(LINES[0]), blue(LINES[1])])
    assert frontiers.main([str(path), "--into", str(tmp_path)]) == 0
    rows = (tmp_path / "hoffmann2022_figure4_frontiers.csv").read_text("utf-8").splitlines()
    assert len(rows) == 3
    assert rows[0] == ",".join(frontiers.COLUMNS)


def test_the_visible_line_is_the_one_of_the_papers_label():
    """The label says 40 billion at the budget of Gopher."""
    lines = datasets.load("hoffmann2022_figure4_frontiers")
    (visible,) = lines[lines["opacity"] == 1].to_dict("records")
    reach = (5.76e23 / visible["C_left"]) ** visible["exponent"]
    assert visible["N_left"] * reach == pytest.approx(39.6e9, rel=1e-3)
    assert len(lines) == 11
