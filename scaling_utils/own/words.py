"""A fit in words: one screen of text, or a small table for a notebook."""

from __future__ import annotations

import textwrap
from html import escape
from typing import Any

import numpy as np

from scaling_utils.fitting.result import USABLE

WIDTH, LINES, LABEL = 88, 24, 13
"""Characters of a line, lines of a screen, characters of the label that begins a line."""

MEANING = {
    "converged": "a minimum, and the only one found",
    "two minima": "another law fits these runs almost as well",
    "at a bound": "the best law lies at the end of what is allowed",
    "not identified": "these runs do not determine this law, so it has no constants",
    "not converged": "no point was found that is surely the best law",
}
"""What each status means for whoever wants to use the law."""

FORMULA = {
    "chinchilla": "L(N, D) = E + A / N^alpha + B / D^beta",
    "kaplan-nd": "L(N, D) = ((N_c / N)^(alpha_N / alpha_D) + D_c / D)^alpha_D",
    "kaplan-ns": "L(N, S) = (N_c / N)^alpha_N + (S_c / S)^alpha_S",
    "power": "L(x) = E + A / x^alpha",
    "repeated": "L(N, D) = E + A / N'^alpha + B / D'^beta, with N' and D' of Muennighoff et al.",
}

MEND = (
    "add runs of other sizes, tokens and budgets, or ask for less: fit(runs, fix={'E': 1.69}), "
    "fit(runs, tie={'alpha': 'beta'}), fit(runs, 'power'); .plot() draws the runs"
)


def line(fit: Any) -> str:
    """The fit in one line."""
    law = fit.law.constants() if fit.status in USABLE else {}
    constants = ", ".join(f"{name} {value:.4g}" for name, value in law.items())
    head = f"{fit.asked['form']}, {len(fit.runs)} runs, {fit.status}"
    return f"<Fit: {head}{': ' * bool(law)}{constants}>"


def text(fit: Any) -> str:
    """The fit on one screen; notes that do not fit on it are counted."""
    head = [*_lines("Fit", verdict(fit)), *_lines("Law", FORMULA[fit.asked["form"]])]
    for name, value, said in constants(fit):
        head += _lines("", f"{name:<9} {value:<9} {said}")
    head += [each for label, said in evidence(fit) for each in _lines(label, said)]
    tail, kept, notes = _lines("Next", following(fit)), list[str](), worries(fit)
    for k, note in enumerate(notes):
        label, left = "" if k else "Watch", len(notes) - k
        more = _lines(label, note)
        if len(head + kept + more + tail) + (left > 1) > LINES:
            more, notes = _lines(label, f"and {left} more, in .notes"), notes[:k]
        kept += more
        if len(notes) == k:
            break
    return "\n".join([*head, *kept, *tail])


def html(fit: Any) -> str:
    """The fit as a table and a list, for a notebook or a page."""
    rows = "".join(
        f"<tr><th scope='row'>{escape(row[0])}</th>"
        f"<td>{escape(row[1])}</td><td>{escape(row[2])}</td></tr>"
        for row in constants(fit)
    )
    told = [("Law", FORMULA[fit.asked["form"]]), *evidence(fit)]
    told += [("Watch", note) for note in worries(fit)] + [("Next", following(fit))]
    items = "".join(f"<dt>{escape(label)}</dt><dd>{escape(said)}</dd>" for label, said in told)
    caption = f"<caption>{escape(verdict(fit))}</caption>"
    return f"<table>{caption}<tbody>{rows}</tbody></table><dl>{items}</dl>"


def verdict(fit: Any) -> str:
    """What the fit is, and what its status means."""
    return f"{fit.asked['form']}, {len(fit.runs)} runs: {fit.status}, {MEANING[fit.status]}"


def constants(fit: Any) -> list[tuple[str, str, str]]:
    """Name, value and interval of each constant; none if the fit cannot be used."""
    if fit.status not in USABLE:
        return []
    said = []
    for name, row in fit.constants().iterrows():
        between = f"{row['low']:.4g} to {row['high']:.4g}" if np.isfinite(row["low"]) else ""
        how = "" if row["how"] == "free" else str(row["how"])
        said.append((str(name), f"{row['value']:.4g}", ", ".join(filter(None, (between, how)))))
    if hasattr(fit.law, "a"):
        a = fit.interval("a")
        more = f"{a.low:.4g} to {a.high:.4g}, = beta / (alpha + beta): N grows as C^a"
        said.append(("a", f"{a.estimate:.4g}", more))
    return said


def evidence(fit: Any) -> list[tuple[str, str]]:
    """What speaks for the fit: its certificate, its residuals, and how intervals were drawn."""
    if fit.status not in USABLE:
        return []
    found, proof = fit.found, fit.found.certificate
    r = 100.0 * np.abs(found.residuals)
    minimum = (
        f"certified: gradient {proof.gradient:.0e} of its parts, Newton decrement "
        f"{proof.decrement:.0e}; {found.starts_agreed} of {found.starts} starts agree"
    )
    near = (
        f"half of the runs lie within {np.median(r):.2g} % of the law, all within {r.max():.2g} %"
    )
    return [("Intervals", f"95 %; {fit.drawn}"), ("Minimum", minimum), ("Residuals", near)]


def worries(fit: Any) -> list[str]:
    """What a user should know before using the fit, the worst first."""
    return list(filter(None, (fit.message, *fit.notes)))


def following(fit: Any) -> str:
    """What to do next."""
    if fit.status not in USABLE:
        return MEND
    C = f"{10 * np.max(fit.runs.C):.0e}".replace("e+", "e")
    plan = f".plan({C}), " if hasattr(fit.law, "N_opt") else ""
    return f"{plan}.plot(), .leave_one_size_out(), .save('fit.json'), .report('fit.html')"


def _lines(label: str, said: str) -> list[str]:
    """A sentence, wrapped, with its label before the first line."""
    wrapped = textwrap.wrap(said, WIDTH - LABEL, break_on_hyphens=False)
    return [f"{label if k == 0 else '':<{LABEL}}{each}" for k, each in enumerate(wrapped)]
