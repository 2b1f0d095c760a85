"""Published constants: exact, as printed, from one place, never mixed by accident."""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from dataclasses import fields, replace

import numpy as np
import pytest

from scaling_utils import datasets, published
from scaling_utils.constants import span
from scaling_utils.laws import ChinchillaLaw, KaplanND, PowerLaw
from scaling_utils.units import FLOPS_PER_PARAMETER_TOKEN, PF_DAY

EVERY = [c for name in published.sets() for c in published.constants(name)]
FILES = ["kaplan2020_constants", "hoffmann2022_constants", "followups_constants"]


@pytest.mark.parametrize("name", published.names())
def test_every_law_can_be_built_with_its_source(name):
    law = published.law(name)
    assert law.source != "user"
    json.dumps(law.to_dict())


@pytest.mark.parametrize(
    ("name", "constants", "source"),
    [
        ("kaplan2020/L(N)", (8.8e13, 0.076), "Kaplan et al. 2020, Table 5"),
        ("kaplan2020/L(D)", (5.4e13, 0.095), "Kaplan et al. 2020, Table 5"),
        ("kaplan2020/L(C)", (1.6e7 * PF_DAY, 0.057), "Kaplan et al. 2020, Table 5"),
        ("kaplan2020/L(C_min)", (3.1e8 * PF_DAY, 0.050), "Kaplan et al. 2020, Table 5"),
        ("kaplan2020/L(C) Fig. 13", (2.0e7 * PF_DAY, 0.057), "Kaplan et al. 2020, Fig. 13"),
        ("kaplan2020/L(C_min) Fig. 13", (2.3e8 * PF_DAY, 0.05), "Kaplan et al. 2020, Fig. 13"),
        ("kaplan2020/L(N,D)", (6.4e13, 1.8e13, 0.076, 0.103), "Kaplan et al. 2020, Table 2"),
        ("kaplan2020/L(N,S)", (6.5e13, 2.1e3, 0.077, 0.76), "Kaplan et al. 2020, Table 3"),
        ("kaplan2020/L(N,S) Table 5", (8.8e13, 2.1e3, 0.076, 0.76), "Kaplan et al. 2020, Table 5"),
        ("kaplan2020/B_crit", (2.1e8, 0.21), "Kaplan et al. 2020, Table 5"),
        ("kaplan2020/B_crit Eq. 5.3", (2e8, 0.21), "Kaplan et al. 2020, Eqs. 1.4 and 5.3"),
        (
            "kaplan2020/allocation",
            (1.3e9, 0.73, 2.0e6, 0.24, 5.4e3, 0.03, 2e10, 0.27),
            "Kaplan et al. 2020, Table 6",
        ),
        (
            "hoffmann2022/printed",
            (1.69, 406.4, 410.7, 0.34, 0.28),
            "Hoffmann et al. 2022, Eq. 10",
        ),
        (
            "hoffmann2022/tex",
            (1.6934, 406.4, 410.7, 0.3392, 0.2849),
            "Hoffmann et al. 2022, TeX source of Eq. 10",
        ),
        (
            "besiroglu2024",
            (1.8172, 482.01, 2085.43, 0.3478, 0.3658),
            "Besiroglu et al. 2024, Eq. 3",
        ),
        (
            "sardana2023",
            (1.69, 406.4, 410.7, 0.336, 0.283),
            "Sardana et al. 2023, Appendix A, footnote 2",
        ),
    ],
)
def test_constants_and_source_of_the_laws(name, constants, source):
    law = published.law(name)
    assert tuple(law.constants().values()) == constants
    assert law.source == source


def test_muennighoff_has_the_digits_of_the_repository_and_the_print_of_the_paper():
    law = published.law("muennighoff2023")
    for symbol, printed in (("E", "1.87"), ("A", "521"), ("B", "1488")):
        c = published.constant("muennighoff2023", symbol)
        log = published.constant("muennighoff2023", f"log_{symbol}")
        assert c.value == pytest.approx(math.exp(log.value), rel=1e-15)
        assert c.printed == printed
        assert law.constants()[symbol] == c.value
    assert law.alpha == law.beta == 0.3526596


def test_the_notebook_holds_more_digits_of_the_same_fit_as_the_tex_source():
    tex = published.law("hoffmann2022/tex")
    more = {c.symbol: c.value for c in published.constants("hoffmann2022/notebook")}
    assert round(math.exp(more["log_A"]), 1) == tex.A
    assert round(math.exp(more["log_B"]), 1) == tex.B
    assert round(math.exp(more["log_E"]), 4) == tex.E
    assert (round(more["alpha"], 4), round(more["beta"], 4)) == (tex.alpha, tex.beta)


@pytest.mark.parametrize("c", EVERY, ids=lambda c: f"{c.set} {c.symbol}")
def test_the_printed_digits_are_the_value(c):
    assert c.place
    assert c.unit
    assert c.source.endswith(c.place)
    if not c.printed:
        assert "not from the text" in c.note
        return
    mantissa, _, power = c.printed.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    last_digit = 10.0 ** (int(power or 0) - decimals)
    assert abs(c.value - float(c.printed)) <= 0.5 * last_digit * (1 + 1e-9)


def test_the_files_are_tidy_and_complete():
    rows = []
    for file in FILES:
        with datasets.data_path(f"{file}.csv").open(encoding="utf-8", newline="") as stream:
            rows += list(csv.DictReader(stream))
    found = Counter((row["set"], row["symbol"]) for row in rows)
    assert {key for key, times in found.items() if times > 1} == set(), "stand twice"
    assert len(rows) == len(EVERY)


