"""What the book says once holds everywhere: the level of intervals, the seeds, Hoffmann's delta.

Another level, seed or delta moves every interval a little, which no other test need notice.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from code_of_book import trees

DEFAULTS = {"level": 0.95, "seed": 0, "delta": 1e-3, "resamples": 4000}
"""What a function takes unless it is told."""
ELSEWHERE = {
    # Hoffmann's Table 2: 10th to 90th percentile of subsets.
    ("scaling_utils/fitting/resample.py", "subset_range", "level"): 0.8,
    ("experiments/analysis/other_text.py", "text_transfer", "resamples"): 1000,
    ("experiments/analysis/parametric.py", "parametric_fit", "resamples"): 1000,
}
"""Functions whose own words give another default."""
ASKED = {"level": {0.8, 0.95}, "seed": {0, 1}, "share": {0.0, 0.8, 1.0}, "delta": {0.1, 1e-3}}
"""What callers ask for: 0.8 is the level and the share of Hoffmann's Table 2."""


def defaults(function: ast.FunctionDef) -> Iterator[tuple[str, float]]:
    """The numbers that a function takes unless it is told, by the name of the argument."""
    args = function.args
    last = [*args.posonlyargs, *args.args][::-1][: len(args.defaults)][::-1]
    of_names = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    for argument, value in (*zip(last, args.defaults, strict=True), *of_names):
        if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
            yield argument.arg, value.value


def test_a_function_takes_the_books_level_seed_and_delta_unless_it_is_told():
    wrong, seen = [], 0
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                for argument, value in defaults(node):
                    meant = ELSEWHERE.get((name, node.name, argument), DEFAULTS.get(argument))
                    seen += meant is not None
                    if meant is not None and value != meant:
                        wrong.append(f"{name}: {node.name} takes {argument} {value}, not {meant}")
    assert not wrong, "\n".join(wrong)
    assert seen > 10


def asked(call: ast.Call) -> Iterator[tuple[str, float]]:
    """The numbers that a caller gives by name, and the level that it gives to `interval`."""
    given = [(each.arg, each.value) for each in call.keywords if each.arg in ASKED]
    if getattr(call.func, "attr", getattr(call.func, "id", "")).startswith("interval"):
        given += [("level", value) for value in call.args[1:2]]
    for argument, value in given:
        if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
            yield argument, value.value


def test_no_caller_asks_for_another_level_seed_or_share():
    wrong, seen = [], 0
    for name, tree in trees():
        for node in ast.walk(tree):
            for argument, value in asked(node) if isinstance(node, ast.Call) else ():
                seen += 1
                if value not in ASKED[argument]:
                    wrong.append(f"{name}, line {node.lineno}: {argument}={value}")
    assert not wrong, "\n".join(wrong)
    assert seen > 10
