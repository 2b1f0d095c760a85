"""A fit in words: on one screen of text, or as a table of a page."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np

from scaling_utils.fitting.result import USABLE

WIDTH, LINES, LABEL = 80, 24, 13
"""Characters of a line, lines of a screen, characters of the label that begins a line."""
ROUNDING = 1e-9  # below it machines differ

FORMULA = {
    "chinchilla": "L(N, D) = E + A / N^alpha + B / D^beta",
    "kaplan-nd": "L(N, D) = ((N_c / N)^(alpha_N / alpha_D) + D_c / D)^alpha_D",
    "kaplan-ns": "L(N, S) = (N_c / N)^alpha_N + (S_c / S)^alpha_S",
    "power": "L(x) = E + A / x^alpha",
    "repeated": "L(N, D) = E + A / N'^alpha + B / D'^beta, N' and D' with repeats discounted",
}
FINE = "a certified minimum, the only one found"
MEND = "do as is said above, or ask for less: fit(runs, 'power'); .plot() shows the runs"


def line(fit: Any) -> str:
    """The fit in one line."""
    law = fit.found.constants() if fit.status in USABLE else {}
    constants = ", ".join(f"{name} {value:.4g}" for name, value in law.items())
    return f"<Fit: {fit.found.form}, {len(fit.runs)} runs, {fit.status}; {constants or 'no law'}>"


def text(fit: Any, spoken: Callable[[str], str] = str) -> str:
    """The fit on one screen, each sentence as it is `spoken`; notes beyond it are counted."""
    *told, tail = [_lines(label, spoken(said)) for label, said in parts(fit)]
    lines, notes = [line for part in told for line in part], [spoken(note) for note in fit.notes]
    for k, note in enumerate(notes):
        more, label = len(notes) - k, "" if k else "Watch"
        own = _lines(label, note)
        if len(lines + own + tail) + (more > 1) > LINES:
            lines += _lines(label, spoken(f"and {more} more, in .notes"))
            break
        lines += own
    return "\n".join(lines + tail)


def html(fit: Any) -> str:
    """The fit as a table."""
    (_, caption), *told, last = parts(fit)
    told += [*(("Watch", note) for note in fit.notes), last]
    rows = (f"<tr><th scope='row'>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in told)
    return f"<table><caption>{escape(caption)}</caption><tbody>{''.join(rows)}</tbody></table>"


def parts(fit: Any) -> list[tuple[str, str]]:
    """Labels and sentences: what the fit is, its constants, the evidence, and what to do next."""
    runs, found = fit.runs, fit.found
    what = f"{found.form}, {len(runs)} runs: {fit.status}, {fit.message or FINE}"
    head = [("Fit", what), ("Law", FORMULA[found.form])]
    if fit.status not in USABLE:
        return [*head, ("Next", MEND.replace(f", or ask for less: fit(runs, {found.form!r})", ""))]
    proof, r = found.certificate, 100.0 * np.abs(found.residuals[found.problem.weights > 0])
    slope, fall = (f"{max(x, ROUNDING):.0e}" for x in (proof.gradient, proof.decrement))
    minimum = (
        f"gradient at most {slope} of its parts, Newton decrement {fall}; "
        f"{found.starts_agreed} of {found.starts} starts agree"
    )
    near = f"half of the runs within {np.median(r):.2g} %, all within {r.max():.2g} %"
    more = ".plot(), .leave_one_size_out(), .report('fit.html')"
    if "D" in found.problem.columns:
        more = f".plan({10 * runs.C.max():.0e}), {more}".replace("e+", "e")
    end = [("Minimum", minimum), ("Residuals", near), ("Next", more)]
    try:
        return [*head, *_constants(fit), ("Intervals", f"95 %, bootstrap: {fit.drawn}"), *end]
    except ValueError as error:
        values = [(name, f"{value:.4g}") for name, value in found.constants().items()]
        return [*head, *values, ("Intervals", f"none: {error}"), *end]


def _constants(fit: Any) -> list[tuple[str, str]]:
    """Value and interval of each constant, and whether it was fixed or tied."""
    table = fit.constants()
    if fit.found.form == "chinchilla":
        a, grows = fit.interval("a"), "= beta / (alpha + beta): N grows as C^a"
        table.loc["a"] = (a.estimate, a.low, a.high, grows)
    said = []
    for name, value, low, high, how in table.replace({"how": {"free": ""}}).itertuples():
        ends = "" if how == "fixed" else f"({low:.4g} to {high:.4g}) "
        said.append((name, f"{value:<10.4g}{ends}{how}".rstrip()))
    return said


def _lines(label: str, said: str) -> list[str]:
    """A sentence on lines of the screen, the first with its label."""
    look: dict[str, Any] = {"subsequent_indent": " " * LABEL, "break_on_hyphens": False}
    return textwrap.wrap(f"{label:<{LABEL}}{said}", WIDTH, **look)
