"""Values of formulas as they stand in the text: a small calculator that reads LaTeX.

It knows what the book's formulas use: fractions, powers, roots by powers, logarithms, brackets,
names with an index or a prime, and products without a sign.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\[\\,;!:]|\d+(?:\.\d+)?|[a-zA-Z]|[^\s]")
DROPPED = {r"\left", r"\right", r"\,", r"\;", r"\!", r"\:", r"\quad", r"\qquad", "&"}
OPEN = {"(": ")", "[": "]"}


class Formula:
    """One side of an equation, read once from its left end to its right end."""

    def __init__(self, latex: str, values: Mapping[str, float]) -> None:
        latex = re.sub(r"\\\\(\[[^\]]*\])?", " ", latex)
        self.tokens = [token for token in TOKEN.findall(latex) if token not in DROPPED]
        self.values = values
        self.at = 0

    def value(self) -> float:
        result = self._sum()
        if self.at < len(self.tokens):
            raise ValueError(f"cannot read {' '.join(self.tokens[self.at :])!r}")
        return result

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        if not token or (wanted and token != wanted):
            raise ValueError(f"{wanted or 'something'} is missing before {token!r}")
        self.at += 1
        return token

    def _sum(self) -> float:
        sign = -1.0 if self._peek() == "-" and self._take() else 1.0
        result = sign * self._product()
        while self._peek() in ("+", "-"):
            result += self._product() if self._take() == "+" else -self._product()
        return result

    def _product(self) -> float:
        result = self._power()
        while self._peek() and self._peek() not in (*"+-)]},=", r"\text"):
            if self._peek() == "/":
                self._take()
                below = self._power()
                while self._peek() and re.fullmatch(r"\\?[a-zA-Z]+|\d+", self._peek()):
                    below *= self._power()  # 1/ab is one over both
                result /= below
            else:
                result *= self._power()
        return result

    def _power(self) -> float:
        base = self._base()
        if self._peek() == "^":
            self._take()
            base **= self._argument()
        return base

    def _argument(self) -> float:
        if self._peek() == "{":
            self._take()
            result = self._sum()
            self._take("}")
            return result
        return self._base()

    def _base(self) -> float:
        token = self._take()
        if token in OPEN:
            result = self._sum()
            self._take(OPEN[token])
            return result
        if token == "{":
            self.at -= 1
            return self._argument()
        if token in (r"\frac", r"\tfrac"):
            return self._argument() / self._argument()
        if token == r"\ln":
            return math.log(self._power())
        if token == r"\underbrace":
            result = self._argument()
            self._take("_")
            self._words()
            return result
        if re.fullmatch(r"\d+(\.\d+)?", token):
            return float(token)
        return self._name(token)

    def _words(self) -> str:
        """The text of a group, or a single token."""
        if self._take() != "{":
            return self.tokens[self.at - 1].lstrip("\\")
        depth, found = 1, []
        while depth:
            token = self._take()
            depth += {"{": 1, "}": -1}.get(token, 0)
            found.append(token)
        dropped = (r"\mathrm", r"\text", r"\rm", "{", "}")
        return "".join(token.lstrip("\\") for token in found if token not in dropped)

    def _name(self, token: str) -> float:
        name = token.lstrip("\\")
        if self._peek() == "_":
            self._take()
            name += f"_{self._words()}"
        while self._peek() == "'":
            name += self._take()
        for star in (["^", "*"], ["^", "{", "*", "}"]):
            if self.tokens[self.at : self.at + len(star)] == star:
                self.at += len(star)
                name += "*"
        if name == "e":
            return math.e
        if name not in self.values:
            raise ValueError(f"no value is given for {name!r}")
        return self.values[name]


def evaluate(latex: str, values: Mapping[str, float]) -> float:
    """The value of one side of a formula."""
    return Formula(latex, values).value()
