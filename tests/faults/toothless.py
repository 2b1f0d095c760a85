"""What makes a test one that cannot fail, read off its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Found: TypeAlias = Iterator[tuple[int, str]]

WIDE = 0.5
"""A relative tolerance that lets nearly anything pass."""
CHECKS = ("assert", "check", "expect", "raises", "warns", "fail", "match", "refuse", "wait")
"""A call whose name begins so, or has it after an underscore, can fail a test."""
BROAD = {"Exception", "BaseException", "AssertionError", "Failed", "KeyError", "IndexError"}
SKIPS = {"skip", "skipif", "xfail", "importorskip"}


def complaints(source: str, helpers: frozenset[str] = frozenset()) -> list[tuple[int, str]]:
    """Lines and what is wrong there; `helpers` are functions elsewhere that can fail a test."""
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    found = [*_constant(nodes), *_same(nodes), *_wide(nodes), *_swallowed(nodes), *_empty(nodes)]
    return sorted({*found, *_hidden(nodes), *_unchecked(tree, helpers), *_skipped(nodes)})


def failing(tree: ast.AST, known: frozenset[str] = frozenset()) -> frozenset[str]:
    """The functions of a module that can fail a test, themselves or by one that they call."""
    functions = [node for node in ast.walk(tree) if isinstance(node, Function)]
    found = set(known)
    waiting = {each.name: called for each in functions if (called := _called(each)) is not None}
    found |= {each.name for each in functions} - waiting.keys()
    while more := {name for name, called in waiting.items() if called & found} - found:
        found |= more
    return frozenset(found)


def _name(node: ast.AST) -> str:
    """The last part of a name: raises of pytest.raises."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _called(function: ast.AST) -> set[str] | None:
    """What a function calls; None if it can fail a test by itself."""
    called = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Assert | ast.Raise):
            return None
        if isinstance(node, ast.Call):
            name = _name(node.func)
            if any(word.startswith(CHECKS) for word in name.lower().strip("_").split("_")):
                return None
            called.add(name)
    return called


def _constant(nodes: list[ast.AST]) -> Found:
    for node in nodes:
        if isinstance(node, ast.Assert):
            test = node.test
            filled = isinstance(test, ast.Tuple | ast.List | ast.Dict | ast.Lambda | ast.JoinedStr)
            either = isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or)
            always = either and any(isinstance(each, ast.Constant) for each in test.values)
            if isinstance(test, ast.Constant) or filled or always:
                yield node.lineno, "asserts what is always true"


def _same(nodes: list[ast.AST]) -> Found:
    for node in nodes:
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Compare):
            sides = [node.test.left, *node.test.comparators]
            bare = [_bare(side) for side in sides]
            if len(set(filter(None, bare))) < len(list(filter(None, bare))):
                yield node.lineno, "compares a thing with itself"
        if isinstance(node, ast.Call) and _name(node.func).startswith("assert_"):
            bare = [_bare(each) for each in node.args[:2]]
            if len(bare) == 2 and bare[0] == bare[1] != "":
                yield node.lineno, "compares a thing with itself"


def _bare(node: ast.AST) -> str:
    """A side of a comparison without its tolerance; nothing if it is computed at each call."""
    if isinstance(node, ast.Call) and _name(node.func) == "approx" and node.args:
        node = node.args[0]
    return "" if any(isinstance(part, ast.Call) for part in ast.walk(node)) else ast.dump(node)


def _wide(nodes: list[ast.AST]) -> Found:
    for node in nodes:
        if isinstance(node, ast.Call):
            for each in node.keywords:
                value = each.value
                number = value.value if isinstance(value, ast.Constant) else 0
                relative = each.arg in ("rel", "rtol") and isinstance(number, float | int)
                if relative and number > WIDE:
                    yield node.lineno, f"allows {number:.0%}, which nearly anything passes"


def _swallowed(nodes: list[ast.AST]) -> Found:
    for node in nodes:
        if isinstance(node, ast.ExceptHandler):
            caught = node.type
            names = [caught] if not isinstance(caught, ast.Tuple) else caught.elts
            broad = caught is None or any(_name(each) in BROAD for each in names if each)
            idle = all(isinstance(each, ast.Pass | ast.Continue) for each in node.body)
            if broad and idle:
                yield node.lineno, "swallows the error that would fail it"
        suppressed = isinstance(node, ast.Call) and _name(node.func) == "suppress"
        if suppressed and any(_name(each) in BROAD for each in node.args):
            yield node.lineno, "swallows the error that would fail it"


def _empty(nodes: list[ast.AST]) -> Found:
    for node in nodes:
        if isinstance(node, ast.Call) and _name(node.func) == "parametrize" and len(node.args) > 1:
            values = node.args[1]
            if isinstance(values, ast.List | ast.Tuple | ast.Set) and not values.elts:
                yield node.lineno, "is given nothing to try"
        over = node.iter if isinstance(node, ast.For) else None
        if isinstance(over, ast.List | ast.Tuple) and not over.elts:
            yield node.lineno, "is given nothing to try"


def _hidden(nodes: list[ast.AST]) -> Found:
    """Names given twice, and what stands after the end of a function."""
    for scope in nodes:
        if isinstance(scope, ast.Module | ast.ClassDef):
            seen = set()
            for node in scope.body:
                if isinstance(node, Function):
                    if node.name in seen:
                        yield node.lineno, f"hides another {node.name}, which never runs"
                    seen.add(node.name)
        body = getattr(scope, "body", None)
        if isinstance(body, list):
            for node, after in pairwise(body):
                if isinstance(node, ast.Return | ast.Raise | ast.Continue | ast.Break):
                    yield after.lineno, "is never reached"


def _unchecked(tree: ast.Module, helpers: frozenset[str]) -> Found:
    known = failing(tree, helpers)
    for node in ast.walk(tree):
        if isinstance(node, Function) and node.name.startswith("test") and node.name not in known:
            yield node.lineno, f"{node.name} checks nothing"


def _skipped(nodes: list[ast.AST]) -> Found:
    """What leaves a test out, unless it is only where this is no Linux, and says why."""
    elsewhere = {
        node.func
        for node in nodes
        if isinstance(node, ast.Call)
        and [ast.unparse(each) for each in node.args] == ["sys.platform != 'linux'"]
        and [each.arg for each in node.keywords] == ["reason"]
    }
    for node in nodes:
        asked = isinstance(node, ast.Attribute) and node.attr in SKIPS
        if asked and _name(node.value) in ("pytest", "mark") and node not in elsewhere:
            yield node.lineno, f"uses {node.attr}"
        if isinstance(node, ast.Name) and node.id == "collect_ignore":
            yield node.lineno, "uses collect_ignore"
