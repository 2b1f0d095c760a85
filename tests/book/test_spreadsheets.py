"""What a reader opens in a spreadsheet is data: no text of ours begins as a formula does."""

import csv
from pathlib import Path

import pytest
from about import ROOT, SITE

from scaling_utils.figures.registry import FORMULA


def formulas(path: Path) -> list[str]:
    """Cells that a spreadsheet would compute."""
    with path.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row if FORMULA.match(cell)]


@pytest.mark.parametrize("place", [SITE, ROOT / "data"])
def test_no_cell_of_a_table_is_a_formula(place: Path) -> None:
    tables = sorted(place.rglob("*.csv"))
    assert len(tables) > 30
    assert not {str(path): found for path in tables if (found := formulas(path))}


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+1+1", "-2+3", "\t=1", "-0.5", "+3e5", "a=b", "-1..1"]
)
def test_formulas_are_told_from_numbers_with_a_sign(cell: str, tmp_path: Path) -> None:
    with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["name", cell])
    assert formulas(tmp_path / "table.csv") == ([] if cell in ("-0.5", "+3e5", "a=b") else [cell])
