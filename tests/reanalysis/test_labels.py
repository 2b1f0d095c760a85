"""A published law is called by the name of its paper and its digits, never by another's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from code_of_book import trees

from scaling_utils import published

PAPERS = ("Kaplan", "Hoffmann", "Besiroglu", "Muennighoff", "Sardana", "Vries", "Gadre")
DIGITS = {
    r"\bprinted\b|\brounded\b": "hoffmann2022/printed",
    r"\bunrounded\b|\btex\b|TeX|Approach 3": "hoffmann2022/tex",
}
"""Hoffmann's third approach stands twice: as printed, and with the digits of the TeX source."""


def laws(node: ast.AST) -> Iterator[str]:
    """The published laws that an expression looks up."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and each.args:
            name = getattr(each.func, "attr", getattr(each.func, "id", ""))
            value = getattr(each.args[0], "value", None)
            if name == "law" and value in published.names():
                yield value


def labelled(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Each published law beside the label of its entry or the name of its variable."""
    held = {}  # names of this module that are texts: PRINTED = "Hoffmann, printed"
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names = target.elts if isinstance(target, ast.Tuple) else [target]
                of = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
                for name, value in zip(names, of, strict=False):
                    label = getattr(name, "id", "")
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        held[label] = value.value
                    elif not isinstance(value, ast.Dict):
                        yield from ((node.lineno, label, law) for law in laws(value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                label = getattr(key, "value", held.get(getattr(key, "id", ""), ""))
                if isinstance(label, str):
                    yield from ((value.lineno, label, law) for law in laws(value))


def mistaken(label: str, law: str) -> bool:
    """Whether a label names another paper, or other digits, than those of the law."""
    papers = [paper.lower() for paper in PAPERS if paper in label]
    if papers and not any(paper in law for paper in papers):
        return True
    hoffmann = law.startswith("hoffmann2022/")
    return hoffmann and any(re.search(k, label) and v != law for k, v in DIGITS.items())


def test_a_published_law_is_called_by_its_own_name():
    found = [(name, *each) for name, tree in trees() for each in labelled(tree)]
    wrong = [
        f"{n}, line {at}: {label!r} is {law}"
        for n, at, label, law in found
        if mistaken(label, law)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(found) > 20


@pytest.mark.parametrize(
    ("label", "law", "expected"),
    [
        ("Hoffmann, unrounded", "hoffmann2022/tex", False),
        ("Hoffmann, unrounded", "hoffmann2022/printed", True),
        ("printed", "hoffmann2022/tex", True),
        ("Besiroglu et al.", "hoffmann2022/tex", True),
        ("de Vries", "devries2023", False),
        ("loss", "kaplan2020/L(N)", False),
    ],
)
def test_a_label_of_another_paper_is_found(label, law, expected):
    assert mistaken(label, law) is expected