def test_sets_that_are_printed_twice_agree():
    def value(name, symbol):
        return published.constant(name, symbol).value

    table_5 = "kaplan2020/L(N,S) Table 5"
    assert value(table_5, "N_c") == value("kaplan2020/L(N)", "N_c")
    assert value(table_5, "alpha_N") == value("kaplan2020/L(N)", "alpha_N")
    assert value(table_5, "S_c") == value("kaplan2020/L(N,S)", "S_c")
    figure_14, table_6 = "kaplan2020/Fig. 14", "kaplan2020/allocation"
    for symbol in ("N_e", "p_N", "S_e", "p_S"):
        assert value(figure_14, symbol) == value(table_6, symbol)


def test_units_of_compute_are_the_printed_ones():
    """Kaplan et al. 2020, Sections 1.3 and 2.1."""
    assert PF_DAY == 8.64e19
    assert FLOPS_PER_PARAMETER_TOKEN == 6


def test_compute_is_stored_in_pf_days_as_printed():
    c = published.constant("kaplan2020/L(C_min)", "C_c_min")
    assert (c.value, c.printed, c.unit) == (3.1e8, "3.1e8", "PF-days")


def test_a_marked_change_does_not_claim_a_table():
    changed = published.law("kaplan2020/L(N,D)").with_values(alpha_N=0.08, N_c=1e14)
    assert changed.source == "Kaplan et al. 2020, Table 2, modified: N_c=100000000000000.0, " + (
        "alpha_N=0.08"
    )
    again = changed.with_values(alpha_D=0.1)
    assert again.source == changed.source + ", alpha_D=0.1"


def test_no_change_keeps_the_source():
    law = published.law("hoffmann2022/tex")
    assert law.with_values() is law
    assert law.with_values(alpha=0.3392) is law


def test_own_constants_claim_nothing():
    own = KaplanND(6.4e13, 1.8e13, 0.076, 0.103)
    assert own.source == "user"
    assert own.constants() == published.law("kaplan2020/L(N,D)").constants()


def test_a_set_that_mixes_tables_gives_no_law(monkeypatch):
    original = published.constant

    def misplaced(name, symbol):
        c = original(name, symbol)
        return replace(c, place="Table 5") if symbol == "alpha_D" else c

    monkeypatch.setattr(published, "constant", misplaced)
    with pytest.raises(ValueError, match=r"different places \(.*Table 2, .*Table 5\)"):
        published.law("kaplan2020/L(N,D)")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: published.law("kaplan"), r"published law 'kaplan' is not known; .*besiroglu2024"),
        (lambda: published.law("kaplan2020/Eq. 6.8"), r"published law .* not known"),
        (lambda: published.constant("Kaplan", "N_c"), r"set of constants 'Kaplan' is not known"),
        (
            lambda: published.constant("kaplan2020/L(N)", "alpha_D"),
            r"constant of 'kaplan2020/L\(N\)' 'alpha_D' is not known; .*one of N_c, alpha_N",
        ),
        (lambda: published.constants("nothing"), r"set of constants 'nothing' is not known"),
        (
            lambda: published.law("hoffmann2022/tex").with_values(gamma=1.0),
            r"constant of ChinchillaLaw 'gamma' is not known; expected one of A, B, E, alpha, b",
        ),
        (
            lambda: published.law("hoffmann2022/tex").with_values(source=1.0),
            r"constant of ChinchillaLaw 'source' is not known",
        ),
        (
            lambda: published.law("hoffmann2022/tex").with_values(alpha=-1.0),
            r"ChinchillaLaw\.alpha must be positive",
        ),
    ],
)
def test_unknown_names_list_what_is_known(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_records_as_dictionary_and_table():
    law = published.law("kaplan2020/L(C_min)")
    said = law.to_dict()
    assert said["kind"] == "PowerLaw"
    assert set(said) == {"kind", "equation", *(f.name for f in fields(PowerLaw))}
    html = law._repr_html_()
    assert "Table 5" in html
    assert "FLOPs" in html
    assert "C_{\\min}" in html
    many = published.law("hoffmann2022/tex").optimal([1e20] * 9)
    assert len(json.loads(json.dumps(many.to_dict()))["N"]) == 9
    assert "(9 values)" in many._repr_html_()
    c = published.constant("hoffmann2022/printed", "alpha")
    assert c.to_dict()["printed"] == "0.34"
    assert "Eq. 10" in c._repr_html_()
    hostile = ChinchillaLaw(1, 1, 1, 1, 1, source="<script>")
    assert "<script>" not in hostile._repr_html_()


def test_the_corners_of_the_digits_hold_the_extremes_of_the_best_size():
    """It is monotonic in each constant, so a grid finds nothing beyond the corners."""
    law, C = published.law("hoffmann2022/printed"), 5.76e23
    names = ("A", "B", "alpha", "beta")

    def best(*values):
        return law.with_values(**dict(zip(names, values, strict=True))).N_opt(C)

    low, high = span(best, *(published.constant("hoffmann2022/printed", n).printed for n in names))
    found = [
        best(law.A, law.B, alpha, beta)
        for alpha in np.linspace(0.335, 0.345, 7)
        for beta in np.linspace(0.275, 0.285, 7)
    ]
    assert low < min(found) < 1.002 * low
    assert high / 1.002 < max(found) < high
