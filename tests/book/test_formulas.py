"""Formulas: what is made of LaTeX, and that every one on the site is set and has its letters."""

from __future__ import annotations

import logging
import re
import sys
from xml.etree.ElementTree import fromstring

import pytest
from about import ROOT, SITE
from docutils import nodes
from formulas import letters, mathml

sys.path.append(str(ROOT / "book" / "assets"))
import companion_math
from formulas_font import RANGES, SIGNS


def text(latex: str, **how: bool) -> str:
    return "".join(fromstring(mathml(latex, **how)).itertext())


@pytest.mark.parametrize("latex", [r"\foo{a}", r"\begin{foo}a\end{foo}", r"\frac{a}", "a & b"])
def test_what_is_not_known_is_an_error(latex):
    with pytest.raises(ValueError, match=r"known|missing"):
        mathml(latex)


def test_a_formula_that_is_not_known_warns_and_so_stops_the_build(caplog):
    logger = logging.getLogger("sphinx.companion_math")
    logger.addHandler(caplog.handler)
    try:
        companion_math._set(nodes.math(), r"\foo")
    finally:
        logger.removeHandler(caplog.handler)
    assert {record.levelname for record in caplog.records} == {"WARNING"}
    assert '"-W"' in (ROOT / "book" / "build.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("latex", "part"),
    [
        (r"B_{\mathrm{crit}}", "<mi>crit</mi>"),
        (r"C_{\min}", "<mi>min</mi>"),
        (r"\mathrm{d}x", '<mi mathvariant="normal">d</mi>'),
        (r"C^*", '<mo lspace="0" rspace="0">∗</mo>'),
        (r"a = -1", '<mo form="prefix">−</mo>'),
        (r"d \ln N", '<mspace width="0.167em"></mspace><mi>ln</mi><mspace width="0.167em">'),
        (r"\ln(N)", "<mi>ln</mi><mo"),
        (r"L'", '<mrow><mi class="q-loss">L</mi><mo lspace="0" rspace="0">′</mo></mrow>'),
        (r"N_D", '<mi class="q-parameters">N</mi><mi class="q-tokens">D</mi>'),
        (r"\mathrm{C}", '<mi mathvariant="normal">C</mi>'),
        (r"a\!b", 'width="-0.167em"'),
    ],
)
def test_parts_of_formulas_are_set_by_the_rules_of_tex(latex, part):
    assert part in mathml(latex)


def test_limits_go_below_in_a_displayed_formula_only():
    latex = r"\operatorname*{argmin}_{N} L + \sum_i x_i"
    assert mathml(latex, block=True).count("<munder>") == 2
    assert "<munder>" not in mathml(latex)


def test_the_columns_of_lines_are_aligned():
    set_ = mathml("\\begin{aligned}a &= b \\\\[4pt]\nc &= d\\end{aligned}", block=True)
    assert set_.count("<mtr>") == 2
    assert set_.count('class="to-right"') == set_.count('class="to-left"') == 2
    assert ">4pt<" not in set_


def test_a_formula_says_its_source():
    assert fromstring(mathml("a\n  < b")).get("alttext") == "a < b"
    assert text("a < b") == "a<b"


def test_every_formula_of_the_site_is_set(pages):
    found = [math for page in pages.values() for math in page.select(".math")]
    assert len(found) > 300
    for math in found:
        assert len(math.select("math[alttext]")) == 1, math
    assert not [math for math in found if re.search(r"\\[A-Za-z([]", math.get_text())]
    assert not [name for name, page in pages.items() if page.select("merror")]


def test_the_font_has_every_letter_of_every_formula(pages):
    wanted = {chr(code) for low, high in RANGES for code in range(low, high + 1)} | set(SIGNS)
    used = set().union(*(letters(str(page)) for page in pages.values()))
    assert used <= wanted | {"\n"}


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_a_displayed_formula_stands_in_the_middle_or_scrolls_from_its_start(browser, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((SITE / "notebooks" / "06_twenty_tokens_per_parameter.html").as_uri())
    gaps = page.evaluate(
        """[...document.querySelectorAll("article section:not(.fold) > div.math")].map((box) => {
          const parts = [...box.querySelectorAll("math mi, math mn")]
            .map((part) => part.getBoundingClientRect());
          const around = box.getBoundingClientRect();
          return [Math.min(...parts.map((part) => part.left)) - around.left,
                  around.right - Math.max(...parts.map((part) => part.right)),
                  box.scrollWidth > box.clientWidth];
        })"""
    )
    page.close()
    assert len(gaps) >= 3
    for left, right, wide in gaps:
        assert left >= 0
        assert wide or abs(left - right) < 30, gaps
