"""Figures that can be touched, in Chromium: their numbers are the package's, at any setting."""

from __future__ import annotations

import json
import re
from typing import Any

import altair
import chromium
import numpy as np
import pytest
from about import SITE
from built import page_paths, until
from charts import ready
from playwright.sync_api import Browser, Page
from touch_expected import EXPECTED

from scaling_utils.figures.touch import Button, Choice, Slider, Tick, Touch, pick, when
from scaling_utils.numbers import fmt

pytestmark = pytest.mark.browser
FIGURES = sorted(path.stem for path in (SITE / "figures" / "touch").glob("*.json"))
EVERY = pytest.mark.parametrize("figure_id", FIGURES)
SETTINGS = 200


def told(figure_id: str) -> dict[str, Any]:
    return json.loads((SITE / "figures" / "touch" / f"{figure_id}.json").read_text("utf-8"))


def inputs(figure_id: str) -> list[dict[str, Any]]:
    return [each for each in told(figure_id)["inputs"] if each["kind"] != "button"]


def settings(figure_id: str) -> list[dict[str, float]]:
    """The start, both ends of every input, and any steps between."""
    draw = np.random.default_rng(0)
    choices = []
    for each in inputs(figure_id):
        bind = each["bind"]
        if each["kind"] == "range":
            n = round((bind["max"] - bind["min"]) / bind["step"])
            steps = [float(f"{bind['min'] + i * bind['step']:.12g}") for i in range(n + 1)]
        else:
            steps = bind.get("options", [0, 1])
        choices.append((each["name"], each["start"], steps))
    ends = [{name: steps[end] for name, _, steps in choices} for end in (0, -1)]
    some = [
        {name: steps[draw.integers(len(steps))] for name, _, steps in choices}
        for _ in range(SETTINGS)
    ]
    return [{name: start for name, start, _ in choices}, *ends, *some]


def page_of(figure_id: str) -> str:
    mark = f'class="companion-touch" data-id="{figure_id}"'
    return next(name for name in page_paths() if mark in (SITE / name).read_text("utf-8"))


