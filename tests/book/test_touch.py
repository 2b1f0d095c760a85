"""Figures that can be touched, in Chromium: their numbers are the package's, at any setting.

`EXPECTED` has a function for each of them: its inputs by name, and what the package says to them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import altair
import numpy as np
import pytest
from built import SITE, page_paths
from playwright.sync_api import Browser, Page

from experiments.analysis import our_runs
from experiments.analysis.best_sizes import BUDGETS, best_sizes
from experiments.analysis.counts import COUNTINGS
from scaling_utils import datasets, figure4, gopher, published, transformer
from scaling_utils.counting import ALL, Counting, fit_relation
from scaling_utils.figures.touch import Button, Choice, Slider, Tick, Touch, pick, when
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import bootstrap
from scaling_utils.laws.chinchilla import efficiency_of_size
from scaling_utils.laws.convergence import EfficientTraining
from scaling_utils.laws.lifetime import inference_optimum, total_flops
from scaling_utils.numbers import fmt
from scaling_utils.power_fit import interval
from scaling_utils.refit import refit, refit_without, resamples
from scaling_utils.rules import allocation_table

pytestmark = pytest.mark.browser
FIGURES = sorted(path.stem for path in (SITE / "figures" / "touch").glob("*.json"))
EVERY = pytest.mark.parametrize("figure_id", FIGURES)
SETTINGS = 200


def my_budget(logC: float, logk: float) -> dict[str, Any]:
    law, C, k = refit().law, 10**logC, 2**logk
    best = law.optimal(C)
    ratios = resamples().law.tokens_per_parameter(C)
    low, high = interval(ratios)
    mine = {"N_mine": k * best.N, "ratio_mine": C / 6 / (k * best.N) ** 2}
    mine["more"] = 1 / efficiency_of_size(law, k) - 1
    ratio = best.tokens_per_parameter
    return {
        "C": C,
        "k": k,
        "N": best.N,
        "D": best.D,
        "ratio": ratio,
        "low": low,
        "high": high,
    } | mine


def swap_parameters_for_text(logN: float, logD: float, whose: int) -> dict[str, Any]:
    law, N, D = [*gopher.laws().values()][whose], 10**logN, 10**logD
    loss, rival, (_, size, text) = law.loss(N, D), law.loss(*gopher.CHINCHILLA), law.terms(N, D)
    walls = {"smallest": law.smallest_model(loss), "fewest": law.fewest_tokens(loss)}
    side = "below" if loss < rival else "above"
    where = {
        "N": N,
        "D": D,
        "ratio": D / N,
        "C": 6 * N * D,
        "loss": loss,
        "off": abs(loss - rival),
    }
    return where | {"side": side, "size": size, "text": text} | walls


def move_the_stop(law: int, logN: float, logx: float) -> dict[str, Any]:
    kaplan, floored = published.law("kaplan2020/L(N,S) Table 5"), refit().law
    early = EfficientTraining(kaplan, published.law("kaplan2020/B_crit"))
    N, x = 10**logN, 10**logx
    if law == 0:
        floor = kaplan.converged_loss(N)
        loss = kaplan.loss(N, x * kaplan.steps_to_loss(N, (1 + early.excess) * floor))
        C, least = early.compute_to_reach(N, loss), early.compute_for_loss(loss)
        best, best_N = early.loss(C), early.N_opt(least)
    else:
        D = x * floored.optimal_tokens_for(N)
        floor, loss, C = floored.loss_infinite_data(N), floored.loss(N, D), 6 * N * D
        least, best = floored.compute_for_loss(loss), floored.loss_at(C)
        best_N = floored.N_opt(least)
    found = {"N": N, "times": x, "C": C, "above": loss / floor - 1, "best_N": best_N}
    return found | {"saved": abs(1 - least / C), "below": abs(1 - best / loss)}


@cache
def leave_a_budget_out(k: float, beyond: int) -> dict[str, Any]:
    place, groups, runs = int(k), figure4.budget_groups(), figure4.points()
    out = f"{fmt(figure4.budgets()[place - 1], 'sci1')} FLOPs" if place else "nothing"
    kept = groups != place - 1
    if place == 0 or beyond:
        end, count = ("small", place) if place < 5 else ("large", 10 - place)
        kept, sample = figure4.without_budgets(end, count), refit_without(end, count)
        words = f"Without {out} and all {end.removesuffix('e')}er budgets"
    else:
        columns = (runs.loc[kept, name] for name in ("N", "D", "loss"))
        sample = bootstrap(
            fit_chinchilla(*columns), resamples=400, kind="clusters", clusters=groups[kept]
        )
        words = f"Without {out}"
    budget = 6 * np.prod(gopher.CHINCHILLA)
    ratio = sample.interval(lambda law: law.tokens_per_parameter(budget))
    found = {"ratio": ratio.estimate, "low": ratio.low, "high": ratio.high}
    found |= {"out": out, "place": place + 10 * beyond, "runs": int(kept.sum())}
    left_out = words if place else f"All {kept.sum()} runs"
    return found | {"left_out": left_out, "a": sample.fit.law.a}


def planner(
    kind: int, logC: float, logA: float, logh: float, use: float, logN: float
) -> dict[str, Any]:
    cards, hours = 10**logA, 10**logh
    C = 10**logC if kind == 0 else cards * hours * 3600 * 1e15 * use
    law, rules = refit().law, allocation_table(C)
    sizes = {"ours": law.N_opt(C)}
    sizes |= dict(zip(("kaplan", "one", "two", "three"), rules["N"], strict=True))
    sizes["mine"] = 10**logN
    found = {"cards": cards, "hours": hours, "C": C, "place": np.log10(C)}
    found |= {f"N_{name}": N for name, N in sizes.items()}
    tenths = np.arange(17.5, 27.55, 0.1)
    drawn = interval(np.log10(resamples().law.N_opt(10 ** tenths[:, None])))
    for name, ends in zip(("low", "high"), drawn, strict=True):
        found[f"N_{name}"] = 10 ** np.interp(np.log10(C), tenths, ends)
    sides = {"low": "high", "high": "low"}  # most parameters, fewest tokens
    for name in (*sizes, *sides):
        N = found[f"N_{sides.get(name, name)}"]
        found |= {f"D_{name}": C / 6 / N, f"each_{name}": C / 6 / N**2}
    found |= {f"loss_{name}": law.loss(N, C / 6 / N) for name, N in sizes.items()}
    return found | {"wasted": 1 - efficiency_of_size(law, sizes["mine"] / sizes["ours"])}


def parameters_without_end(logN: float, logD: float, whose: int) -> dict[str, Any]:
    law, N, D = [*gopher.laws().values()][whose], 10**logN, 10**logD
    loss, wall = law.loss(N, D), law.loss_infinite_model(D)
    size, text = law.terms(N, D)[1:]
    gains = {
        "ten": size - law.terms(10 * N, D)[1],
        "all": size,
        "more": text - law.terms(N, 10 * D)[2],
    }
    return {"N": N, "D": D, "loss": loss, "wall": wall} | gains


def what_doubling_buys(what: int, logk: float) -> dict[str, Any]:
    law = published.law(f"kaplan2020/{('L(N)', 'L(D)', 'L(C_min)')[what]}")
    k, left = 10**logk, law.factor(10**logk)
    half = f"Half is reached at × {fmt(2 ** (1 / law.exponent), 'count2')}."
    said = "That is not half yet." if left > 0.5 else half
    return {"k": k, "remains": left, "lost": 1 - left, "verdict": said}


def one_budget(logC: float, logN: float) -> dict[str, Any]:
    law, C, N = refit().law, 10**logC, 10**logN
    kaplan = published.law("kaplan2020/allocation").N_opt(C / 2)
    best = law.N_opt(C)
    sizes = {"N": N, "N_kaplan": kaplan, "N_ours": best}
    texts = {name.replace("N", "D", 1): C / 6 / size for name, size in sizes.items()}
    return {"C": C, "more": 1 / efficiency_of_size(law, N / best) - 1} | sizes | texts


def count_the_embeddings(logn: float, counted: int) -> dict[str, Any]:
    law, N = refit().law, 10**logn
    shapes = datasets.load("hoffmann2022_table_a9")[list(transformer.SHAPE)].to_numpy(int)
    models = [transformer.Architecture.hoffmann(*shape) for shape in shapes.tolist()]
    sizes = ([of(m) for m in models] for of in (transformer.non_embedding_parameters,
                                                transformer.hoffmann_parameters))  # fmt: skip
    relation = fit_relation(*sizes, exponent=1 / 3)
    largest = published.constant("kaplan2020/runs", "N_high").value
    found = []
    for count in (Counting(relation), Counting(relation, size=ALL, compute=ALL)):
        ends = np.asarray(count.best(law, [N, largest]).C)
        power, C = count.fitted_exponent(law, N, largest), np.geomspace(*ends, 41)
        middle = [np.log(x).mean() for x in (C, count.at(law, C).N)]
        asked = np.exp(middle[1] + power * (np.log(5.76e23) - middle[0]))
        found.append((power, asked, asked / count.at(law, 5.76e23).N, *ends))
    names = ("power", "asked", "over", "C_low", "C_high")
    exponents = {"n": N, "out": found[0][0], "full": found[1][0]}
    return exponents | dict(zip(names, found[counted], strict=True))


@cache
def best_over_its_life(N0: float) -> tuple[Any, Any, Any]:
    law, many, halves = refit().law, resamples().law, np.arange(9, 15.1, 0.5)
    loss = many.loss(N0, many.optimal_tokens_for(N0))
    drawn = np.log(inference_optimum(many, loss, 10 ** halves[:, None]).N)
    return law.loss(N0, law.optimal_tokens_for(N0)), halves, interval(drawn)


def lifetime_bill(logI: float, quality: int, logk: float) -> dict[str, Any]:
    law, N0, I = refit().law, (1e9, 8e9, 70e9, 400e9)[quality], 10**logI
    loss, halves, ends = best_over_its_life(N0)
    best = inference_optimum(law, loss, I)
    low, high = (np.exp(np.interp(logI, halves, end)) for end in ends)
    D0, mine = law.optimal_tokens_for(N0), 10**logk * N0
    D = law.tokens_for_loss(mine, loss)
    found = {"I": I, "N": best.N, "D": best.D, "ratio": best.D / best.N, "low": low, "high": high}
    found |= {"saving": best.saving, "N_mine": mine, "D_mine": D, "of_use": I / D0 / 3}
    bill = total_flops(mine, D, I)
    found |= {"more": bill / best.total_flops - 1, "mine": bill / total_flops(N0, D0, I)}
    return found | {"k": best.N / N0}


@cache
def our_exponent(way: int, on: tuple[bool, ...]) -> dict[str, Any]:
    counting, runs = [*COUNTINGS][way], our_runs.sizes()
    have = our_runs.best_sizes(counting).cut.C
    kept = [C for C, there in zip(BUDGETS, on, strict=True) if there and C in have]
    none = {"exponent": "unknown", "meaning": "a line needs three budgets", "a": 0, "middle": 1}
    if len(kept) < 3:
        return {"budgets": len(kept)} | none
    best = best_sizes(runs, counting, kept)
    a, b = best.interval("a"), best.interval("b")
    meaning = "both may grow alike"
    if a.low > 0.5:
        meaning = "the model grows faster than its text"
    elif b.low > 0.5:
        meaning = "the text grows faster"
    exponent = fmt(a.estimate, ".2f", (a.low, a.high))
    line = {"a": a.estimate, "middle": best.lines(np.array([1e12]))[0][0]}
    return {"budgets": len(kept), "exponent": exponent, "meaning": meaning} | line


def our_budgets(way: int, **ticks: int) -> dict[str, Any]:
    return our_exponent(way, tuple(bool(ticks[f"b{k}"]) for k in range(len(BUDGETS))))


EXPECTED: dict[str, Callable[..., dict[str, Any]]] = {
    "lifetime-bill": lifetime_bill,
    "our-budgets": our_budgets,
    "my-budget": my_budget,
    "count-the-embeddings": count_the_embeddings,
    "planner": planner,
    "swap-parameters-for-text": swap_parameters_for_text,
    "parameters-without-end": parameters_without_end,
    "move-the-stop": move_the_stop,
    "one-budget": one_budget,
    "leave-a-budget-out": leave_a_budget_out,
    "what-doubling-buys": what_doubling_buys,
}


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
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    for key in ("mode", "theme"):
        page.add_init_script(f"localStorage.setItem('{key}', '{theme}')")
    page.on(
        "console", lambda m: trouble.append(m.text) if m.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("requestfailed", lambda failed: trouble.append(f"failed: {failed.url}"))
    page.goto((SITE / page_of(figure_id)).as_uri() + (hash_ or f"#fig-{figure_id}"))
    page.wait_for_selector(f"#fig-{figure_id} .touch-chart svg")
    page.wait_for_function(f"document.querySelector('#fig-{figure_id} output').textContent")
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
    page.wait_for_function(
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
    page.wait_for_function(
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
    text = DEMO.format(site=SITE.as_uri(), told=json.dumps(demo().card()))
    (tmp_path / "demo.html").write_text(text, "utf-8")
    page = browser.new_page(viewport={"width": 700, "height": 700})
    trouble: list[str] = []
    page.on("console", lambda m: trouble.append(m.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto((tmp_path / "demo.html").as_uri())
    page.wait_for_selector("#fig-demo svg")

    def says(words: str) -> None:
        page.wait_for_function(f"document.querySelector('output').textContent === '{words}'")

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
