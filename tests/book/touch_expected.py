"""What the package says to the settings of each figure that can be touched.

`EXPECTED` has a function for each of them: its inputs by name, and its results by name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from experiments.analysis import our_runs
from experiments.analysis.best_sizes import BUDGETS, best_sizes
from experiments.analysis.counts import COUNTINGS
from reanalysis import figure4, gopher
from reanalysis.counting import ALL, Counting, fit_relation
from reanalysis.refit import refit, refit_without, resamples
from reanalysis.rules import allocation_table
from scaling_utils import datasets, fit, published, transformer
from scaling_utils.fitting.fit import fit_chinchilla
from scaling_utils.fitting.resample import bootstrap
from scaling_utils.laws.chinchilla import efficiency_of_size
from scaling_utils.laws.convergence import EfficientTraining
from scaling_utils.laws.lifetime import inference_optimum, total_flops
from scaling_utils.numbers import fmt
from scaling_utils.own.fits import Fit
from scaling_utils.power_fit import interval


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


@cache
def runs_on(text: int) -> Fit:
    ladders = datasets.load("gadre2024_runs")
    return fit(ladders[ladders["dataset"] == ("C4", "RedPajama", "RefinedWeb")[text]])


def own_plan(text: int, logC: float) -> dict[str, Any]:
    plan = runs_on(text).plan(10**logC, extrapolate=True)
    past = max(0.0, plan.outside["C"])
    where = ["among the runs", "beyond the runs", "so far out that it warns"][
        sum(past > decades for decades in (0, 1))
    ]
    where = "so far out that it must be asked for" if past > 2 else where
    found = {"C": plan.C, "past": past, "where": where}
    for name, of in (("N", plan.N), ("D", plan.D)):
        found |= {name: of.estimate, f"{name}_low": of.low, f"{name}_high": of.high}
    return found


EXPECTED: dict[str, Callable[..., dict[str, Any]]] = {
    "lifetime-bill": lifetime_bill,
    "our-budgets": our_budgets,
    "own-plan": own_plan,
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