def opened(browser: Browser, figure_id: str, *, width: int = 1280, theme: str = "light",
           hash_: str | None = None) -> tuple[Page, list[str]]:  # fmt: skip
    trouble: list[str] = []
    page = chromium.window(browser, width, theme)
    page.on(
        "console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda failed: trouble.append(f"failed: {failed.url}"))
    page.goto((SITE / page_of(figure_id)).as_uri() + (hash_ or f"#fig-{figure_id}"))
    page.wait_for_selector(f"#fig-{figure_id} .touch-chart svg")
    until(page, f"document.querySelector('#fig-{figure_id} output').textContent")
    return page, trouble


def readout(page: Page, figure_id: str) -> str:
    return page.locator(f"#fig-{figure_id} output").inner_text()


def at(page: Page, figure_id: str, all_settings: list[dict[str, float]]) -> list[dict[str, Any]]:
    return page.evaluate(
        """([id, all]) => {
            const box = document.querySelector(`#fig-${id} .companion-touch`);
            return all.map((one) => ({ ...box.touch.at(one),
                                       said: box.querySelector("output").textContent }));
        }""",
        [figure_id, all_settings],
    )


def reached(page: Page, figure_id: str, wanted: dict[str, float]) -> None:
    """Wait until the inputs stand so, and all is drawn."""
    until(
        page,
        """([state, wanted]) => Object.entries(wanted).every(
            ([name, value]) => Math.abs(eval(state)[name] - value) < 1e-9)""",
        arg=[_state(figure_id), wanted],
    )
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def in_words(text: str, values: dict[str, Any]) -> str:
    """What the words must say, written by `fmt`."""

    def write(found: re.Match[str]) -> str:
        value, spec = values[found[1]], found[2]
        return fmt(value, spec) if spec else str(value)

    said = re.sub(r"\{(\w+)(?::([^}]*))?\}", write, text)
    return re.sub(r"\*\*(?:\w+\|)?", "", said)


def test_every_figure_has_its_numbers_from_the_package():
    assert set(FIGURES) == set(EXPECTED)


@pytest.fixture(scope="module", params=FIGURES)
def standing(request, browser):
    """A figure as it stands on its page, opened once for the tests that leave it as it was."""
    page, trouble = opened(browser, request.param)
    yield request.param, page, trouble
    page.close()


def test_results_are_those_of_the_package(standing):
    figure_id, page, trouble = standing
    tried = settings(figure_id)
    shown = at(page, figure_id, [*tried, tried[0]])[:-1]
    assert not trouble
    for asked, got in zip(tried, shown, strict=True):
        said = got.pop("said")
        expected = EXPECTED[figure_id](**asked)
        assert set(got) == set(expected)
        for name, value in expected.items():
            if isinstance(value, str):
                assert got[name] == value, (asked, name)
            else:
                assert got[name] == pytest.approx(value, rel=1e-9), (asked, name)
        plain = in_words(told(figure_id)["say"], {**asked, **got})
        assert said.replace("\u00a0", " ") == plain.replace("\u00a0", " ")


def test_a_key_moves_it_and_the_words_follow(standing):
    figure_id, page, trouble = standing
    for each in inputs(figure_id):
        if "only" in each:  # it shows beside one choice
            choice, place = each["only"]
            page.evaluate(f"{_state(figure_id, 'change')}({{{choice}: {place}}})")
            reached(page, figure_id, {choice: place})
        field = page.locator(f"#fig-{figure_id} [name={each['name']}]")
        field.focus()
        assert page.locator(
            f"#fig-{figure_id} label[for={field.get_attribute('id')}]"
        ).is_visible()
        before = readout(page, figure_id), page.evaluate(_state(figure_id))
        for _ in range(3):
            page.keyboard.press(" " if each["kind"] == "checkbox" else "ArrowLeft")
            page.keyboard.press("ArrowUp") if each["kind"] == "select" else None
        if each["kind"] == "range" and each["start"] > each["bind"]["min"]:
            assert page.evaluate(_state(figure_id))[each["name"]] < each["start"]
            page.keyboard.press("Home")
            reached(page, figure_id, {each["name"]: each["bind"]["min"]})
            assert readout(page, figure_id) != before[0]
        elif each["kind"] == "checkbox":
            assert page.evaluate(_state(figure_id)) != before[1]
    page.click(f"#fig-{figure_id} .touch-tools button >> nth=0")
    reached(page, figure_id, {each["name"]: each["start"] for each in inputs(figure_id)})
    assert not trouble


def _state(figure_id: str, what: str = "state") -> str:
    return f"document.querySelector('#fig-{figure_id} .companion-touch').touch.{what}"


@EVERY
def test_the_address_holds_the_settings_and_back_works(browser, figure_id):
    one = settings(figure_id)[-1]
    address = f"#fig-{figure_id}?" + "&".join(f"{name}={value}" for name, value in one.items())
    page, trouble = opened(browser, figure_id, hash_=address)
    reached(page, figure_id, one)
    top = page.locator(f"#fig-{figure_id}").bounding_box()["y"]
    assert -50 < top < 900
    page.evaluate(f"location.hash = '#fig-{figure_id}'")
    reached(page, figure_id, {each["name"]: each["start"] for each in inputs(figure_id)})
    page.go_back()
    reached(page, figure_id, one)
    page.close()
    assert not trouble


def test_the_still_picture_stands_on_paper(standing):
    figure_id, page, _ = standing
    pictures = page.locator(f"#fig-{figure_id} > picture img")
    assert not any(pictures.nth(i).is_visible() for i in range(pictures.count()))
    page.emulate_media(media="print")
    assert sum(pictures.nth(i).is_visible() for i in range(pictures.count())) == 1
    assert not page.locator(f"#fig-{figure_id} .companion-touch").is_visible()
    page.emulate_media(media="screen")


@EVERY
def test_the_still_picture_stands_without_scripts(browser, figure_id):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((SITE / page_of(figure_id)).as_uri())
    pictures = page.locator(f"#fig-{figure_id} > picture img")
    assert sum(pictures.nth(i).is_visible() for i in range(pictures.count())) == 1
    assert not page.locator(f"#fig-{figure_id} .companion-touch").is_visible()
    context.close()


@EVERY
def test_it_fits_a_phone_and_follows_the_theme(browser, figure_id):
    page, trouble = opened(browser, figure_id, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(f"#fig-{figure_id} .touch-chart svg").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    asked = settings(figure_id)[-1]
    at(page, figure_id, [asked])
    light = page.locator(f"#fig-{figure_id} .touch-chart").inner_html()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    until(
        page,
        """(id) => { const made = document.querySelectorAll(`#fig-${id} .touch-chart svg`);
            return made.length === 1 && !made[0].outerHTML.includes("#1f2328"); }""",
        arg=figure_id,
    )
    dark = page.locator(f"#fig-{figure_id} .touch-chart").inner_html()
    assert "#1f2328" in light
    assert "#1f2328" not in dark
    assert dark.count("<svg") == 1
    assert page.evaluate(_state(figure_id)) == pytest.approx(asked)
    page.close()
    assert not trouble


def test_only_pages_with_something_to_touch_load_its_script():
    touching = {page_of(figure_id) for figure_id in FIGURES}
    script = re.compile(r'src="[./]*_static/touch\.js')
    loading = {name for name in page_paths() if script.search((SITE / name).read_text("utf-8"))}
    assert loading == touching


DEMO = """<!doctype html><meta charset="utf-8"><body style="width:600px">
<link rel="stylesheet" href="{site}/_static/touch.css">
<figure id="fig-demo"><picture><img alt="still"></picture>
<div class="companion-touch" data-id="demo" data-vega="{site}/_static/vega.js" data-alt=""
hidden>
<script type="application/json">{told}</script></div></figure>
<script src="{site}/_static/companion.js"></script>
<script src="{site}/_static/touch.js"></script>"""


def demo() -> Touch:
    logN = Slider("logN", 6, 12, 0.1, 9, "size", "{N:short2}", drag="log x")
    law = Choice("law", ["one", "other"], 0, "law")
    on = Tick("on", 1, "with it")
    twice = Button("ten times", logN=logN + 1)
    N = 10**logN
    x = altair.X("N:Q", scale={"type": "log", "domain": [1e6, 1e12], "nice": False})
    rows = altair.Chart(altair.Data(values=[{}])).transform_calculate(N=N)
    chart = rows.mark_point().encode(x).properties(width="container", height=100)
    results = {
        "N": N,
        "y": pick(law, [N, 2 * N]) * (1 + on),
        "word": when("on > 0", "with", "bare"),
    }
    return Touch(chart, [logN, law, on, twice], results, "**loss|{y:sci2}** {word}")


def test_choices_ticks_buttons_and_a_pointer(browser, tmp_path):
    text = DEMO.format(site=SITE.as_uri(), told=json.dumps(ready(demo().card())))
    (tmp_path / "demo.html").write_text(text, "utf-8")
    page = browser.new_page(viewport={"width": 700, "height": 700})
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(m.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto((tmp_path / "demo.html").as_uri())
    page.wait_for_selector("#fig-demo svg")

    def says(words: str) -> None:
        until(page, f"document.querySelector('output').textContent === '{words}'")

    ten = "\u00a0×\u00a010"
    says(f"2.0{ten}⁹ with")
    page.select_option("select", "1")
    says(f"4.0{ten}⁹ with")
    page.get_by_label("with it").uncheck()
    says(f"2.0{ten}⁹ bare")
    page.click("text=ten times")
    says(f"2.0{ten}¹⁰ bare")
    assert page.evaluate("location.hash") == "#fig-demo?logN=10&law=1&on=0"
    assert page.get_by_label("size").get_attribute("aria-valuetext") == "10B"
    for _ in range(3):  # not beyond its end
        page.click("text=ten times")
    says(f"2.0{ten}¹² bare")
    plot = page.locator(".touch-chart svg .background").first.bounding_box()
    page.mouse.click(plot["x"] + plot["width"] / 2, plot["y"] + 50)
    says(f"2.0{ten}⁹ bare")
    page.click("text=reset")
    says(f"2.0{ten}⁹ with")
    assert page.evaluate("location.hash") == "#fig-demo"
    page.close()
    assert not trouble


def test_a_chart_that_is_still_wide_does_not_widen_a_page_that_was_drawn_narrower(browser):
    page, trouble = opened(browser, "planner")
    page.set_viewport_size({"width": 320, "height": 900})
    wide = """chart => { chart.style.width = "690px"; }"""
    page.locator("#fig-planner .touch-chart svg").evaluate(wide)
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    page.close()
    assert not trouble
