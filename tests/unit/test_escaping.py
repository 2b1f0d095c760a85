"""What users write is shown and never obeyed: in tables of notebooks, reports and pictures."""

import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from scaling_utils import Runs, figures, fit
from scaling_utils.laws import ChinchillaLaw
from scaling_utils.own import intervals

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)",
    "]]></style></title><svg onload=alert(1)>",
    "&lt;script&gt;",
    "=HYPERLINK(1) -- <!--",
]
TRUTH = ChinchillaLaw(1.7, 400.0, 2000.0, 0.34, 0.36)
ELEMENTS = {
    *("html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "pre", "div"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "strong"),
    *("figure", "img", "figcaption", "span"),
}


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    monkeypatch.setattr(intervals, "RESAMPLES", 20)


class _Reader(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.elements, self.attributes, self.said = set(), [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.said.append(data)


def _assert_harmless(page, text):
    read = _Reader(page)
    assert read.elements <= ELEMENTS
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    shown = "".join(read.said) + "".join(str(value) for _, value in read.attributes)
    assert text in shown


def _fitted(text):
    N, D = np.repeat(np.geomspace(1e8, 8e9, 5), 5), np.tile(np.geomspace(2e9, 6e11, 5), 5)
    loss = TRUTH.loss(N, D) * np.exp(np.random.default_rng(3).normal(0, 0.004, 25))
    rows = pd.DataFrame({"N": N, "D": D, "loss": loss})
    rows["group"] = [f"{text}{k % 8}" for k in range(25)]
    rows.loc[7, "loss"] = np.nan
    return fit(Runs.read(rows, drop=True))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_report_shows_what_the_user_wrote_and_allows_no_script(text, tmp_path, monkeypatch):
    monkeypatch.setattr("scaling_utils.own.drawing.panels_of", lambda _: ["residuals"])
    found = _fitted(text)
    found.report(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    _assert_harmless(page, text)
    (policy,) = re.findall('<meta http-equiv="Content-Security-Policy" content="(.*)">', page)
    assert policy.startswith("default-src 'none'; ")
    assert "script" not in policy
    assert page.index(policy) < min(page.index("<style>"), page.index("<title>"))
    _assert_harmless(found.runs.table.to_html(), text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_picture_says_its_words_as_text(text, tmp_path):
    def draw(fig, data):
        ax = fig.subplots()
        ax.plot(data["x"], data["y"], label=text)
        ax.set(xlabel=text, title=text)
        ax.legend()

    table = pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0], "word": [text.lstrip("=")] * 2})
    columns = {"x": text, "y": text, "word": text}
    words = {"title": text, "caption": text, "alt": text}
    made = figures.publish("a-figure", draw, table, columns=columns, directory=tmp_path, **words)
    for name in ("svg", "dark.svg", "narrow.svg", "narrow.dark.svg"):
        root = ET.parse(tmp_path / f"a-figure.{name}").getroot()
        names = {each.tag.rpartition("}")[2] for each in root.iter()}
        assert not names & {"script", "foreignObject", "img", "image", "a", "animate", "set"}
        assert not [key for each in root.iter() for key in each.attrib if key.startswith("on")]
        assert text in [each.text for each in root.iter()]
    card = json.loads((tmp_path / "a-figure.json").read_text("utf-8"))
    assert [card["title"], card["caption"], card["columns"]["x"]] == [text] * 3
    _assert_harmless(made._repr_mimebundle_()["text/html"], text)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_law_shows_its_name_as_text(text):
    law = ChinchillaLaw(1.7, 400.0, 2000.0, 0.34, 0.36, source=text)
    _assert_harmless(law._repr_html_(), text)
