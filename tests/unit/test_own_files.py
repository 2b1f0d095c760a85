"""Fits as files: the same to the last bit; damaged ones are refused, other files left alone."""

import json
import re
from functools import cache
from html import escape

import numpy as np
import pandas as pd
import pytest

from scaling_utils import Runs, __version__, fit, load
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import intervals

TRUTH = ChinchillaLaw(1.7, 400.0, 2000.0, 0.34, 0.36)


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 60)


def table():
    N, D = np.repeat(np.geomspace(1e8, 8e9, 5), 5), np.tile(np.geomspace(2e9, 6e11, 5), 5)
    loss = TRUTH.loss(N, D) * np.exp(np.random.default_rng(3).normal(0, 0.004, 25))
    group = [f"<i>{k % 8}</i>" for k in range(25)]
    return pd.DataFrame({"N": N, "D": D, "loss": loss, "group": group})


@cache
def good():
    rows = table()
    rows.loc[7, "loss"] = np.nan
    return fit(Runs.read(rows, drop=True), bounds={"alpha": (0.1, 0.6)})


@cache
def unusable():
    N = np.geomspace(1e8, 1e10, 4)
    return fit(Runs(N=N, D=20 * N, loss=TRUTH.loss(N, 20 * N)))


@pytest.fixture
def saved(tmp_path):
    good().save(tmp_path / "fit.json")
    return tmp_path / "fit.json"


def test_a_loaded_fit_is_the_saved_one_to_the_last_bit(saved):
    found = load(saved)
    assert found.law == good().law
    assert found.notes == good().notes
    assert found.asked == good().asked
    assert str(found) == str(good())
    assert np.array_equal(found.resamples.laws, good().resamples.laws)
    pd.testing.assert_frame_equal(found.runs.table, good().runs.table)
    assert len(found.runs.dropped) == 1
    found.save(saved.with_name("again.json"))
    assert saved.with_name("again.json").read_bytes() == saved.read_bytes()


def test_a_fit_that_is_not_identified_is_saved_too(tmp_path):
    unusable().save(tmp_path / "fit.json")
    assert load(tmp_path / "fit.json").message == unusable().message


def test_open_bounds_a_short_float_and_odd_cells_are_kept(tmp_path):
    rows = table().drop(columns="group").astype(object)
    rows.loc[[3, 4], "loss"] = [pd.NA, "diverged"]
    runs = Runs.read(rows, drop=True).without([7], why="a <spike>")
    found = fit(runs, fix={"E": np.float32(1.7)}, bounds={"alpha": (0.1, np.inf)})
    found.save(tmp_path / "fit.json")
    json.loads((tmp_path / "fit.json").read_text(), parse_constant=pytest.fail)
    again = load(tmp_path / "fit.json")
    assert again.asked == found.asked
    assert again.law == found.law
    assert len(again.runs.dropped) == 3
    assert "diverged" in str(again.runs.dropped)


def test_a_file_is_plain_json_that_says_what_it_is(saved):
    said = json.loads(saved.read_text(), parse_constant=pytest.fail)
    assert said["version"] == __version__
    assert said["law"]["alpha"] == good().law.alpha
    assert said["status"] == good().status


def test_rounding_of_another_computer_is_no_change_and_the_constants_of_the_file_stay(saved):
    said = json.loads(saved.read_text())
    said["law"]["B"] *= 1 + 1e-9
    saved.write_text(json.dumps(said))
    assert load(saved).law.B == said["law"]["B"] != good().law.B


@pytest.mark.parametrize("place", [("law", "alpha"), ("runs", "loss")])
def test_a_file_whose_runs_do_not_give_its_law_is_refused(saved, place):
    said = json.loads(saved.read_text())
    what, name = place
    if what == "law":
        said[what][name] += 0.01
    else:
        said[what][name][3] *= 1.1
    saved.write_text(json.dumps(said))
    with pytest.raises(ValueError, match="was changed"):
        load(saved)


def test_another_law_of_another_version_is_noted(saved):
    said = json.loads(saved.read_text())
    said["law"]["alpha"], said["version"] = 0.3, "0.0.9"
    saved.write_text(json.dumps(said))
    found = load(saved)
    assert found.law == good().law
    assert "0.0.9" in found.notes[-1]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-40],
        lambda text: text.replace('"D"', '"d"'),
        lambda text: text.replace("[", '["x", ', 3),
        lambda text: text.replace('"huber"', "7"),
        lambda text: re.sub(r'"asked": \{', '"asked": {"whim": 1, ', text),
        lambda text: text.replace('"asked"', '"answered"'),
    ],
)
def test_a_damaged_file_is_a_sentence(saved, damage):
    text = saved.read_text()
    assert damage(text) != text
    saved.write_text(damage(text))
    with pytest.raises(ValueError, match=r"fit\.json is damaged"):
        load(saved)


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", "N,D,loss\n1,2,3\n", "\x00\xff"])
def test_a_file_of_something_else_is_no_fit(tmp_path, text):
    (tmp_path / "other").write_text(text, "latin-1")
    with pytest.raises(ValueError, match="not a fit"):
        load(tmp_path / "other")


def test_only_a_file_of_our_own_is_written_over(tmp_path, saved, monkeypatch):
    monkeypatch.setattr("scaling_utils.own.drawing.panels_of", lambda _: [])
    good().save(saved)
    mine = tmp_path / "runs.csv"
    mine.write_text("N,D,loss\n")
    for write in (good().save, good().report):
        with pytest.raises(ValueError, match=r"runs\.csv is something else"):
            write(mine)
    with pytest.raises(ValueError, match="something else"):
        good().report(saved)
    assert mine.read_text() == "N,D,loss\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fit.json", "runs.csv"]


def test_a_report_is_one_page_that_asks_for_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("scaling_utils.own.drawing.panels_of", lambda _: ["runs", "contours"])
    place = tmp_path / "report.html"
    good().report(place, C=[1e22, 1e40])
    page = place.read_text("utf-8")
    for outside in ("http://", "https://", "src='/", "@import", "<script", "<link"):
        assert outside not in page
    for name, value in good().law.constants().items():
        assert f"<th scope='row'>{name}</th><td>{value:.4g}" in page
    assert len(re.findall(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="[^"]+">', page)) == 2
    assert page.count("<h1>") == 1
    assert '<html lang="en"' in page
    assert escape(str(good().plan(1e22)).splitlines()[0]) in page
    assert "extrapolate=True" in page  # the plan that is refused
    assert __version__ in page


def test_a_report_is_the_same_each_time_and_escapes_what_the_user_wrote(tmp_path, monkeypatch):
    monkeypatch.setattr("scaling_utils.own.drawing.panels_of", lambda _: ["residuals"])
    place = tmp_path / "report.html"
    good().report(place)
    page = place.read_text("utf-8")
    good().report(place)
    assert place.read_text("utf-8") == page
    assert "<i>3</i>" not in page
    assert "&lt;i&gt;3&lt;/i&gt;" in page
    assert "1 left out" in page


def test_a_report_of_an_unusable_fit_shows_the_runs(tmp_path):
    unusable().report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "not identified" in page
    assert page.count("<img") == 1
    assert "4 runs" in page
